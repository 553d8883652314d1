/**
 * The text form of conditions.
 *
 *     or    := and { OR and }
 *     and   := not { AND not }
 *     not   := NOT not | '(' or ')' | test
 *     test  := attribute [ = == != <> < <= > >= ] value
 *            | attribute IS [NOT] NULL
 *            | attribute [NOT] ( BETWEEN value AND value | IN '(' value, ... ')' | LIKE text | ILIKE text | REGEX text )
 *            | attribute                              -- is true
 *
 * Values are texts here: whoever compares turns them into the type of the attribute. `= null` is IS NULL.
 */

import type { Condition } from '../api/query.js'
import { refuseSql, type Token, tokensOf } from './sql-tokens.js'

const depthMax = 200

const comparisons = {
  '=': 'equal',
  '==': 'equal',
  '!=': 'notEqual',
  '<>': 'notEqual',
  '<': 'less',
  '<=': 'lessEqual',
  '>': 'greater',
  '>=': 'greaterEqual',
} as const

const keywords: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', 'BETWEEN', 'IN', 'LIKE', 'ILIKE', 'REGEX', 'IS'])

/** @throws CobnutError QUERY, with the place in the text */
export function parseSql(text: string): Condition {
  return new Parser(text).whole()
}

class Parser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokensOf(text)
  }

  whole(): Condition {
    const condition = this.#or()
    if (this.#token.kind !== 'end') this.#refuse('AND, OR or the end is expected')
    return condition
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token
  }

  #refuse(why: string): never {
    return refuseSql(this.#text, this.#token.at, why)
  }

  #isWord(keyword: string): boolean {
    return this.#token.kind === 'word' && this.#token.text.toUpperCase() === keyword
  }

  #take(keyword: string): boolean {
    const found = this.#isWord(keyword)
    if (found) this.#next++
    return found
  }

  #takeSign(sign: string): boolean {
    const found = this.#token.kind === 'sign' && this.#token.text === sign
    if (found) this.#next++
    return found
  }

  #or(): Condition {
    if (++this.#depth > depthMax) this.#refuse(`more than ${depthMax} conditions inside of each other`)
    const of = [this.#and()]
    while (this.#take('OR')) of.push(this.#and())
    this.#depth--
    return of.length === 1 ? (of[0] as Condition) : { is: 'or', of }
  }

  #and(): Condition {
    const of = [this.#not()]
    while (this.#take('AND')) of.push(this.#not())
    return of.length === 1 ? (of[0] as Condition) : { is: 'and', of }
  }

  #not(): Condition {
    let negated = false
    while (this.#take('NOT')) negated = !negated
    const of = this.#takeSign('(') ? this.#inParentheses() : this.#test()
    return negated ? { is: 'not', of } : of
  }

  #inParentheses(): Condition {
    const condition = this.#or()
    if (!this.#takeSign(')')) this.#refuse('a closing parenthesis is expected')
    return condition
  }

  #test(): Condition {
    const attribute = this.#attribute()
    const { kind, text } = this.#token
    if (kind === 'sign' && text in comparisons) {
      this.#next++
      return this.#compared(comparisons[text as keyof typeof comparisons], attribute)
    }
    if (this.#take('IS')) {
      const is = this.#take('NOT') ? 'notEqual' : 'equal'
      if (!this.#take('NULL')) this.#refuse('NULL is expected')
      return { is, attribute, value: null }
    }
    const negated = this.#take('NOT')
    const found = this.#special(attribute)
    if (found === null && negated) this.#refuse('BETWEEN, IN, LIKE, ILIKE or REGEX is expected')
    if (found === null) return { is: 'equal', attribute, value: 'true' }
    return negated ? { is: 'not', of: found } : found
  }

  #compared(is: (typeof comparisons)[keyof typeof comparisons], attribute: string): Condition {
    const isNull = this.#isWord('NULL')
    const value = this.#value()
    return { is, attribute, value: isNull ? null : value }
  }

  #special(attribute: string): Condition | null {
    if (this.#take('BETWEEN')) {
      const from = this.#value()
      if (!this.#take('AND')) this.#refuse('AND is expected')
      return { is: 'between', attribute, from, to: this.#value() }
    }
    if (this.#take('IN')) return { is: 'in', attribute, values: this.#values() }
    if (this.#take('LIKE')) return { is: 'like', attribute, pattern: this.#value() }
    if (this.#take('ILIKE')) return { is: 'ilike', attribute, pattern: this.#value() }
    if (this.#take('REGEX')) return { is: 'regex', attribute, pattern: this.#value() }
    return null
  }

  #values(): string[] {
    if (!this.#takeSign('(')) this.#refuse('an opening parenthesis is expected')
    const values = [this.#value()]
    while (this.#takeSign(',')) values.push(this.#value())
    if (!this.#takeSign(')')) this.#refuse('a comma or a closing parenthesis is expected')
    return values
  }

  #attribute(): string {
    const { kind, text } = this.#token
    const isName = kind === 'quoted' || (kind === 'word' && !keywords.has(text.toUpperCase()))
    if (!isName) this.#refuse('an attribute is expected')
    this.#next++
    return text
  }

  #value(): string {
    const { kind, text } = this.#token
    if (kind !== 'word' && kind !== 'quoted') this.#refuse('a value is expected')
    if (kind === 'word' && keywords.has(text.toUpperCase())) this.#refuse('a value is expected')
    this.#next++
    return text
  }
}

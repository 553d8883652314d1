/**
 * Regular expressions as a tree. What would need going back and forth in the text (references to groups, looking around,
 * possessive quantifiers) is refused: a pattern comes from a client, and must not keep a member busy for longer than
 * its length times that of the text.
 */

import { CobnutError } from '../base/errors.js'

export type CharTest = (char: string) => boolean

export type RegexNode =
  | { readonly is: 'char'; readonly test: CharTest }
  | { readonly is: 'edge'; readonly edge: 'start' | 'end' | 'word' | 'notWord' }
  | { readonly is: 'all' | 'any'; readonly of: readonly RegexNode[] }
  | { readonly is: 'repeat'; readonly of: RegexNode; readonly min: number; readonly max: number }

const repeatMax = 1_000
const depthMax = 200

const isDigit: CharTest = c => c >= '0' && c <= '9'
export const isWordChar: CharTest = c => /^\w$/.test(c)
const isSpace: CharTest = c => /^\s$/.test(c)
const not =
  (test: CharTest): CharTest =>
  c =>
    !test(c)

const classes: Readonly<Record<string, CharTest>> = {
  d: isDigit,
  D: not(isDigit),
  w: isWordChar,
  W: not(isWordChar),
  s: isSpace,
  S: not(isSpace),
}
const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', 0: '\0', e: '\x1b', a: '\x07' }

export function parseRegex(pattern: string): RegexNode {
  return new RegexParser(pattern).whole()
}

class RegexParser {
  readonly #pattern: string
  #at = 0
  #depth = 0
  #ignoreCase = false
  #dotAll = false

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  whole(): RegexNode {
    const node = this.#alternatives()
    if (this.#at < this.#pattern.length) this.#refuse('there is no group to close')
    return node
  }

  #refuse(why: string): never {
    throw new CobnutError('QUERY', `regular expression ${JSON.stringify(this.#pattern.slice(0, 100))}: ${why}, at ${this.#at}`)
  }

  #sees(text: string): boolean {
    return this.#pattern.startsWith(text, this.#at)
  }

  #take(text: string): boolean {
    const found = this.#sees(text)
    if (found) this.#at += text.length
    return found
  }

  #char(): string {
    const code = this.#pattern.codePointAt(this.#at)
    if (code === undefined) return this.#refuse('it ends too early')
    const char = String.fromCodePoint(code)
    this.#at += char.length
    return char
  }

  #alternatives(): RegexNode {
    if (++this.#depth > depthMax) this.#refuse(`more than ${depthMax} groups inside of each other`)
    const of = [this.#sequence()]
    while (this.#take('|')) of.push(this.#sequence())
    this.#depth--
    return of.length === 1 ? (of[0] as RegexNode) : { is: 'any', of }
  }

  #sequence(): RegexNode {
    const of: RegexNode[] = []
    while (this.#at < this.#pattern.length && !this.#sees('|') && !this.#sees(')')) {
      if (this.#take('\\Q')) {
        of.push(...this.#literal())
        const last = of.pop()
        if (last !== undefined) of.push(this.#quantified(last))
      } else {
        const atom = this.#atom()
        if (atom !== null) of.push(this.#quantified(atom))
      }
    }
    return { is: 'all', of }
  }

  #literal(): RegexNode[] {
    const end = this.#pattern.indexOf('\\E', this.#at)
    const text = this.#pattern.slice(this.#at, end === -1 ? undefined : end)
    this.#at += text.length + (end === -1 ? 0 : 2)
    return Array.from(text, c => this.#exactly(c))
  }

  #exactly(char: string): RegexNode {
    return { is: 'char', test: this.#same(char) }
  }

  #same(char: string): CharTest {
    if (!this.#ignoreCase) return c => c === char
    const lower = char.toLowerCase()
    return c => c.toLowerCase() === lower
  }

  #atom(): RegexNode | null {
    if (this.#take('(')) return this.#group()
    if (this.#take('[')) return { is: 'char', test: this.#set() }
    if (this.#take('^')) return { is: 'edge', edge: 'start' }
    if (this.#take('$')) return { is: 'edge', edge: 'end' }
    if (this.#take('.')) {
      const all = this.#dotAll
      return { is: 'char', test: c => all || !/^[\n\r\u0085\u2028\u2029]$/.test(c) }
    }
    if (this.#take('\\')) return this.#escaped()
    if (/^[*+?{]/.test(this.#pattern.slice(this.#at))) this.#refuse('there is nothing to repeat')
    return this.#exactly(this.#char())
  }

  #group(): RegexNode | null {
    if (this.#take('?')) {
      const flags = /^([is]+)\)/.exec(this.#pattern.slice(this.#at))
      if (flags !== null) {
        this.#ignoreCase ||= (flags[1] as string).includes('i')
        this.#dotAll ||= (flags[1] as string).includes('s')
        this.#at += flags[0].length
        return null
      }
      const named = /^<[A-Za-z]\w*>/.exec(this.#pattern.slice(this.#at))
      if (named !== null) this.#at += named[0].length
      else if (!this.#take(':')) this.#refuse('looking around is not supported')
    }
    const inside = this.#alternatives()
    if (!this.#take(')')) this.#refuse('a group is not closed')
    return inside
  }

  #escaped(): RegexNode {
    if (this.#take('b')) return { is: 'edge', edge: 'word' }
    if (this.#take('B')) return { is: 'edge', edge: 'notWord' }
    if (this.#take('A')) return { is: 'edge', edge: 'start' }
    if (this.#take('z') || this.#take('Z')) return { is: 'edge', edge: 'end' }
    if (/^[1-9k]/.test(this.#pattern.slice(this.#at))) this.#refuse('references to groups are not supported')
    const test = this.#classOrChar()
    return typeof test === 'string' ? this.#exactly(test) : { is: 'char', test }
  }

  /** Behind a backslash. */
  #classOrChar(): CharTest | string {
    const c = this.#char()
    const known = classes[c]
    if (known !== undefined) return known
    if (c === 'p' || c === 'P') return this.#property(c === 'P')
    if (c === 'u' || c === 'x') {
      const digits = /^[0-9a-fA-F]+/.exec(this.#pattern.slice(this.#at, this.#at + (c === 'u' ? 4 : 2)))?.[0] ?? ''
      if (digits.length !== (c === 'u' ? 4 : 2)) this.#refuse('hexadecimal digits are expected')
      this.#at += digits.length
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const control = controls[c]
    if (control !== undefined) return control
    if (/^[A-Za-z0-9]$/.test(c)) this.#refuse(`\\${c} is not supported`)
    return c
  }

  #property(negated: boolean): CharTest {
    const name = /^\{(\w+)\}/.exec(this.#pattern.slice(this.#at))
    if (name === null) return this.#refuse('the name of a property is expected')
    this.#at += name[0].length
    try {
      const test = new RegExp(`^\\p{${name[1]}}$`, 'u')
      return c => test.test(c) !== negated
    } catch {
      return this.#refuse(`the property ${name[1]} is not known`)
    }
  }

  /** Behind an opening bracket. */
  #set(): CharTest {
    const negated = this.#take('^')
    const tests: CharTest[] = []
    for (let first = true; first || !this.#sees(']'); first = false) {
      if (this.#sees('&&') || this.#sees('[')) this.#refuse('sets of sets are not supported')
      const from = this.#take('\\') ? this.#classOrChar() : this.#char()
      if (typeof from !== 'string') tests.push(from)
      else if (/^-[^\]]/.test(this.#pattern.slice(this.#at))) {
        this.#at++
        const to = this.#take('\\') ? this.#classOrChar() : this.#char()
        if (typeof to !== 'string') return this.#refuse('a range ends in a class')
        tests.push(this.#range(from, to))
      } else tests.push(this.#same(from))
    }
    this.#at++
    return c => tests.some(test => test(c)) !== negated
  }

  #range(from: string, to: string): CharTest {
    const [low, high] = [from.codePointAt(0) as number, to.codePointAt(0) as number]
    if (low > high) this.#refuse('a range is upside down')
    const inside = (c: string): boolean => {
      const code = c.codePointAt(0) as number
      return code >= low && code <= high
    }
    return this.#ignoreCase ? c => inside(c.toLowerCase()) || inside(c.toUpperCase()) : inside
  }

  #quantified(of: RegexNode): RegexNode {
    let node = of
    for (;;) {
      const bounds = this.#quantifier()
      if (bounds === null) return node
      if (this.#take('+')) this.#refuse('possessive quantifiers are not supported')
      // whether as much or as little as possible is taken does not matter when the whole text has to match
      this.#take('?')
      node = { is: 'repeat', of: node, min: bounds[0], max: bounds[1] }
    }
  }

  #quantifier(): [min: number, max: number] | null {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#take('?')) return [0, 1]
    const counted = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(this.#pattern.slice(this.#at))
    if (counted === null) return null
    this.#at += counted[0].length
    const min = Number(counted[1])
    const max = counted[2] === undefined ? min : counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3])
    if (min > repeatMax || (max > repeatMax && max !== Number.POSITIVE_INFINITY))
      this.#refuse(`more than ${repeatMax} repetitions`)
    if (min > max) this.#refuse('a count is upside down')
    return [min, max]
  }
}

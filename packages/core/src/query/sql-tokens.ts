/** The text of a condition, cut into words, texts and signs. */

import { CobnutError } from '../base/errors.js'

export interface Token {
  readonly kind: 'word' | 'quoted' | 'sign' | 'end'
  readonly text: string
  /** From the begin of the text, counted from 0. */
  readonly at: number
}

const signs: readonly string[] = ['<=', '>=', '<>', '!=', '==', '=', '<', '>', '(', ')', ',']
const textLengthMax = 65_536
const breaks = ' \t\n\r\'"<>=!(),'

export function refuseSql(text: string, at: number, why: string): never {
  const found = at >= text.length ? 'the end' : JSON.stringify(text.slice(at, at + 20))
  throw new CobnutError('QUERY', `${why}, at ${at}: ${found}`, { at })
}

export function tokensOf(text: string): Token[] {
  if (text.length > textLengthMax) throw new CobnutError('QUERY', `a condition of ${text.length} characters is too long`)
  const tokens: Token[] = []
  let i = 0
  while (i < text.length) {
    const c = text[i] as string
    if (/\s/.test(c)) {
      i++
      continue
    }
    const token = c === "'" || c === '"' ? quoted(text, i) : (sign(text, i) ?? word(text, i))
    tokens.push(token)
    i = token.kind === 'quoted' ? endOfQuoted(text, i) : i + token.text.length
  }
  tokens.push({ kind: 'end', text: '', at: text.length })
  return tokens
}

function sign(text: string, at: number): Token | null {
  const found = signs.find(s => text.startsWith(s, at))
  return found === undefined ? null : { kind: 'sign', text: found, at }
}

function word(text: string, at: number): Token {
  let end = at
  while (end < text.length && !breaks.includes(text[end] as string)) end++
  if (end === at) refuseSql(text, at, 'this has no meaning here')
  return { kind: 'word', text: text.slice(at, end), at }
}

/** A quote inside is written twice. */
function quoted(text: string, at: number): Token {
  const quote = text[at] as string
  const inside = text.slice(at + 1, endOfQuoted(text, at) - 1)
  return { kind: 'quoted', text: inside.replaceAll(quote + quote, quote), at }
}

function endOfQuoted(text: string, at: number): number {
  const quote = text[at] as string
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] !== quote) continue
    if (text[i + 1] !== quote) return i + 1
    i++
  }
  return refuseSql(text, at, 'the closing quote is missing')
}

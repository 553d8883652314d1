/**
 * What is refused before a parser sees it: a linear look at the text, so that hostile files cost nothing. Depth is looked at
 * here because parsers call themselves for every level.
 */

import type { Lexer } from 'yaml'

/** Of one file, and of a text. */
export const fileBytesMax = 10 * 1024 * 1024
export const depthMax = 100
/** And attributes, in one file. A large configuration has some hundreds. */
export const elementsMax = 100_000
/** Keys, values, signs and ends of lines: some five for each element. */
const tokensMax = 500_000

export interface Objection {
  /** Into the text. */
  readonly offset: number
  readonly message: string
  readonly allowed: string
}

const tooDeep = (offset: number): Objection => {
  return { offset, message: `elements are nested more than ${depthMax} deep`, allowed: `at most ${depthMax}` }
}
const tooMany = (offset: number, many: string): Objection => {
  return { offset, message: `there are more than ${many}`, allowed: `at most ${many}` }
}

export function xmlObjection(text: string): Objection | null {
  let depth = 0
  let elements = 0
  for (let i = text.indexOf('<'); i !== -1; i = text.indexOf('<', i)) {
    if (text.startsWith('<!--', i)) i = after(text, '-->', i)
    else if (text.startsWith('<![CDATA[', i)) i = after(text, ']]>', i)
    else if (text.startsWith('<!', i)) {
      const allowed = 'neither: they can grow without limit and read other files'
      return { offset: i, message: 'a document type or an entity is declared', allowed }
    } else if (text.startsWith('<?', i)) i = after(text, '?>', i)
    else {
      const { end, attributes } = tag(text, i)
      if (text[i + 1] === '/') depth--
      else {
        elements += 1 + attributes
        if (text[end - 1] !== '/') depth++
      }
      if (depth > depthMax) return tooDeep(i)
      if (elements > elementsMax) return tooMany(i, `${elementsMax} elements and attributes`)
      i = end
    }
  }
  return null
}

function after(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from)
  return end === -1 ? text.length : end + mark.length
}

/** Where the tag ends that begins at `from`: a `>` in quotes is not its end. */
function tag(text: string, from: number): { end: number; attributes: number } {
  let attributes = 0
  let i = from
  for (; i < text.length && text[i] !== '>'; i++) {
    const c = text[i] as string
    if (c !== '"' && c !== "'") continue
    attributes++
    const end = text.indexOf(c, i + 1)
    i = end === -1 ? text.length : end
  }
  return { end: i, attributes }
}

/**
 * The words of YAML are found without any nesting. Brackets nest as they stand; of blocks each column counts in which one
 * begins: with `-`, `?` or `:`, or with the first other word of a line.
 */
export function yamlObjection(text: string, lexer: Lexer): Objection | null {
  let flow = 0
  const columns: number[] = []
  let offset = 0
  let lineStart = 0
  let tokens = 0
  let isScalar = false
  let mayOpen = true
  for (const token of lexer.lex(text)) {
    if (++tokens > tokensMax) return tooMany(offset, `${tokensMax} words and signs`)
    const first = token[0] as string
    // marks that are not in the text: a document begins, a scalar follows, a flow ends early
    if (!isScalar && '\u0002\u001f\u0018'.includes(first)) {
      isScalar = first === '\u001f'
      continue
    }
    if (!isScalar && (token === '[' || token === '{')) flow++
    else if (!isScalar && (token === ']' || token === '}')) flow = Math.max(0, flow - 1)
    else if (flow === 0 && mayOpen && first !== ' ' && first !== '\n' && first !== '#') {
      const column = offset - lineStart
      while (columns.length > 0 && (columns.at(-1) as number) >= column) columns.pop()
      columns.push(column)
      mayOpen = !isScalar && (token === '-' || token === '?' || token === ':')
    }
    isScalar = false
    if (flow + columns.length > depthMax) return tooDeep(offset)
    offset += token.length
    const lineEnd = token.lastIndexOf('\n')
    if (lineEnd !== -1) {
      lineStart = offset - token.length + lineEnd + 1
      mayOpen = true
    }
  }
  return null
}

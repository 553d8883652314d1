/** What is refused before a parser sees it: a linear look at the text, so that hostile files cost nothing. */

import type { Problem } from './data-tree.js'

const fileBytesMax = 10 * 1024 * 1024
const depthMax = 100

export type Format = 'xml' | 'yaml'

/** @returns null: the text may be parsed. */
export function objection(text: string, format: Format, file: string): Problem | null {
  const at = (index: number, message: string, allowed: string): Problem => {
    const before = text.slice(0, index)
    const line = before.split('\n').length
    return { file, line, column: index - before.lastIndexOf('\n'), element: 'hazelcast', message, allowed }
  }
  if (text.length > fileBytesMax) return at(0, `the file has ${text.length} bytes`, `at most ${fileBytesMax}`)
  return format === 'xml' ? xmlObjection(text, at) : yamlObjection(text, at)
}

type At = (index: number, message: string, allowed: string) => Problem

function xmlObjection(text: string, at: At): Problem | null {
  let depth = 0
  for (let i = text.indexOf('<'); i !== -1; i = text.indexOf('<', i)) {
    if (text.startsWith('<!--', i)) i = after(text, '-->', i)
    else if (text.startsWith('<![CDATA[', i)) i = after(text, ']]>', i)
    else if (text.startsWith('<!', i))
      return at(i, 'a document type or an entity is declared', 'neither: they can expand without limit and read other files')
    else if (text.startsWith('<?', i)) i = after(text, '?>', i)
    else {
      const end = text.indexOf('>', i)
      if (end === -1) return null
      if (text[i + 1] === '/') depth--
      else if (text[end - 1] !== '/') depth++
      if (depth > depthMax) return at(i, `elements are nested ${depth} deep`, `at most ${depthMax}`)
      i = end
    }
  }
  return null
}

function after(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from)
  return end === -1 ? text.length : end + mark.length
}

function yamlObjection(text: string, at: At): Problem | null {
  let depth = 0
  let indent = 0
  let lineStart = true
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '\n') {
      lineStart = true
      indent = 0
    } else if (lineStart && (c === ' ' || c === '-')) {
      // a deep block is a far one: its indentation is its depth, or more
      if (++indent > depthMax * 4) return at(i, `lines are indented by more than ${depthMax * 4}`, `at most ${depthMax} levels`)
    } else {
      lineStart = false
      if (c === '[' || c === '{') depth++
      else if (c === ']' || c === '}') depth--
      if (depth > depthMax) return at(i, `values are nested ${depth} deep`, `at most ${depthMax}`)
    }
  }
  return null
}

/** `hazelcast.xml` as data. */

import type { XmlElement } from '@rgrove/parse-xml'
import { type Data, type Entry, type Place, type Problem, TEXT } from './data-tree.js'

export async function readXml(text: string, file: string): Promise<{ data: Data } | { problem: Problem }> {
  const { parseXml, XmlError } = await import('@rgrove/parse-xml')
  const lines = new LineIndex(text)
  try {
    const { root } = parseXml(text, { includeOffsets: true })
    if (root === null) throw new Error('the file has no root element')
    if (root.name !== 'hazelcast') {
      const place = lines.place(root.start, file)
      const problem = { ...place, element: root.name, message: `the root element is <${root.name}>`, allowed: '<hazelcast>' }
      return { problem }
    }
    return { data: dataOfElement(root, file, lines) }
  } catch (error) {
    const [line, column] = error instanceof XmlError ? [error.line, error.column] : [1, 1]
    const message = (error instanceof Error ? error.message : String(error)).split('\n')[0] as string
    return { problem: { file, line, column, element: 'hazelcast', message: `the file is not well-formed XML: ${message}` } }
  }
}

/** Attributes of the schema's own bookkeeping. */
const isBookkeeping = (name: string): boolean => name === 'xmlns' || name.startsWith('xmlns:') || name.startsWith('xsi:')

function dataOfElement(element: XmlElement, file: string, lines: LineIndex): Data {
  const place = lines.place(element.start, file)
  const entries: Entry[] = []
  for (const [name, text] of Object.entries(element.attributes)) {
    if (!isBookkeeping(name)) entries.push({ name, place, value: { kind: 'text', place, text: text.trim() } })
  }
  let text = ''
  for (const child of element.children) {
    if (child.type === 'element') {
      const inner = child as XmlElement
      entries.push({ name: inner.name, place: lines.place(inner.start, file), value: dataOfElement(inner, file, lines) })
    } else if (child.type === 'text' || child.type === 'cdata') text += (child as unknown as { text: string }).text
  }
  const own: Data = { kind: 'text', place, text: text.trim() }
  if (entries.length === 0) return own
  if (own.text !== '') entries.push({ name: TEXT, place, value: own })
  return { kind: 'map', place, entries }
}

class LineIndex {
  readonly #starts: number[] = [0]

  constructor(text: string) {
    for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) this.#starts.push(i + 1)
  }

  place(offset: number, file: string): Place {
    let [low, high] = [0, this.#starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] as number) <= offset) low = middle
      else high = middle - 1
    }
    return { file, line: low + 1, column: offset - (this.#starts[low] as number) + 1 }
  }
}

/** `hazelcast.yaml` (and JSON, which is YAML) as data. */

import type { LineCounter, Node } from 'yaml'
import type { Data, Entry, Place, Problem } from './data-tree.js'

/** Aliases that a file may expand to: none of Hazelcast's examples has any. */
const aliasesMax = 100

export async function readYaml(text: string, file: string): Promise<{ data: Data } | { problem: Problem }> {
  const { isAlias, isMap, isScalar, isSeq, LineCounter: Lines, parseDocument } = await import('yaml')
  const lines: LineCounter = new Lines()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, merge: true })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const [error] = document.errors
  if (error !== undefined) {
    const message = `the file is not well-formed YAML: ${error.message.split('\n')[0]}`
    return { problem: { ...placeAt(error.pos[0]), element: 'hazelcast', message } }
  }
  let aliases = 0
  const read = (node: Node | null | undefined, fallback: Place): Data => {
    if (node === null || node === undefined) return { kind: 'text', place: fallback, text: '' }
    const place = node.range ? placeAt(node.range[0]) : fallback
    if (isAlias(node)) {
      if (++aliases > aliasesMax) throw new TooManyAliases(place)
      return read(node.resolve(document) as Node | undefined, place)
    }
    if (isMap(node)) {
      const entries = node.items.map((pair): Entry => {
        const key = pair.key as Node | null
        const keyPlace = key?.range ? placeAt(key.range[0]) : place
        return { name: isScalar(key) ? String(key.value) : '', place: keyPlace, value: read(pair.value as Node | null, keyPlace) }
      })
      return { kind: 'map', place, entries }
    }
    if (isSeq(node)) return { kind: 'list', place, items: node.items.map(item => read(item as Node, place)) }
    const value = isScalar(node) ? node.value : null
    return { kind: 'text', place, text: value === null ? '' : String(value) }
  }
  try {
    const top = read(document.contents, { file, line: 1, column: 1 })
    const entries = top.kind === 'map' ? top.entries : []
    const root = entries.find(e => e.name === 'hazelcast')
    const other = entries.find(e => e.name !== 'hazelcast')
    if (root !== undefined && other === undefined) return { data: root.value.kind === 'text' ? emptyAt(root.place) : root.value }
    const place = other?.place ?? top.place
    const message =
      other === undefined ? 'the file has no key "hazelcast"' : `the key "${other.name}" stands beside or instead of "hazelcast"`
    return { problem: { ...place, element: other?.name ?? 'hazelcast', message, allowed: 'one root key: hazelcast' } }
  } catch (error) {
    if (!(error instanceof TooManyAliases)) throw error
    return { problem: { ...error.place, element: 'hazelcast', message: 'too many aliases', allowed: `at most ${aliasesMax}` } }
  }
}

const emptyAt = (place: Place): Data => ({ kind: 'map', place, entries: [] })

class TooManyAliases extends Error {
  readonly place: Place

  constructor(place: Place) {
    super('too many aliases')
    this.place = place
  }
}

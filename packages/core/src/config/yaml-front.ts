/** `hazelcast.yaml` (and JSON, which is YAML) as data. */

import type * as Yaml from 'yaml'
import type { Node, Pair, Scalar } from 'yaml'
import { type Data, type Entry, emptyMap, type Place } from './data-tree.js'
import { depthMax, elementsMax, yamlObjection } from './limits.js'
import { LineIndex } from './line-index.js'
import type { Problems } from './problems.js'

/** Null: a problem was added. */
export async function readYaml(text: string, file: string, problems: Problems): Promise<Data | null> {
  const yaml = await import('yaml')
  const lines = new LineIndex(text, file)
  const refused = yamlObjection(text, new yaml.Lexer())
  if (refused !== null) {
    problems.add(lines.place(refused.offset), 'hazelcast', refused.message, { allowed: refused.allowed })
    return null
  }
  // names that stand twice are found below: the parser compares each with each
  const document = yaml.parseDocument(text, { uniqueKeys: false, prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined) {
    const what = error.code === 'MULTIPLE_DOCS' ? 'a second document begins' : error.message
    problems.add(lines.place(error.pos[0]), 'hazelcast', `the file is not well-formed YAML: ${what}`)
    return null
  }
  try {
    return rootOf(new YamlReader(yaml, lines, problems).read(document.contents, lines.place(0), []), problems)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    problems.add(error.place, 'hazelcast', error.message, { allowed: error.allowed })
    return null
  }
}

function rootOf(top: Data, problems: Problems): Data | null {
  const entries = top.kind === 'map' ? top.entries : []
  const root = entries.find(e => e.name === 'hazelcast')
  const other = entries.find(e => e.name !== 'hazelcast')
  if (root !== undefined && other === undefined) {
    return root.value.kind === 'text' && root.value.text === '' ? emptyMap(root.place) : root.value
  }
  const place = other?.place ?? top.place
  const message =
    other === undefined ? 'the file has no key "hazelcast"' : `the key "${other.name}" stands beside or instead of "hazelcast"`
  problems.add(place, other?.name ?? 'hazelcast', message, { allowed: 'one root key: hazelcast' })
  return null
}

class Unreadable extends Error {
  readonly place: Place
  readonly allowed: string

  constructor(place: Place, message: string, allowed: string) {
    super(message)
    this.place = place
    this.allowed = allowed
  }
}

class YamlReader {
  readonly #yaml: typeof Yaml
  readonly #lines: LineIndex
  readonly #problems: Problems
  /** Of the nodes read so far: an alias means the last one before it. */
  readonly #anchors = new Map<string, Node>()
  #nodes = 0

  constructor(yaml: typeof Yaml, lines: LineIndex, problems: Problems) {
    this.#yaml = yaml
    this.#lines = lines
    this.#problems = problems
  }

  /** Aliases are written out, and count as often as they are: few lines can mean many elements, or endless depth. */
  read(node: Node | null | undefined, around: Place, path: readonly string[]): Data {
    const place = node?.range ? this.#lines.place(node.range[0]) : around
    if (++this.#nodes > 2 * elementsMax)
      throw new Unreadable(place, 'aliases make it too large', `at most ${elementsMax} elements`)
    if (path.length > depthMax) throw new Unreadable(place, 'aliases make it too deep', `at most ${depthMax} levels`)
    const { isAlias, isMap, isScalar, isSeq } = this.#yaml
    if (isAlias(node)) {
      const named = this.#anchors.get(node.source)
      if (named === undefined) throw new Unreadable(place, `there is no &${node.source} before this`, 'an anchor above it')
      return this.read(named, place, [...path, ''])
    }
    if (node?.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (isSeq<Node>(node)) {
      return { kind: 'list', place, xml: false, items: node.items.map((item, i) => this.read(item, place, [...path, `${i}`])) }
    }
    if (isMap<Node, Node | null>(node)) return { kind: 'map', place, xml: false, entries: this.#entries(node.items, place, path) }
    return { kind: 'text', place, xml: false, text: isScalar(node) ? textOf(node) : '' }
  }

  #entries(pairs: readonly Pair<Node, Node | null>[], around: Place, path: readonly string[]): Entry[] {
    const names = new Set<string>()
    return pairs.flatMap(({ key, value }): Entry[] => {
      const place = key.range ? this.#lines.place(key.range[0]) : around
      if (!this.#yaml.isScalar(key)) throw new Unreadable(place, 'a key is a section or a list', 'a text')
      const name = textOf(key)
      const data = this.read(value, place, [...path, name])
      if (!names.has(name)) {
        names.add(name)
        return [{ name, place, value: data }]
      }
      this.#problems.add(place, [...path, name].join('.'), 'it stands here a second time', { allowed: 'once' })
      return []
    })
  }
}

/** As it was written: `007` is no 7, and a version 1.10 no 1.1. */
const textOf = (scalar: Scalar): string => (scalar.value === null ? '' : (scalar.source ?? String(scalar.value)))

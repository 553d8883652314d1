/**
 * Reads data by the table of elements. Every problem is noted and nothing stops at the first one: what cannot be read counts
 * as its default, so that the rest is checked too.
 *
 * Data comes in layers, from the weakest to the strongest: a file, an object beside it, the environment. A single value is
 * that of the strongest layer that has one, a list likewise; sections and names are read together, element by element.
 */

import { type Data, type Entry, emptyMap, gather, type MapData, type Place, plain, plainValue, TEXT } from './data-tree.js'
import type { DictElement, Element, Elements, ListElement, OpaqueElement, SectionElement, ValueOf } from './elements/kinds.js'
import { nearest } from './nearest.js'
import type { Problems } from './problems.js'
import { allowedBy, type Scalar, scalarOf, short } from './scalars.js'

export interface WithoutEffect {
  readonly path: string
  readonly reason: string
}

export interface Reading<V> {
  readonly value: V
  readonly withoutEffect: readonly WithoutEffect[]
  /** Where each path was said; of several layers the strongest. */
  readonly places: ReadonlyMap<string, Place>
}

/** The value has a meaning only if no problem was added. */
export function readBy<E extends Element>(
  element: E,
  layers: readonly Data[],
  path: string,
  problems: Problems,
): Reading<ValueOf<E>> {
  const reader = new TableReader(problems)
  // the one place where what the table says at run time meets what it says to the compiler
  const value = reader.read(element, layers, path) as ValueOf<E>
  return { value, withoutEffect: reader.withoutEffect, places: reader.places }
}

class TableReader {
  readonly withoutEffect: WithoutEffect[] = []
  readonly places = new Map<string, Place>()
  readonly #problems: Problems

  constructor(problems: Problems) {
    this.#problems = problems
  }

  read(element: Element, layers: readonly Data[], path: string): unknown {
    const top = layers.at(-1)
    if (top === undefined) return absent(element)
    this.places.set(path, top.place)
    switch (element.kind) {
      case 'opaque':
        return plainValue(top)
      case 'section':
        return this.#section(element, layers, path)
      case 'list':
        return this.#list(element, [top], path)
      case 'dict':
        return this.#dict(element, layers, path)
      default:
        return layers.map(data => this.#scalar(element, data, path)).at(-1)
    }
  }

  #scalar(element: Scalar, data: Data, path: string): unknown {
    const allowed = allowedBy(element)
    if (data.kind !== 'text') {
      const what = data.kind === 'map' ? 'a section' : 'a list'
      this.#problems.add(data.place, path, `a single value is expected, this is ${what}`, { allowed })
      return element.default
    }
    const { text, place } = data
    const value = scalarOf(element, text)
    if (value !== undefined) return value
    const refused = element.kind === 'word' ? element.refused[text.toUpperCase()] : undefined
    if (refused !== undefined) {
      this.#problems.add(place, path, `${text.toUpperCase()} is not possible here: ${refused}`, { allowed })
    } else {
      const words = element.kind === 'word' ? element.words : []
      this.#problems.add(place, path, `${quoted(element, text)} is not a value of it`, () => ({
        allowed,
        ...didYouMean(text, words),
      }))
    }
    return element.default
  }

  #opaque({ refused }: OpaqueElement, data: Data, path: string): unknown {
    this.places.set(path, data.place)
    const isEnabled = (e: Entry): boolean =>
      plain(e.name) === 'enabled' && e.value.kind === 'text' && e.value.text.toLowerCase() === 'true'
    if (refused !== undefined && data.kind === 'map' && data.entries.some(isEnabled)) {
      this.#problems.add(data.place, path, `it is enabled, and does not exist here: ${refused}`, { allowed: 'enabled: false' })
    }
    return plainValue(data)
  }

  #section(element: SectionElement, layers: readonly Data[], path: string): unknown {
    const found = new Map<string, Data[][]>()
    for (const layer of layers) {
      const given = new Map<string, Data[]>()
      for (const entry of this.#entriesOf(element, layer, path)) {
        const name = element.names.get(plain(entry.name))
        if (name === undefined) this.#unknown(entry, Object.keys(element.fields), path, element.formerly)
        else gather(given, name, entry.value)
      }
      for (const [name, occurrences] of given) gather(found, name, occurrences)
    }
    const value: Record<string, unknown> = {}
    for (const [name, field] of Object.entries(element.fields)) {
      const given = found.get(name)
      value[name] = given === undefined ? absent(field) : this.#field(field, given, `${path}.${name}`)
    }
    for (const rule of element.rules) {
      const broken = rule(value as never, name => found.has(name))
      if (broken === null) continue
      const at = broken.element === undefined || !found.has(broken.element) ? path : `${path}.${broken.element}`
      this.#problems.add(this.places.get(at) as Place, at, broken.message, { allowed: broken.allowed })
    }
    return value
  }

  /** The element's own text stands for the field that the table names. */
  #entriesOf(element: SectionElement, data: Data, path: string): readonly Entry[] {
    const own = element.text
    const allowed = Object.keys(element.fields).join(', ')
    if (data.kind === 'list') {
      this.#problems.add(data.place, path, 'a section is expected, this is a list', { allowed })
      return []
    }
    const entries = data.kind === 'map' ? data.entries : data.text === '' ? [] : [{ name: TEXT, place: data.place, value: data }]
    return entries.flatMap(entry => {
      if (entry.name !== TEXT) return [entry]
      if (own !== null) return [{ ...entry, name: own }]
      const text = entry.value.kind === 'text' ? entry.value.text : ''
      this.#problems.add(entry.place, path, `${quoted(element, text)} has no meaning here`, { allowed })
      return []
    })
  }

  /** @param given by layer, each with all the times it stands there */
  #field(element: Element, given: readonly (readonly Data[])[], path: string): unknown {
    const listed = this.withoutEffect.length
    const value = this.#fieldValue(element, given, path)
    if (element.noEffect !== undefined) {
      // that of the whole stands for that of the parts
      this.withoutEffect.splice(listed, Number.POSITIVE_INFINITY, { path, reason: element.noEffect })
    }
    return value
  }

  #fieldValue(element: Element, given: readonly (readonly Data[])[], path: string): unknown {
    if (element.kind === 'list') return this.#list(element, given.at(-1) as readonly Data[], path)
    if (element.kind === 'dict') return this.#dict(element, given.flat(), path)
    // of a service there may be many, by name
    if (element.kind === 'opaque')
      return given
        .flat()
        .map(data => this.#opaque(element, data, path))
        .at(-1)
    const layers = given.map(([first, ...again]) => {
      for (const { place } of again) {
        const allowed = `once; the first is in line ${first?.place.line}`
        this.#problems.add(place, path, 'it stands here a second time', { allowed })
      }
      return first as Data
    })
    return this.read(element, layers, path)
  }

  #list(element: ListElement, given: readonly Data[], path: string): unknown {
    const [first] = given
    if (first !== undefined) this.places.set(path, first.place)
    const items = given.flatMap((data): readonly Data[] => {
      if (data.kind === 'list') return data.items
      if (data.kind === 'map') return data.xml ? this.#repeated(element, data, path) : [data]
      if (!element.commas) return data.text === '' ? [] : [data]
      return data.text.split(',').flatMap(part => (part.trim() === '' ? [] : [{ ...data, text: part.trim() }]))
    })
    return items.map((item, i) => this.read(element.item, [item], `${path}[${i}]`))
  }

  /** `<indexes><index/><index/></indexes>`, or `<index/>` itself where the list goes by that name too. */
  #repeated({ of, also = [] }: ListElement, data: MapData, path: string): readonly Data[] {
    if (also.includes(of) && !data.entries.some(entry => plain(entry.name) === plain(of))) return [data]
    return data.entries.flatMap(entry => {
      if (plain(entry.name) === plain(of)) return [entry.value]
      this.#unknown(entry, [of], path)
      return []
    })
  }

  /** What has one name several times is read together: the later values win. */
  #dict(element: DictElement, given: readonly Data[], path: string): unknown {
    const found = new Map<string, Data[]>()
    const add = (name: string, data: Data): void => {
      if (name === '') this.#problems.add(data.place, path, 'the name is missing or empty', { allowed: 'a name for each' })
      else gather(found, name, data)
    }
    for (const data of given) {
      if (data.xml && element.of === null) add(...namedIn(data, element.namedBy))
      else if (data.kind === 'map') {
        for (const entry of data.entries) {
          if (!data.xml) add(entry.name, entry.value)
          else if (plain(entry.name) === plain(element.of ?? '')) add(...namedIn(entry.value, element.namedBy))
          else this.#unknown(entry, element.of === null ? [] : [element.of], path)
        }
      } else if (data.kind === 'list' || data.text !== '') {
        this.#problems.add(data.place, path, 'names with their values are expected', { allowed: 'a name for each' })
      }
    }
    return new Map([...found].map(([name, layers]) => [name, this.read(element.item, layers, `${path}[${short(name)}]`)]))
  }

  #unknown(entry: Entry, names: readonly string[], path: string, formerly?: ReadonlyMap<string, string>): void {
    const at = `${path}.${short(entry.name)}`
    const message = `"${short(entry.name)}" is not known here`
    if (entry.place.override === true) {
      this.withoutEffect.push({ path: at, reason: `${entry.place.file} sets it, and ${message}` })
      return
    }
    this.#problems.add(entry.place, at, message, () => {
      const now = formerly?.get(plain(entry.name))
      const allowed = names.length > 12 ? 'see the reference of the configuration' : names.join(', ')
      return { allowed, ...(now === undefined ? didYouMean(entry.name, names) : { didYouMean: now }) }
    })
  }
}

/** Without anything said. */
function absent(element: Element): unknown {
  if (element.optional === true || element.kind === 'opaque') return undefined
  if (element.kind === 'list') return []
  if (element.kind === 'dict') return new Map()
  return element.kind === 'section' ? defaultsOf(element.fields) : element.default
}

const defaultsOf = (fields: Elements): unknown =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, absent(field)]))

/** `<x name="n">...</x>`, or `<x>n</x>`: the name, and the rest. */
function namedIn(data: Data, by: DictElement['namedBy']): [name: string, rest: Data] {
  if (data.kind === 'text' && by === TEXT) return [data.text, emptyMap(data.place)]
  if (data.kind !== 'map') return ['', data]
  const named = data.entries.find(e => e.name === by && e.value.kind === 'text')
  if (named?.value.kind !== 'text') return ['', data]
  const entries = data.entries.filter(e => e !== named)
  const [only] = entries
  const { text } = named.value
  if (entries.length === 0) return [text, { kind: 'text', place: data.place, xml: true, text: '' }]
  return [text, entries.length === 1 && only?.name === TEXT ? only.value : { ...data, entries }]
}

const quoted = ({ kind, secret }: Element, text: string): string => {
  if (secret === true) return 'the text'
  return kind === 'section' ? `the text "${short(text)}"` : `"${short(text)}"`
}

function didYouMean(given: string, names: readonly string[]): { didYouMean?: string } {
  const found = nearest(given, names)
  return found === null ? {} : { didYouMean: found }
}

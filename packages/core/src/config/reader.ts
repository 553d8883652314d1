/** Reads data by the table: every problem is noted, nothing stops at the first one. */

import { type Data, type Entry, type Place, type Problem, plain, TEXT } from './data-tree.js'
import type { Field, Fields, Spec } from './table.js'

/** Plain values by the table's names; defaults where nothing was said. */
export type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value } | Data | null

export interface Reading {
  readonly value: Value
  readonly problems: readonly Problem[]
  readonly withoutEffect: readonly { readonly path: string; readonly reason: string }[]
}

export function readBy(spec: Spec, data: Data, path: string): Reading {
  const reader = new TableReader()
  const value = reader.read(spec, data, path)
  return { value, problems: reader.problems, withoutEffect: reader.withoutEffect }
}

class TableReader {
  readonly problems: Problem[] = []
  readonly withoutEffect: { path: string; reason: string }[] = []

  #problem(place: Place, element: string, message: string, more: { allowed?: string; didYouMean?: string } = {}): void {
    const { file, line, column } = place
    this.problems.push({ file, line, column, element, message, ...more })
  }

  read(spec: Spec, data: Data, path: string): Value {
    switch (spec.kind) {
      case 'any':
        return data
      case 'section':
        return this.#section(spec, data, path)
      case 'list':
        return this.#list(spec, [data], path)
      case 'dict':
        return this.#dict(spec, [data], path)
      default:
        return this.#scalar(spec, data, path)
    }
  }

  #scalar(spec: Extract<Spec, { kind: 'int' | 'bool' | 'text' | 'word' }>, data: Data, path: string): Value {
    if (data.kind !== 'text') {
      this.#problem(data.place, path, `a single value is expected, this is a ${data.kind === 'map' ? 'section' : 'list'}`, {
        allowed: allowed(spec),
      })
      return spec.default
    }
    const { text, place } = data
    switch (spec.kind) {
      case 'text':
        return text
      case 'bool':
        if (/^true$/i.test(text)) return true
        if (/^false$/i.test(text)) return false
        break
      case 'int': {
        const n = Number(text)
        if (/^[+-]?\d+$/.test(text) && n >= spec.min && n <= spec.max) return n
        break
      }
      case 'word': {
        const found = spec.words.find(w => w.toLowerCase() === text.toLowerCase())
        if (found !== undefined) return found
        const refused = spec.refused?.[text.toUpperCase()]
        if (refused !== undefined) {
          this.#problem(place, path, `${text} is not possible here: ${refused}`, { allowed: allowed(spec) })
          return spec.default
        }
        const didYouMean = nearest(text, spec.words)
        this.#problem(place, path, `"${text}" is not a value of it`, {
          allowed: allowed(spec),
          ...(didYouMean === null ? {} : { didYouMean }),
        })
        return spec.default
      }
    }
    this.#problem(place, path, `"${text}" is not a value of it`, { allowed: allowed(spec) })
    return spec.default
  }

  #section(spec: Extract<Spec, { kind: 'section' }>, data: Data, path: string): Value {
    if (data.kind === 'list') {
      this.#problem(data.place, path, 'a section is expected, this is a list', { allowed: Object.keys(spec.fields).join(', ') })
      return this.#defaults(spec.fields)
    }
    const entries = this.#entriesOf(spec, data, path)
    const value: Record<string, Value> = {}
    for (const [name, field] of Object.entries(spec.fields)) {
      const given = entries.filter(e => isNamed(e.name, name, field))
      value[name] = given.length === 0 ? this.#default(field.spec) : this.#field(name, field, given, path)
    }
    for (const entry of entries) {
      if (Object.entries(spec.fields).some(([name, field]) => isNamed(entry.name, name, field))) continue
      const names = Object.keys(spec.fields)
      const didYouMean = nearest(entry.name, names)
      const more = { allowed: names.length > 12 ? 'see the reference of the configuration' : names.join(', ') }
      this.#problem(
        entry.place,
        `${path}.${entry.name}`,
        `"${entry.name}" is not known here`,
        didYouMean === null ? more : { ...more, didYouMean },
      )
    }
    return value
  }

  /** The element's own text stands for the field that the table names. */
  #entriesOf(
    spec: Extract<Spec, { kind: 'section' }>,
    data: Extract<Data, { kind: 'text' | 'map' }>,
    path: string,
  ): readonly Entry[] {
    const own = spec.text
    if (data.kind === 'text') {
      if (data.text === '') return []
      if (own !== undefined) return [{ name: own, place: data.place, value: data }]
      this.#problem(data.place, path, `the text "${data.text.slice(0, 40)}" has no meaning here`, {
        allowed: Object.keys(spec.fields).join(', '),
      })
      return []
    }
    return data.entries.flatMap(entry => {
      if (entry.name !== TEXT) return [entry]
      if (own !== undefined) return [{ ...entry, name: own }]
      this.#problem(entry.place, path, 'a text has no meaning here', { allowed: Object.keys(spec.fields).join(', ') })
      return []
    })
  }

  #field(name: string, field: Field, given: readonly Entry[], path: string): Value {
    const { spec } = field
    const inner = spec.kind === 'dict' && spec.of === name ? path : `${path}.${name}`
    const [first] = given as [Entry]
    if (field.noEffect !== undefined) this.withoutEffect.push({ path: `${path}.${name}`, reason: field.noEffect })
    const values = given.map(e => e.value)
    if (spec.kind === 'list') return this.#list(spec, values, inner)
    if (spec.kind === 'dict') return this.#dict(spec, values, spec.of === name ? `${path}.${name}` : inner)
    if (spec.kind !== 'any') {
      for (const { place } of given.slice(1))
        this.#problem(place, inner, 'it stands here a second time', { allowed: `once; first in line ${first.place.line}` })
    }
    return this.read(spec, first.value, inner)
  }

  #list(spec: Extract<Spec, { kind: 'list' }>, given: readonly Data[], path: string): Value[] {
    const items = given.flatMap((data): readonly Data[] => {
      if (data.kind === 'list') return data.items
      if (data.kind === 'text' && spec.item.kind === 'text') {
        const { place, text } = data
        return text
          .split(',')
          .map(part => ({ kind: 'text' as const, place, text: part.trim() }))
          .filter(part => part.text !== '')
      }
      // the wrapper of repeated elements, or one element itself
      if (data.kind === 'map' && data.entries.every(e => plain(e.name) === plain(spec.of))) return data.entries.map(e => e.value)
      return data.kind === 'text' && data.text === '' ? [] : [data]
    })
    return items.map((item, i) => this.read(spec.item, item, `${path}[${i}]`))
  }

  #dict(spec: Extract<Spec, { kind: 'dict' }>, given: readonly Data[], path: string): Record<string, Value> {
    const out: Record<string, Value> = {}
    const found = new Map<string, Data>()
    const add = (name: string, data: Data, place: Place): void => {
      if (name === '') this.#problem(place, path, 'the name is empty', { allowed: 'a text' })
      const before = found.get(name)
      // of two sections with one name the later values win
      found.set(name, before === undefined ? data : laterWins(before, data))
    }
    for (const data of given) {
      if (data.kind === 'text' && data.text === '') continue
      if (data.kind !== 'map') {
        this.#problem(data.place, path, 'names with their values are expected', {
          allowed: `<${spec.of} name="...">, or a mapping`,
        })
        continue
      }
      if (namedIn(data) !== null) add(...(namedIn(data) as [string, Data]), data.place)
      else {
        for (const entry of data.entries) {
          const named = plain(entry.name) === plain(spec.of) && entry.value.kind === 'map' ? namedIn(entry.value) : null
          if (named !== null) add(...named, entry.place)
          else add(entry.name, entry.value, entry.place)
        }
      }
    }
    for (const [name, data] of found) out[name] = this.read(spec.item, data, `${path}[${name}]`)
    return out
  }

  #default(spec: Spec): Value {
    if (spec.kind === 'any') return null
    if (spec.kind === 'list') return []
    if (spec.kind === 'dict') return {}
    return spec.kind === 'section' ? this.#defaults(spec.fields) : spec.default
  }

  #defaults(fields: Fields): Record<string, Value> {
    return Object.fromEntries(Object.entries(fields).map(([name, { spec }]) => [name, this.#default(spec)]))
  }
}

const isNamed = (given: string, name: string, field: Field): boolean =>
  [name, ...(field.also ?? [])].some(known => plain(known) === plain(given))

/** `<x name="n"> ... </x>`: the name, and the rest. */
function namedIn(data: Extract<Data, { kind: 'map' }>): [string, Data] | null {
  const name = data.entries.find(e => e.name === 'name' && e.value.kind === 'text')
  if (name?.value.kind !== 'text') return null
  const entries = data.entries.filter(e => e !== name)
  const [only] = entries
  if (entries.length === 0) return [name.value.text, { kind: 'text', place: data.place, text: '' }]
  if (entries.length === 1 && only?.name === TEXT) return [name.value.text, only.value]
  return [name.value.text, { ...data, entries }]
}

function laterWins(before: Data, after: Data): Data {
  if (before.kind !== 'map' || after.kind !== 'map') return after
  return {
    ...after,
    entries: [...before.entries.filter(b => !after.entries.some(a => plain(a.name) === plain(b.name))), ...after.entries],
  }
}

function allowed(spec: Spec): string {
  switch (spec.kind) {
    case 'int':
      return `a whole number from ${spec.min} to ${spec.max}`
    case 'bool':
      return 'true or false'
    case 'word':
      return spec.words.join(', ')
    default:
      return 'a text'
  }
}

/** The known name that differs least, if it differs little. */
export function nearest(given: string, names: readonly string[]): string | null {
  let best: string | null = null
  let least = Math.max(2, Math.floor(given.length / 3)) + 1
  for (const name of names) {
    const d = distance(plain(given), plain(name), least)
    if (d < least) {
      least = d
      best = name
    }
  }
  return best
}

/** Levenshtein's; `limit` or more is all the same. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit || a.length > 100) return limit
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}

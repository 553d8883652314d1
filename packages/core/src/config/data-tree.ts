/**
 * What every way of writing a configuration becomes before anything is checked: values that know where they stand.
 * XML attributes and child elements are both entries; an element with a text beside its attributes has the entry `#text`.
 */

export interface Place {
  readonly file: string
  /** 1-based; 0 where there are no lines (objects, environment). */
  readonly line: number
  readonly column: number
}

export interface Entry {
  readonly name: string
  readonly place: Place
  readonly value: Data
}

export type Data =
  | { readonly kind: 'text'; readonly place: Place; readonly text: string }
  /** A name may stand here several times, as XML elements do: what that means is for the table to say. */
  | { readonly kind: 'map'; readonly place: Place; readonly entries: readonly Entry[] }
  | { readonly kind: 'list'; readonly place: Place; readonly items: readonly Data[] }

export const TEXT = '#text'

export interface Problem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** `hazelcast.map[users].backup-count`. */
  readonly element: string
  readonly message: string
  readonly allowed?: string
  readonly didYouMean?: string
}

/** Names are compared without hyphens and case, so that `backupCount` and `backup-count` are one. */
export const plain = (name: string): string => name.replaceAll('-', '').toLowerCase()

/** Written by name in several ways: these stand beside each other, and the table lets the later ones win. */
const namedThings: readonly string[] = ['map', 'properties']

/** Values of `over` win, name by name; what is named differently on both sides is added. */
export function merged(base: Data, over: Data): Data {
  if (base.kind === 'map' && over.kind === 'text' && base.entries.some(e => e.name === TEXT)) {
    // the text of an element is replaced, its attributes stay
    return { ...base, entries: base.entries.map(e => (e.name === TEXT ? { ...e, value: over } : e)) }
  }
  if (base.kind !== 'map' || over.kind !== 'map') return over
  const entries = [...base.entries]
  for (const entry of over.entries) {
    const at = entries.findIndex(e => plain(e.name) === plain(entry.name))
    if (at === -1 || namedThings.includes(entry.name)) entries.push(entry)
    else {
      const held = entries[at] as Entry
      entries[at] = { ...held, value: merged(held.value, entry.value) }
    }
  }
  return { ...base, entries }
}

/** A typed object or anything else that was not written in a file. */
export function dataOf(value: unknown, place: Place): Data {
  if (Array.isArray(value)) return { kind: 'list', place, items: value.map(item => dataOf(item, place)) }
  if (value instanceof Map) return dataOf(Object.fromEntries(value), place)
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .map(([name, v]) => ({ name, place, value: dataOf(v, place) }))
    return { kind: 'map', place, entries }
  }
  return { kind: 'text', place, text: String(value) }
}

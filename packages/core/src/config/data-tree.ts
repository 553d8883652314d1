/**
 * What every way of writing a configuration becomes before anything is checked: values that know where they stand.
 * XML attributes and child elements are both entries; an element with a text beside its attributes has the entry `#text`.
 */

export interface Place {
  readonly file: string
  /** 1-based; 0 where there are no lines (objects, environment). */
  readonly line: number
  readonly column: number
  /** Of a variable or property beside the file: programs around us set such names for other purposes too. */
  readonly override?: true
}

export interface Entry {
  readonly name: string
  readonly place: Place
  readonly value: Data
}

/** `xml`: an element or attribute, where repetition makes lists and attributes make names. */
export type Data =
  | { readonly kind: 'text'; readonly place: Place; readonly xml: boolean; readonly text: string }
  | { readonly kind: 'map'; readonly place: Place; readonly xml: boolean; readonly entries: readonly Entry[] }
  | { readonly kind: 'list'; readonly place: Place; readonly xml: false; readonly items: readonly Data[] }

export type MapData = Extract<Data, { kind: 'map' }>

export const TEXT = '#text'

export const emptyMap = (place: Place): MapData => ({ kind: 'map', place, xml: false, entries: [] })

/** Names are compared without hyphens and case, so that `backupCount` and `backup-count` are one. */
export const plain = (name: string): string => name.replaceAll('-', '').toLowerCase()

/** Without the places: texts, arrays and objects. What repeats in XML is an array. */
export function plainValue(data: Data): unknown {
  if (data.kind === 'text') return data.text
  if (data.kind === 'list') return data.items.map(plainValue)
  const values = new Map<string, unknown[]>()
  for (const { name, value } of data.entries) {
    gather(values, name, plainValue(value))
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, all.length === 1 ? all[0] : all]))
}

export function gather<V>(lists: Map<string, V[]>, name: string, value: V): void {
  const held = lists.get(name)
  if (held === undefined) lists.set(name, [value])
  else held.push(value)
}

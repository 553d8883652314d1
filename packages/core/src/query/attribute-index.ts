/**
 * One index over the entries of one partition: buckets of entries that have the same values of its attributes. A HASH index
 * finds buckets by their values, a SORTED one also by ranges, a BITMAP one keeps a bit for each entry.
 */

import type { IndexDefinition } from '../api/query.js'
import { BitSet } from './bit-set.js'
import { type Comparable, comparableOf, comparableText, compareKeys, convert, type Kind, kinds } from './comparable.js'
import { Many, type Path, parsePath } from './path.js'
import type { Bound } from './predicate.js'
import type { QueryEntry } from './query-entry.js'
import { SortedList } from './sorted-list.js'

export interface IndexedEntry {
  readonly key: Uint8Array
  readonly hash: number
  /** Its bit. Used again when the entry has gone. */
  readonly ordinal: number
  /** In which buckets it is, by index. */
  readonly buckets: Bucket[][]
}

export type Value = Comparable | null

export interface Bucket {
  readonly values: readonly Value[]
  readonly text: string
  readonly entries: Set<IndexedEntry>
  readonly bits: BitSet | null
}

/** Combinations of values looked up at once. */
const lookupsMax = 1_000

export class AttributeIndex {
  readonly definition: IndexDefinition
  readonly paths: readonly Path[]
  readonly #buckets = new Map<string, Bucket>()
  readonly #sorted: SortedList<Bucket> | null
  /** How many buckets have a value of that kind, by attribute: a given value is looked up as each. */
  readonly #kinds: readonly Map<Kind | null, number>[]

  constructor(definition: IndexDefinition) {
    this.definition = definition
    this.paths = definition.attributes.map(parsePath)
    this.#sorted = definition.type === 'SORTED' ? new SortedList((a, b) => compareTuples(a.values, b.values)) : null
    this.#kinds = this.paths.map(() => new Map())
  }

  /** The buckets that the entry belongs to, null where it has several values of more than one attribute. */
  add(indexed: IndexedEntry, entry: QueryEntry): Bucket[] | null {
    const values = this.paths.map(path => entry.attribute(path))
    const many = values.find(value => value instanceof Many) as Many | undefined
    if (many !== undefined && this.paths.length > 1) return null
    const tuples = many === undefined ? [values.map(comparableOf)] : many.items.map(item => [comparableOf(item)])
    const buckets = new Set(tuples.map(tuple => this.#bucketOf(tuple)))
    for (const bucket of buckets) {
      bucket.entries.add(indexed)
      bucket.bits?.add(indexed.ordinal)
    }
    return [...buckets]
  }

  #bucketOf(values: readonly Value[]): Bucket {
    const text = textOf(values)
    let bucket = this.#buckets.get(text)
    if (bucket === undefined) {
      bucket = { values, text, entries: new Set(), bits: this.definition.type === 'BITMAP' ? new BitSet() : null }
      this.#buckets.set(text, bucket)
      this.#sorted?.add(bucket)
      this.#countKinds(values, 1)
    }
    return bucket
  }

  remove(indexed: IndexedEntry, bucket: Bucket): void {
    bucket.entries.delete(indexed)
    bucket.bits?.delete(indexed.ordinal)
    if (bucket.entries.size > 0) return
    this.#buckets.delete(bucket.text)
    this.#sorted?.delete(bucket)
    this.#countKinds(bucket.values, -1)
  }

  #countKinds(values: readonly Value[], change: number): void {
    for (const [i, value] of values.entries()) {
      const counts = this.#kinds[i] as Map<Kind | null, number>
      const kind = value?.kind ?? null
      const count = (counts.get(kind) ?? 0) + change
      if (count === 0) counts.delete(kind)
      else counts.set(kind, count)
    }
  }

  /** What a given value would be as a value of this attribute: one for each kind that entries have there. */
  #asHere(attribute: number, given: Value): Value[] {
    const counts = this.#kinds[attribute] as Map<Kind | null, number>
    if (given === null) return counts.has(null) ? [null] : []
    return [...counts.keys()].flatMap(kind => (kind === null ? [] : (convert(given, kind) ?? [])))
  }

  /** Buckets with one of these values in each attribute; null: too many combinations to look up. */
  equal(given: readonly (readonly Value[])[]): Bucket[] | null {
    let tuples: Value[][] = [[]]
    for (const [i, values] of given.entries()) {
      const here = values.flatMap(value => this.#asHere(i, value))
      if (tuples.length * here.length > lookupsMax) return null
      tuples = tuples.flatMap(tuple => here.map(value => [...tuple, value]))
    }
    return tuples.flatMap(tuple => this.#buckets.get(textOf(tuple)) ?? [])
  }

  /** Buckets whose first attribute is in the range, its ends included. Only of a SORTED index. */
  *range(from: Bound | null, to: Bound | null): Generator<Bucket> {
    for (const kind of this.#kinds[0]?.keys() ?? []) {
      if (kind === null) continue
      const [low, high] = [from && convert(from.value, kind), to && convert(to.value, kind)]
      if ((from !== null && low === null) || (to !== null && high === null)) continue
      yield* this.#within(kind, low, value => high === null || compareKeys(value.key, high.key) <= 0)
    }
  }

  /** Buckets whose first attribute is a text that begins so. Only of a SORTED index. */
  *startingWith(prefix: string): Generator<Bucket> {
    yield* this.#within('text', { kind: 'text', key: prefix }, ({ key }) => (key as string).startsWith(prefix))
    for (const kind of this.#kinds[0]?.keys() ?? []) {
      // what is no text is compared as one: the order of its own kind says nothing then
      if (kind !== null && kind !== 'text') yield* this.#within(kind, null, () => true)
    }
  }

  *#within(kind: Kind, low: Comparable | null, isInside: (value: Comparable) => boolean): Generator<Bucket> {
    const rank = kinds.indexOf(kind)
    const isBefore = ({ values: [value = null] }: Bucket): boolean => {
      if (value === null) return true
      const other = kinds.indexOf(value.kind)
      return other < rank || (other === rank && low !== null && compareKeys(value.key, low.key) < 0)
    }
    for (const bucket of this.#sorted?.from(isBefore) ?? []) {
      const value = bucket.values[0] as Comparable
      if (value.kind !== kind || !isInside(value)) return
      yield bucket
    }
  }
}

const textOf = (values: readonly Value[]): string => values.map(comparableText).join('\n')

function compareTuples(a: readonly Value[], b: readonly Value[]): number {
  for (const [i, value] of a.entries()) {
    const order = compareWithin(value, b[i] ?? null)
    if (order !== 0) return order
  }
  return 0
}

/** Kind by kind, so that a range of one kind is one piece. */
function compareWithin(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  return a.kind === b.kind ? compareKeys(a.key, b.key) : kinds.indexOf(a.kind) - kinds.indexOf(b.kind)
}

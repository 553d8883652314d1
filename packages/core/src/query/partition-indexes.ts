/** The indexes of one map in one partition. They live on the heap, at the owner only, and are made when a query needs them. */

import type { IndexDefinition } from '../api/query.js'
import { InvariantError } from '../base/assert.js'
import { AttributeIndex, type Bucket, type IndexedEntry } from './attribute-index.js'
import { BitSet } from './bit-set.js'
import type { Opener } from './opener.js'
import { candidates, type Found, type IndexSource } from './planner.js'
import type { Plan } from './predicate.js'
import { QueryEntry } from './query-entry.js'

export class PartitionIndexes implements IndexSource {
  /** Made for these: others need others. */
  readonly definitions: readonly IndexDefinition[]
  readonly indexes: readonly AttributeIndex[]
  readonly loose = new Set<IndexedEntry>()
  readonly all = new BitSet()
  readonly #opener: Opener
  /** By hash: keys of one hash share a list. */
  readonly #entries = new Map<number, IndexedEntry[]>()
  readonly #byOrdinal: (IndexedEntry | undefined)[] = []
  readonly #free: number[] = []
  #size = 0

  constructor(definitions: readonly IndexDefinition[], opener: Opener) {
    this.definitions = definitions
    this.indexes = definitions.map(definition => new AttributeIndex(definition))
    this.#opener = opener
  }

  get size(): number {
    return this.#size
  }

  byOrdinal(ordinal: number): IndexedEntry {
    return this.#byOrdinal[ordinal] as IndexedEntry
  }

  find(plan: Plan): Found | null {
    return candidates(plan, this)
  }

  /** The bytes may be views. */
  put(key: Uint8Array, hash: number, value: Uint8Array): void {
    this.remove(key, hash)
    const entry = new QueryEntry(key, value, this.#opener)
    const ordinal = this.#free.pop() ?? this.#byOrdinal.length
    const buckets: Bucket[][] = []
    const indexed: IndexedEntry = { key: key.slice(), hash, ordinal, buckets }
    this.#byOrdinal[ordinal] = indexed
    this.all.add(ordinal)
    this.#size++
    const list = this.#entries.get(hash)
    if (list === undefined) this.#entries.set(hash, [indexed])
    else list.push(indexed)
    for (const index of this.indexes) {
      const of = bucketsIn(index, indexed, entry)
      buckets.push(of ?? [])
      if (of === null) this.loose.add(indexed)
    }
  }

  remove(key: Uint8Array, hash: number): void {
    const list = this.#entries.get(hash)
    const at = list?.findIndex(one => sameBytes(one.key, key)) ?? -1
    const indexed = list?.[at]
    if (list === undefined || indexed === undefined) return
    if (list.length === 1) this.#entries.delete(hash)
    else list.splice(at, 1)
    for (const [i, buckets] of indexed.buckets.entries()) {
      for (const bucket of buckets) this.indexes[i]?.remove(indexed, bucket)
    }
    this.loose.delete(indexed)
    this.all.delete(indexed.ordinal)
    this.#byOrdinal[indexed.ordinal] = undefined
    this.#free.push(indexed.ordinal)
    this.#size--
  }
}

/**
 * Null: it is in none, because its attributes cannot be told; a query that meets it fails, or passes it by. Here it is being committed:
 * nothing that somebody has stored may stop that.
 */
function bucketsIn(index: AttributeIndex, indexed: IndexedEntry, entry: QueryEntry): Bucket[] | null {
  try {
    return index.add(indexed, entry)
  } catch (error) {
    if (error instanceof InvariantError) throw error
    return null
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

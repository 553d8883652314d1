/** The order in which pages show entries: by an attribute, then by key, then by the bytes of the key. */

import { Reader } from '../codec/reader.js'
import { Writer } from '../codec/writer.js'
import { bytesText, type Comparable, comparableOf, compareComparables } from '../query/comparable.js'
import type { Opener } from '../query/opener.js'
import { Many, type Path, parsePath } from '../query/path.js'
import { QueryEntry } from '../query/query-entry.js'
import type { Data } from '../serialization/data.js'

/** A part of the entries of one partition in their order. */
export interface PageRange {
  readonly orderBy: string
  readonly descending: boolean
  /** Entries wanted. */
  readonly limit: number
  /** Only what comes after this entry. */
  readonly after: readonly [key: Data, value: Data] | null
}

export function writePageRange({ orderBy, descending, limit, after }: PageRange): Uint8Array {
  const out = new Writer()
  out.string(orderBy)
  out.bool(descending)
  out.f64(limit)
  out.bool(after !== null)
  for (const bytes of after ?? []) out.bytes(bytes)
  return out.take()
}

export function readPageRange(bytes: Uint8Array): PageRange {
  const from = new Reader(bytes)
  const [orderBy, descending, limit] = [from.string(), from.bool(), from.f64()]
  return { orderBy, descending, limit, after: from.bool() ? [from.bytes(), from.bytes()] : null }
}

export interface Placed {
  readonly key: Data
  readonly value: Data
  readonly by: Comparable | null
  readonly keyAt: Comparable | null
}

export class PageOrder {
  readonly #path: Path
  readonly #sign: number
  readonly #opener: Opener

  constructor({ orderBy, descending }: Pick<PageRange, 'orderBy' | 'descending'>, opener: Opener) {
    this.#path = parsePath(orderBy)
    this.#sign = descending ? -1 : 1
    this.#opener = opener
  }

  place(key: Data, value: Data): Placed {
    return this.placed(new QueryEntry(key, value, this.#opener))
  }

  /** Bytes are copied: the entry may be a view. */
  placed(entry: QueryEntry): Placed {
    const value = entry.attribute(this.#path)
    const by = comparableOf(value instanceof Many ? value.items[0] : value)
    return { key: entry.key.slice(), value: entry.value.slice(), by, keyAt: comparableOf(entry.attribute(keyPath)) }
  }

  compare(a: Placed, b: Placed): number {
    const order = compareComparables(a.by, b.by) || compareComparables(a.keyAt, b.keyAt)
    if (order !== 0) return order * this.#sign
    const [x, y] = [bytesText(a.key.subarray(4)), bytesText(b.key.subarray(4))]
    return (x < y ? -1 : x > y ? 1 : 0) * this.#sign
  }

  /** The first `limit` of them, in order. */
  first(placed: Placed[], limit: number): Placed[] {
    return placed.sort((a, b) => this.compare(a, b)).slice(0, limit)
  }
}

const keyPath: Path = { text: '__key', root: 'key', steps: [] }

/** The order in which pages show entries: by a comparator or an attribute, then by key, then by the bytes of the key. */

import type { ComparedEntry } from '../api/comparators.js'
import { Reader } from '../codec/reader.js'
import { Writer } from '../codec/writer.js'
import { bytesText, type Comparable, comparableOf, compareComparables } from '../query/comparable.js'
import { Many, type Path, parsePath } from '../query/path.js'
import { QueryEntry } from '../query/query-entry.js'
import type { Data } from '../serialization/data.js'
import type { BoundComparator } from './comparators.js'
import type { QueryContext } from './query-context.js'

/** A part of the entries of one partition in their order. */
export interface PageRange {
  readonly orderBy: string
  readonly descending: boolean
  /** Names a comparator, with its argument, which takes the place of the attribute; see `serialization/function-call.ts`. */
  readonly comparator: Data | null
  /** Entries wanted. */
  readonly limit: number
  /** Only what comes after this entry. */
  readonly after: readonly [key: Data, value: Data] | null
}

export function writePageRange({ orderBy, descending, comparator, limit, after }: PageRange): Uint8Array {
  const out = new Writer()
  out.string(orderBy)
  out.bool(descending)
  out.bool(comparator !== null)
  if (comparator !== null) out.bytes(comparator)
  out.f64(limit)
  out.bool(after !== null)
  for (const bytes of after ?? []) out.bytes(bytes)
  return out.take()
}

export function readPageRange(bytes: Uint8Array): PageRange {
  const from = new Reader(bytes)
  const [orderBy, descending] = [from.string(), from.bool()]
  const [comparator, limit] = [from.bool() ? from.bytes() : null, from.f64()]
  return { orderBy, descending, comparator, limit, after: from.bool() ? [from.bytes(), from.bytes()] : null }
}

export interface Placed {
  readonly key: Data
  readonly value: Data
  readonly by: Comparable | null
  readonly keyAt: Comparable | null
  /** Null where no comparator asks for it. */
  readonly opened: ComparedEntry | null
}

export class PageOrder {
  readonly #path: Path
  readonly #sign: number
  readonly #context: QueryContext
  readonly #comparator: BoundComparator | null

  /** @throws CobnutError NOT_REGISTERED, SERIALIZATION of the comparator. */
  constructor(
    { orderBy, descending, comparator }: Pick<PageRange, 'orderBy' | 'descending' | 'comparator'>,
    context: QueryContext,
  ) {
    this.#path = parsePath(orderBy)
    this.#sign = descending ? -1 : 1
    this.#context = context
    this.#comparator = comparator === null ? null : context.comparators.bind(comparator)
  }

  place(key: Data, value: Data): Placed {
    return this.placed(new QueryEntry(key, value, this.#context.opener))
  }

  /** Bytes are copied: the entry may be a view. */
  placed(entry: QueryEntry): Placed {
    const [key, value] = [entry.key.slice(), entry.value.slice()]
    const keyAt = comparableOf(entry.attribute(keyPath))
    if (this.#comparator !== null) {
      const { serialization } = this.#context
      return { key, value, by: null, keyAt, opened: { key: serialization.toObject(key), value: serialization.toObject(value) } }
    }
    const found = entry.attribute(this.#path)
    return { key, value, by: comparableOf(found instanceof Many ? found.items[0] : found), keyAt, opened: null }
  }

  compare(a: Placed, b: Placed): number {
    const order = this.#compareBy(a, b) || compareComparables(a.keyAt, b.keyAt)
    if (order !== 0) return order * this.#sign
    const [x, y] = [bytesText(a.key.subarray(4)), bytesText(b.key.subarray(4))]
    return (x < y ? -1 : x > y ? 1 : 0) * this.#sign
  }

  #compareBy(a: Placed, b: Placed): number {
    const isOpen = this.#comparator !== null && a.opened !== null && b.opened !== null
    return isOpen ? this.#comparator(a.opened, b.opened) : compareComparables(a.by, b.by)
  }

  /** The first `limit` of them, in order. */
  first(placed: Placed[], limit: number): Placed[] {
    return placed.sort((a, b) => this.compare(a, b)).slice(0, limit)
  }
}

const keyPath: Path = { text: '__key', root: 'key', steps: [] }

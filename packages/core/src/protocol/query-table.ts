/** The part of the client protocol's table that is about queries of a map: see `client-table.ts`. */

import type { Framed } from './client-fields.js'
import { bool, byte, data, type Fixed, int, list, nullable, packed, pairs, string, uuid } from './client-fields.js'
import { int32At, putInt32 } from './client-frame.js'
import { body, empty, once, only, repeatable, struct } from './client-row.js'

/** Some clients write the serialized null where others write that there is nothing. */
const maybe: Framed<Uint8Array | null> = {
  read: from => {
    if (from.takeNull()) return null
    const blob = from.bytes()
    return blob.subarray(4, 8).every(b => b === 0) ? null : blob
  },
  write: (to, value) => nullable(data).write(to, value),
}

/** Newer than the structure it ends: older peers do not send it, and it reads as null. */
const trailing = <T>(field: Framed<T>): Framed<T | null> => ({
  read: from => (from.seesEnd() || from.takeNull() ? null : field.read(from)),
  write: (to, value) => nullable(field).write(to, value),
})

/** Two numbers side by side. */
const intPair: Fixed<readonly [number, number]> = {
  bytes: 8,
  read: (from, at) => [int32At(from, at), int32At(from, at + 4)],
  write: (to, at, [a, b]) => {
    putInt32(to, at, a)
    putInt32(to, at + 4, b)
  },
}

const anchors = struct({ pages: packed(int), entries: pairs(maybe, maybe) })
const paging = struct({
  size: int,
  page: int,
  iteration: byte,
  anchors,
  predicate: maybe,
  comparator: maybe,
  partitionKey: maybe,
  partitionKeys: trailing(list(data)),
})
export const indexConfig = struct({
  type: int,
  name: nullable(string),
  attributes: list(string),
  bitmapOptions: nullable(struct({ transformation: int, uniqueKey: string })),
})

const filtered = { name: string, predicate: data }
const paged = { name: string, paging }
const walked = { name: string, pointers: packed(intPair), batch: int }
const listened = { includeValue: bool, flags: int, localOnly: bool }
const dataList = list(data)
const entries = pairs(data, data)
/** Here an item may be the serialized null, or nothing. */
const answers: Framed<readonly (Uint8Array | null)[]> = list(maybe)

export const queryTable = {
  addEntryListenerToKeyWithPredicate: once(0x011600, { name: string, key: data, predicate: data, ...listened }, only(uuid)),
  addEntryListenerWithPredicate: once(0x011700, { name: string, predicate: data, ...listened }, only(uuid)),
  keySetWithPredicate: repeatable(0x012600, filtered, only(dataList)),
  valuesWithPredicate: repeatable(0x012700, filtered, only(dataList)),
  entriesWithPredicate: repeatable(0x012800, filtered, only(entries)),
  addIndex: once(0x012900, { name: string, index: indexConfig }, empty),
  keySetWithPagingPredicate: repeatable(0x013400, paged, body({ keys: dataList, anchors })),
  valuesWithPagingPredicate: repeatable(0x013500, paged, body({ values: dataList, anchors })),
  entriesWithPagingPredicate: repeatable(0x013600, paged, body({ entries, anchors })),
  fetchKeys: repeatable(0x013700, walked, body({ pointers: packed(intPair), keys: dataList })),
  fetchEntries: repeatable(0x013800, walked, body({ pointers: packed(intPair), entries })),
  aggregate: repeatable(0x013900, { name: string, aggregator: data }, only(nullable(data))),
  aggregateWithPredicate: repeatable(0x013a00, { name: string, aggregator: data, predicate: data }, only(nullable(data))),
  project: repeatable(0x013b00, { name: string, projection: data }, only(answers)),
  projectWithPredicate: repeatable(0x013c00, { name: string, projection: data, predicate: data }, only(answers)),
  removeAll: once(0x013e00, filtered, empty),
  fetchWithQuery: repeatable(
    0x014000,
    { ...walked, projection: data, predicate: data },
    body({ results: answers, pointers: packed(intPair) }),
  ),
} as const

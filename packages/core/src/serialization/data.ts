/**
 * What can be said of a serialized value without opening it.
 *
 *     0        4        8
 *     | hash   | type   | payload ...      all big-endian
 *
 * The hash is 0 unless a partition key other than the value itself decides the partition. Two blobs are the same key,
 * or the same value, when everything behind the hash is equal: clients of one cluster differ in whether they fill it in.
 */

import { hashToIndex, murmur3 } from '../base/murmur3.js'

/** A serialized value with its header, so at least 8 bytes long. Never changed after it was made. */
export type Data = Uint8Array

export const DATA_HEADER_BYTES = 8

export const typeOf = (data: Data): number => int32At(data, 4)

/** Decides the partition: the hash in the header, or that of the payload if the header has none. */
export function partitionHash(data: Data): number {
  const given = int32At(data, 0)
  return given === 0 ? keyHash(data) : given
}

/** Hash of what makes the key this key: equal for blobs that `sameData` calls equal, whatever their headers say. */
export const keyHash = (data: Data): number => murmur3(data, DATA_HEADER_BYTES)

export const partitionOf = (data: Data, partitionCount: number): number => hashToIndex(partitionHash(data), partitionCount)

export function sameData(a: Data, b: Data): boolean {
  if (a.length !== b.length) return false
  for (let i = 4; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function int32At(data: Data, at: number): number {
  return (data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!
}

/** The id of a schema of Compact values, which clients compute from its content as this does. */

import type { CompactSchema } from './compact-layout.js'

const FINGERPRINT_SEED = 0xc15d213aa4d7a795n

/** Rabin fingerprint of 64 bits over the names and kinds in the order of the names; clients compute the same. */
export function schemaId({ typeName, fields }: CompactSchema): bigint {
  const encoder = new TextEncoder()
  let hash = FINGERPRINT_SEED
  const byte = (value: number): void => {
    let carried = (hash ^ BigInt(value)) & 0xffn
    for (let bit = 0; bit < 8; bit++) carried = (carried >> 1n) ^ (carried & 1n ? FINGERPRINT_SEED : 0n)
    hash = (hash >> 8n) ^ carried
  }
  const int32 = (value: number): void => {
    for (let shift = 0; shift < 32; shift += 8) byte((value >>> shift) & 0xff)
  }
  const text = (value: string): void => {
    const utf8 = encoder.encode(value)
    int32(utf8.length)
    for (const one of utf8) byte(one)
  }
  text(typeName)
  int32(fields.length)
  for (const { fieldName, kind } of [...fields].sort((a, b) => (a.fieldName < b.fieldName ? -1 : 1))) {
    text(fieldName)
    int32(kind)
  }
  return BigInt.asIntN(64, hash)
}

/**
 * Schemas of Compact values. A client sends each one before the first value of its type, and asks for those it does not
 * know. This member opens such values for queries only; it keeps the schemas that clients connected to it have sent.
 */

import { CobnutError } from '../base/errors.js'
import type { CompactSchema, SchemaSource } from '../serialization/compact-layout.js'

/** Types of one application; one that makes up names without end is stopped here. */
const SCHEMAS_MAX = 2_000
/** Names of one schema together: a fingerprint of more would keep everybody else waiting. */
const NAMES_LENGTH_MAX = 65_536

export class Schemas implements SchemaSource {
  readonly #byId = new Map<bigint, CompactSchema>()

  add(schema: CompactSchema): void {
    const length = schema.fields.reduce((sum, field) => sum + field.fieldName.length + 8, schema.typeName.length)
    if (length > NAMES_LENGTH_MAX) throw new CobnutError('ARGUMENT', `the names of a schema are ${length} long`)
    const id = schemaId(schema)
    if (this.#byId.has(id)) return
    if (this.#byId.size === SCHEMAS_MAX) throw new CobnutError('OVERLOADED', `more than ${SCHEMAS_MAX} schemas`)
    this.#byId.set(id, schema)
  }

  get(id: bigint): CompactSchema | null {
    return this.#byId.get(id) ?? null
  }
}

const FINGERPRINT_SEED = 0xc15d213aa4d7a795n

/** Rabin fingerprint of 64 bits over the names and kinds in the order of the names; clients compute the same. */
function schemaId({ typeName, fields }: CompactSchema): bigint {
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

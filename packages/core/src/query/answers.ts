/** Answers of aggregations and projections as JavaScript values. */

import { DecodeError } from '../base/errors.js'
import { DATA_HEADER_BYTES, type Data, typeOf } from '../serialization/data.js'
import { DataInput } from '../serialization/data-input.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import { typeId } from '../serialization/type-ids.js'
import { Typed } from '../serialization/values.js'
import { readIdentity, readNested } from './identified.js'

/**
 * A whole number comes as a number where it fits one exactly, otherwise as a bigint; distinct values as a list; an entry as
 * a pair.
 */
export function readAnswer(data: Data, serialization: SerializationService): unknown {
  const type = typeOf(data)
  if (type !== typeId.identified && type !== typeId.objectArray) return plain(serialization.toObject(data))
  const input = new DataInput(data, DATA_HEADER_BYTES)
  try {
    if (type === typeId.objectArray) return listOf(input)
    const { factory } = readIdentity(type, input)
    return factory === -29 ? listOf(input) : [plain(readNested(input)), plain(readNested(input))]
  } catch (error) {
    // a record inside: it is kept as bytes, as `get` gives it
    if (error instanceof DecodeError) return serialization.toObject(data)
    throw error
  }
}

function listOf(input: DataInput): unknown[] {
  const count = input.count(4) ?? 0
  return Array.from({ length: count }, () => plain(readNested(input)))
}

function plain(value: unknown): unknown {
  if (value instanceof Typed) return typeof value.value === 'object' ? value.value : plain(value.value)
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
}

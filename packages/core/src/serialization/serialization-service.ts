/**
 * Values to blobs and back, byte-compatible with hazelcast-client in its default configuration: a key put through an
 * embedded member is found by that client, and the other way round.
 *
 * Nothing is kept between calls; one instance serves the whole member.
 */

import { CobnutError, DecodeError } from '../base/errors.js'
import { DATA_HEADER_BYTES, type Data, typeOf } from './data.js'
import { DataInput } from './data-input.js'
import { readValue } from './read-value.js'
import { UnknownData } from './values.js'
import { writeValue } from './write-value.js'

export class SerializationService {
  /** Throws CobnutError SERIALIZATION for what has no serialized form (undefined, functions, Map, cycles ...). */
  toData(value: unknown): Data {
    return writeValue(value)
  }

  /** What cannot be read comes back as `UnknownData`; only bytes too short for a header are refused. */
  toObject(data: Data | null): unknown {
    if (data === null) return null
    if (data.length < DATA_HEADER_BYTES) throw new CobnutError('SERIALIZATION', `${data.length} bytes are no serialized value`)
    const type = typeOf(data)
    try {
      const input = new DataInput(data, DATA_HEADER_BYTES)
      const value = readValue(type, input)
      if (input.left === 0) return value
    } catch (e) {
      if (!(e instanceof DecodeError)) throw e
    }
    return new UnknownData(type, data.slice())
  }
}

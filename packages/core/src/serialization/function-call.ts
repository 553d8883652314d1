/**
 * A function of the application, named in a serialized value, with its argument. Three forms:
 *
 *   an object of ours      type -2 | true | factory 3083 | class 1 | name, string | argument, type and payload
 *   JSON                   {"name": "...", "argument": ...}       what any client can write by hand
 *   an object of theirs    type -2 | true | factory | class | fields that only its registration can read
 */

import type { ArgumentInput } from '../api/processors.js'
import { CobnutError, DecodeError } from '../base/errors.js'
import { DATA_HEADER_BYTES, type Data, typeOf } from './data.js'
import { DataInput } from './data-input.js'
import { DataOutput } from './data-output.js'
import { readValue } from './read-value.js'
import { typeId } from './type-ids.js'
import { writeValue } from './write-value.js'

const IDENTIFIED = -2
const COBNUT_FACTORY = 3083
const NAMED_CALL = 1

export type FunctionCall =
  | { readonly name: string; readonly argument: unknown }
  | { readonly factoryId: number; readonly classId: number; readonly input: ArgumentInput }

class ObjectInput extends DataInput implements ArgumentInput {
  object(): unknown {
    return readValue(this.int32(), this)
  }
}

export function writeCall(name: string, argument: unknown): Data {
  const nested = writeValue(argument ?? null)
  const out = new DataOutput(nested.length + name.length + 32)
  out.int32(0)
  out.int32(IDENTIFIED)
  out.byte(1)
  out.int32(COBNUT_FACTORY)
  out.int32(NAMED_CALL)
  out.string(name)
  // a value inside another one has no hash in front
  out.raw(nested.subarray(4))
  return out.finish()
}

/** @throws CobnutError SERIALIZATION for what names no function. */
export function readCall(data: Data): FunctionCall {
  return readable(() => {
    const input = new ObjectInput(data, DATA_HEADER_BYTES)
    const type = typeOf(data)
    if (type === typeId.json) return fromJson(readValue(type, input))
    if (type !== IDENTIFIED || !input.boolean()) throw new DecodeError(`a value of type ${type} names no function`)
    const [factoryId, classId] = [input.int32(), input.int32()]
    if (factoryId !== COBNUT_FACTORY) return { factoryId, classId, input }
    if (classId !== NAMED_CALL) throw new DecodeError(`class ${classId} of factory ${factoryId} is not known`)
    return { name: input.string() ?? '', argument: input.object() }
  })
}

function fromJson(value: unknown): FunctionCall {
  const { name, argument = null } = (value ?? {}) as { name?: unknown; argument?: unknown }
  if (typeof name !== 'string') throw new DecodeError('JSON that names a function has a text called "name"')
  return { name, argument }
}

/** Bytes of a client that mean nothing are its own mistake, and close no connection between members. */
export function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CobnutError('SERIALIZATION', cause.message, { cause })
    throw cause
  }
}

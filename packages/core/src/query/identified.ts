/** Identified objects: how clients serialize conditions, aggregations and projections, and read some answers. */

import { DecodeError } from '../base/errors.js'
import type { Data } from '../serialization/data.js'
import type { DataInput } from '../serialization/data-input.js'
import { DataOutput } from '../serialization/data-output.js'
import { typeId } from '../serialization/type-ids.js'
import { readTyped } from '../serialization/typed-value.js'
import { writeValue } from '../serialization/write-value.js'

/** The fields are next. @throws DecodeError */
export function readIdentity(type: number, input: DataInput): { factory: number; kind: number } {
  if (type !== typeId.identified || !input.boolean()) throw new DecodeError(`type ${type} is not an identified object`)
  return { factory: input.int32(), kind: input.int32() }
}

export function writeIdentity(out: DataOutput, factory: number, kind: number): void {
  out.int32(typeId.identified)
  out.byte(1)
  out.int32(factory)
  out.int32(kind)
}

/** With the header of a value of its own. */
export function identifiedData(factory: number, kind: number, fields: (out: DataOutput) => void): Data {
  const out = new DataOutput(64)
  out.int32(0)
  writeIdentity(out, factory, kind)
  fields(out)
  return out.finish()
}

/** A value inside another one has its type in front and no hash. */
export const readNested = (input: DataInput): unknown => readTyped(input.int32(), input)

export const writeNested = (out: DataOutput, value: unknown): void => writeNestedData(out, writeValue(value ?? null))

export const writeNestedData = (out: DataOutput, data: Data): void => out.raw(data.subarray(4))

/** Of a map, in answers that hold whole entries. */
export const entryData = (key: Data, value: Data): Data =>
  identifiedData(-4, 120, out => {
    writeNestedData(out, key)
    writeNestedData(out, value)
  })

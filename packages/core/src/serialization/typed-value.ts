/**
 * Bytes to values that keep their type: a number that was an int is `Typed('int')`, so that it can be written again as what
 * it was. What has only one serialized form comes as `read-value.ts` reads it.
 */

import type { DataInput } from './data-input.js'
import { readValue } from './read-value.js'
import { typeId } from './type-ids.js'
import { type NumberType, Typed } from './values.js'

interface NumberRow {
  readonly kind: NumberType
  readonly bytes: number
  read(input: DataInput): number | bigint
}

const row = (kind: NumberType, bytes: number, read: (input: DataInput) => number | bigint): NumberRow => ({ kind, bytes, read })

export const numberRows = {
  byte: row('byte', 1, input => input.int8()),
  short: row('short', 2, input => input.int16()),
  int: row('int', 4, input => input.int32()),
  long: row('long', 8, input => input.int64()),
  float: row('float', 4, input => input.float()),
} as const

const scalars: ReadonlyMap<number, NumberRow> = new Map([
  [typeId.byte, numberRows.byte],
  [typeId.short, numberRows.short],
  [typeId.int, numberRows.int],
  [typeId.long, numberRows.long],
  [typeId.float, numberRows.float],
])
const arrays: ReadonlyMap<number, NumberRow> = new Map([
  [typeId.shortArray, numberRows.short],
  [typeId.intArray, numberRows.int],
  [typeId.longArray, numberRows.long],
  [typeId.floatArray, numberRows.float],
])
const lists: ReadonlySet<number> = new Set([
  typeId.objectArray,
  typeId.arrayList,
  typeId.linkedList,
  typeId.copyOnWriteArrayList,
  typeId.arrayDeque,
])

/** Deeper than any sane value, far from the end of the stack. */
const depthMax = 100
const nestedBytesMin = 4

/** Throws DecodeError for bytes that make no sense and for types that are not opened here. */
export function readTyped(type: number, input: DataInput, depth = 0): unknown {
  const scalar = scalars.get(type)
  if (scalar !== undefined) return new Typed(scalar.kind, scalar.read(input))
  const array = arrays.get(type)
  if (array !== undefined) return readNumbers(array, input)
  if (!lists.has(type) || depth > depthMax) return readValue(type, input, depth)
  const count = input.count(nestedBytesMin)
  if (count === null) return null
  const items: unknown[] = []
  for (let i = 0; i < count; i++) items.push(readTyped(input.int32(), input, depth + 1))
  return items
}

export const readNumber = (of: NumberRow, input: DataInput): Typed => new Typed(of.kind, of.read(input))

export function readNumbers(of: NumberRow, input: DataInput): Typed | null {
  const count = input.count(of.bytes)
  if (count === null) return null
  const items: (number | bigint)[] = []
  for (let i = 0; i < count; i++) items.push(of.read(input))
  return new Typed(`${of.kind}[]`, items)
}

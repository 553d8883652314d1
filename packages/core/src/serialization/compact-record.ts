/** A Compact value that is looked into field by field, with nothing else of it being read. */

import { DecodeError } from '../base/errors.js'
import { bytesToBigInt } from './big-integer.js'
import { type CompactLayout, type CompactPlace, fieldKind } from './compact-layout.js'
import { DATA_HEADER_BYTES, type Data } from './data.js'
import type { DataInput } from './data-input.js'
import { readDate, readDateTime, readOffsetDateTime, readTime } from './temporal.js'
import { typeId } from './type-ids.js'
import { numberRows, readNumber, readNumbers } from './typed-value.js'
import { BigDecimal } from './values.js'

/** Finds the layout of a schema; throws if it is not known. */
export type LayoutOf = (schemaId: bigint) => CompactLayout

const schemaIdBytes = 8
const lengthBytes = 4
const ONE_BYTE_OFFSETS_BELOW = 255
const TWO_BYTE_OFFSETS_BELOW = 65_535

export class CompactRecord {
  readonly #input: DataInput
  readonly #layoutOf: LayoutOf
  readonly #layout: CompactLayout
  /** Of the schema id. */
  readonly #from: number
  readonly #fixedAt: number
  /** Of what the offsets count in; 0 without variable fields. */
  readonly #contentBytes: number

  /** @param input stands at the schema id. */
  constructor(input: DataInput, layoutOf: LayoutOf) {
    this.#input = input
    this.#layoutOf = layoutOf
    this.#from = input.at
    this.#layout = layoutOf(input.int64())
    const hasVariable = this.#layout.variableFields > 0
    this.#contentBytes = hasVariable ? input.int32() : 0
    this.#fixedAt = this.#from + schemaIdBytes + (hasVariable ? lengthBytes : 0)
    if (this.#contentBytes < 0) throw new DecodeError(`a Compact value of ${this.#contentBytes} bytes`)
  }

  /** The value of a field with its type kept, a record, or a list; null if it is null or there is no such field. */
  field(name: string): unknown {
    const place = this.#layout.places.get(name)
    if (place === undefined) return null
    return place.variable ? this.#variable(place) : this.#fixed(place)
  }

  /** As a value of its own. */
  toData(): Data {
    const { variableFields, fixedBytes } = this.#layout
    const offsets = variableFields === 0 ? 0 : variableFields * offsetBytes(this.#contentBytes)
    const end = this.#fixedAt + (variableFields === 0 ? fixedBytes : this.#contentBytes + offsets)
    const bytes = new Uint8Array(DATA_HEADER_BYTES + end - this.#from)
    new DataView(bytes.buffer).setInt32(4, typeId.compact)
    bytes.set(this.#input.slice(this.#from, end), DATA_HEADER_BYTES)
    return bytes
  }

  #fixed({ kind, at, bit }: CompactPlace): unknown {
    const input = this.#input
    input.at = this.#fixedAt + at
    switch (kind) {
      case fieldKind.boolean:
        return ((input.uint8() >> bit) & 1) === 1
      case fieldKind.float64:
        return input.double()
      default:
        return readPlain(kind, input)
    }
  }

  #variable({ kind, at }: CompactPlace): unknown {
    const input = this.#input
    const offset = readOffset(input, this.#fixedAt + this.#contentBytes, this.#contentBytes, at)
    if (offset < 0) return null
    input.at = this.#fixedAt + offset
    // the arrays have the even kinds
    return kind % 2 === 0 ? this.#array(kind - 1) : this.#single(kind)
  }

  #single(kind: number): unknown {
    return kind === fieldKind.compact ? new CompactRecord(this.#input, this.#layoutOf) : readPlain(kind, this.#input)
  }

  #array(kind: number): unknown {
    const input = this.#input
    switch (kind) {
      case fieldKind.boolean:
        return readBits(input)
      case fieldKind.int8:
        return input.bytes()
      case fieldKind.int16:
        return readNumbers(numberRows.short, input)
      case fieldKind.int32:
        return readNumbers(numberRows.int, input)
      case fieldKind.int64:
        return readNumbers(numberRows.long, input)
      case fieldKind.float32:
        return readNumbers(numberRows.float, input)
      case fieldKind.float64: {
        const count = input.count(8) ?? 0
        return Array.from({ length: count }, () => input.double())
      }
      default:
        return this.#items(kind)
    }
  }

  /** Items of different lengths have a table of offsets of their own, behind them. */
  #items(kind: number): unknown[] {
    const input = this.#input
    const bytes = input.int32()
    const count = input.count(0) ?? 0
    const from = input.at
    if (bytes < 0 || bytes + count > input.left) throw new DecodeError(`${count} items of ${bytes} bytes`)
    const items: unknown[] = []
    for (let i = 0; i < count; i++) {
      const offset = readOffset(input, from + bytes, bytes, i)
      if (offset >= 0) input.at = from + offset
      items.push(offset < 0 ? null : this.#single(kind))
    }
    return items
  }
}

function readPlain(kind: number, input: DataInput): unknown {
  switch (kind) {
    case fieldKind.int8:
    case fieldKind.nullableInt8:
      return readNumber(numberRows.byte, input)
    case fieldKind.int16:
    case fieldKind.nullableInt16:
      return readNumber(numberRows.short, input)
    case fieldKind.int32:
    case fieldKind.nullableInt32:
      return readNumber(numberRows.int, input)
    case fieldKind.int64:
    case fieldKind.nullableInt64:
      return readNumber(numberRows.long, input)
    case fieldKind.float32:
    case fieldKind.nullableFloat32:
      return readNumber(numberRows.float, input)
    case fieldKind.nullableFloat64:
      return input.double()
    case fieldKind.nullableBoolean:
      return input.boolean()
    case fieldKind.string:
      return input.string()
    case fieldKind.decimal:
      return new BigDecimal(bytesToBigInt(input.bytes() ?? new Uint8Array(0)), input.int32())
    case fieldKind.time:
      return readTime(input)
    case fieldKind.date:
      return readDate(input)
    case fieldKind.timestamp:
      return readDateTime(input)
    case fieldKind.timestampWithZone:
      return readOffsetDateTime(input)
    default:
      throw new DecodeError(`the kind ${kind} of a field is not known`)
  }
}

function readBits(input: DataInput): boolean[] {
  const count = input.count(0) ?? 0
  if (count > input.left * 8) throw new DecodeError(`${count} bits announced, ${input.left} bytes left`)
  const items: boolean[] = []
  let bits = 0
  for (let i = 0; i < count; i++) {
    if (i % 8 === 0) bits = input.uint8()
    items.push(((bits >> (i % 8)) & 1) === 1)
  }
  return items
}

const offsetBytes = (length: number): number => (length < ONE_BYTE_OFFSETS_BELOW ? 1 : length < TWO_BYTE_OFFSETS_BELOW ? 2 : 4)

/** -1 = null. */
function readOffset(input: DataInput, tableAt: number, length: number, index: number): number {
  const bytes = offsetBytes(length)
  input.at = tableAt + index * bytes
  if (bytes === 4) return input.int32()
  const offset = bytes === 1 ? input.uint8() : input.uint16()
  return offset === (bytes === 1 ? 0xff : 0xffff) ? -1 : offset
}

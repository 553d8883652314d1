/**
 * JavaScript values to bytes, the same bytes that hazelcast-client makes of them.
 *
 * It differs on purpose where that client stores something else than it was given: a list of mixed types (it writes NaN
 * for what does not fit the first item), a Map or Set (it writes an empty object), a Uint8Array (an object with one
 * property per byte), an invalid Date (1970), some negative bigints. Here the list becomes JSON, the Uint8Array is
 * stored as bytes, and what cannot be kept is refused.
 */

import { CobnutError } from '../base/errors.js'
import { bigIntToBytes } from './big-integer.js'
import { DATA_HEADER_BYTES, type Data, partitionHash } from './data.js'
import { DataOutput } from './data-output.js'
import { typeId } from './type-ids.js'
import {
  BigDecimal,
  JsonValue,
  LocalDate,
  LocalDateTime,
  LocalTime,
  type NumberType,
  OffsetDateTime,
  Typed,
  UnknownData,
  Uuid,
} from './values.js'

export function writeValue(value: unknown): Data {
  switch (typeof value) {
    case 'string':
      return writeString(typeId.string, value, 0)
    case 'number': {
      const out = begin(typeId.double, 8)
      out.double(value)
      return out.finish()
    }
    case 'boolean': {
      const out = begin(typeId.boolean, 1)
      out.byte(value ? 1 : 0)
      return out.finish()
    }
    case 'bigint':
      return writeBytes(typeId.bigInteger, bigIntToBytes(value))
    case 'object':
      return value === null ? begin(typeId.null, 0).finish() : writeObject(value)
    default:
      throw refused(typeof value)
  }
}

function writeObject(value: object): Data {
  if (Array.isArray(value)) return writeArray(value)
  if (value instanceof Uint8Array) return writeBytes(typeId.byteArray, value)
  if (value instanceof UnknownData) return value.bytes
  if (value instanceof JsonValue) return writeString(typeId.json, value.text, 0)
  if (value instanceof Date) return writeDate(value)
  if (value instanceof Typed) return writeTyped(value)
  if (value instanceof Uuid) {
    const hex = value.text.replaceAll('-', '')
    const out = begin(typeId.uuid, 16)
    out.int64(BigInt.asIntN(64, BigInt(`0x${hex.slice(0, 16)}`)))
    out.int64(BigInt.asIntN(64, BigInt(`0x${hex.slice(16)}`)))
    return out.finish()
  }
  if (value instanceof BigDecimal) {
    const out = begin(typeId.bigDecimal, 24)
    out.bytes(bigIntToBytes(value.unscaled))
    out.int32(value.scale)
    return out.finish()
  }
  if (value instanceof LocalDate) return finished(begin(typeId.localDate, 6), out => localDate(out, value))
  if (value instanceof LocalTime) return finished(begin(typeId.localTime, 7), out => localTime(out, value))
  if (value instanceof LocalDateTime) return finished(begin(typeId.localDateTime, 13), out => localDateTime(out, value))
  if (value instanceof OffsetDateTime) {
    const out = begin(typeId.offsetDateTime, 17)
    localDateTime(out, value.dateTime)
    out.int32(value.offsetSeconds)
    return out.finish()
  }
  return writeJson(value)
}

function writeArray(items: readonly unknown[]): Data {
  if (items.length > 0 && items[0] === undefined) throw refused('an array that begins with undefined')
  if (items.every(item => typeof item === 'number')) {
    const out = beginArray(typeId.doubleArray, items.length, 8)
    for (const item of items) out.double(item)
    return out.finish()
  }
  if (items.every(item => typeof item === 'boolean')) {
    const out = beginArray(typeId.booleanArray, items.length, 1)
    for (const item of items) out.byte(item ? 1 : 0)
    return out.finish()
  }
  if (typeof items[0] === 'string' && items.every(item => typeof item === 'string' || item == null)) {
    const out = beginArray(typeId.stringArray, items.length, 16)
    for (const item of items) {
      if (item == null) out.int32(-1)
      else out.string(item)
    }
    return out.finish()
  }
  return writeJson(items)
}

function writeDate(date: Date): Data {
  const ms = date.getTime()
  if (Number.isNaN(ms)) throw refused('an invalid Date')
  const out = begin(typeId.date, 8)
  out.int64(BigInt(ms))
  return out.finish()
}

interface TypedRow {
  readonly id: number
  readonly arrayId: number
  readonly write: (out: DataOutput, n: number | bigint) => void
}

const typedRows: Record<NumberType, TypedRow> = {
  byte: { id: typeId.byte, arrayId: typeId.byteArray, write: (out, n) => out.byte(whole(n, 8)) },
  short: { id: typeId.short, arrayId: typeId.shortArray, write: (out, n) => out.int16(whole(n, 16)) },
  int: { id: typeId.int, arrayId: typeId.intArray, write: (out, n) => out.int32(whole(n, 32)) },
  long: { id: typeId.long, arrayId: typeId.longArray, write: (out, n) => out.int64(long(n)) },
  float: { id: typeId.float, arrayId: typeId.floatArray, write: (out, n) => out.float(Number(n)) },
  double: { id: typeId.double, arrayId: typeId.doubleArray, write: (out, n) => out.double(Number(n)) },
}

function writeTyped({ kind, value }: Typed): Data {
  const row = typedRows[kind.replace('[]', '') as NumberType]
  if (typeof value === 'number' || typeof value === 'bigint') return finished(begin(row.id, 8), out => row.write(out, value))
  const out = beginArray(row.arrayId, value.length, 8)
  for (const item of value) row.write(out, item)
  return out.finish()
}

function whole(n: number | bigint, bits: number): number {
  const value = Number(n)
  const limit = 2 ** (bits - 1)
  if (!Number.isInteger(value) || value < -limit || value >= limit) throw refused(`${n} as a whole number of ${bits} bits`)
  return value
}

function long(n: number | bigint): bigint {
  if (typeof n === 'number' && !Number.isSafeInteger(n)) throw refused(`${n} as a whole number of 64 bits`)
  const value = BigInt(n)
  if (BigInt.asIntN(64, value) !== value) throw refused(`${n} as a whole number of 64 bits`)
  return value
}

/** What JSON would make an empty object of. */
const notPlain = [Map, Set, ArrayBuffer, Promise] as const

function writeJson(value: object): Data {
  if (notPlain.some(type => value instanceof type) || ArrayBuffer.isView(value)) {
    throw refused(`a ${value.constructor.name}`)
  }
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new CobnutError('SERIALIZATION', `a value cannot be turned into JSON: ${(cause as Error).message}`, { cause })
  }
  if (text === undefined) throw refused('a value without a JSON form')
  return writeString(typeId.json, text, partitionKeyHash(value))
}

/** An object with a `partitionKey` lives where that key lives. */
function partitionKeyHash(value: object): number {
  const key = (value as { partitionKey?: unknown }).partitionKey
  return key == null ? 0 : partitionHash(writeValue(key))
}

function writeString(type: number, text: string, hash: number): Data {
  const out = begin(type, 4 + Buffer.byteLength(text), hash)
  out.string(text)
  return out.finish()
}

function writeBytes(type: number, bytes: Uint8Array): Data {
  const out = begin(type, 4 + bytes.length)
  out.bytes(bytes)
  return out.finish()
}

function begin(type: number, payloadBytes: number, hash = 0): DataOutput {
  const out = new DataOutput(DATA_HEADER_BYTES + payloadBytes)
  out.int32(hash)
  out.int32(type)
  return out
}

function beginArray(type: number, count: number, itemBytes: number): DataOutput {
  const out = begin(type, 4 + count * itemBytes)
  out.int32(count)
  return out
}

function finished(out: DataOutput, write: (out: DataOutput) => void): Data {
  write(out)
  return out.finish()
}

function localDate(out: DataOutput, { year, month, day }: LocalDate): void {
  out.int32(year)
  out.byte(month)
  out.byte(day)
}

function localTime(out: DataOutput, { hour, minute, second, nano }: LocalTime): void {
  out.byte(hour)
  out.byte(minute)
  out.byte(second)
  out.int32(nano)
}

function localDateTime(out: DataOutput, { date, time }: LocalDateTime): void {
  localDate(out, date)
  localTime(out, time)
}

const refused = (what: string): CobnutError => new CobnutError('SERIALIZATION', `${what} cannot be stored`)

/**
 * Bytes to JavaScript values. Throws DecodeError for bytes that end early or announce too much, and `Unreadable` for a
 * type that is not opened here; the service turns both into `UnknownData`.
 */

import { DecodeError } from '../base/errors.js'
import { bytesToBigInt } from './big-integer.js'
import type { DataInput } from './data-input.js'
import { readDate, readDateTime, readOffsetDateTime, readTime } from './temporal.js'
import { typeId } from './type-ids.js'
import { BigDecimal, JsonValue, Uuid } from './values.js'

/** Lists in lists in lists: deeper than any sane value, far from the end of the stack. */
const DEPTH_MAX = 100

type Read = (input: DataInput, depth: number) => unknown

export function readValue(type: number, input: DataInput, depth = 0): unknown {
  const read = readers.get(type)
  if (read === undefined) throw new DecodeError(`type ${type} is not opened here`)
  if (depth > DEPTH_MAX) throw new DecodeError(`nested deeper than ${DEPTH_MAX}`)
  return read(input, depth)
}

/** A value inside another one has its type in front and no header. */
const nested: Read = (input, depth) => readValue(input.int32(), input, depth + 1)

const arrayOf =
  (itemBytes: number, read: Read): Read =>
  (input, depth) => {
    const count = input.count(itemBytes)
    if (count === null) return null
    const items: unknown[] = []
    for (let i = 0; i < count; i++) items.push(read(input, depth))
    return items
  }

const NESTED_BYTES_MIN = 4
const list = arrayOf(NESTED_BYTES_MIN, nested)
const set: Read = (input, depth) => new Set((list(input, depth) ?? []) as unknown[])
const entry: Read = (input, depth) => [nested(input, depth), nested(input, depth)]
const map: Read = (input, depth) => new Map((arrayOf(2 * NESTED_BYTES_MIN, entry)(input, depth) ?? []) as [unknown, unknown][])

/** Sorted collections have their comparator in front; natural order (null) is the only one that means something here. */
const sorted =
  (read: Read): Read =>
  (input, depth) => {
    nested(input, depth)
    return read(input, depth)
  }

function uuid(input: DataInput): Uuid {
  const half = (): string => BigInt.asUintN(64, input.int64()).toString(16).padStart(16, '0')
  const hex = half() + half()
  return new Uuid(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`)
}

function json(input: DataInput): unknown {
  const text = input.string()
  if (text === null) return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    return new JsonValue(text)
  }
}

function present<T>(value: T | null): T {
  if (value === null) throw new DecodeError('null where a number has to be')
  return value
}

const readers: ReadonlyMap<number, Read> = new Map<number, Read>([
  [typeId.null, () => null],
  [typeId.byte, input => input.int8()],
  [typeId.boolean, input => input.boolean()],
  [typeId.char, input => String.fromCharCode(input.uint16())],
  [typeId.short, input => input.int16()],
  [typeId.int, input => input.int32()],
  [typeId.long, input => input.int64()],
  [typeId.float, input => input.float()],
  [typeId.double, input => input.double()],
  [typeId.string, input => input.string()],
  [typeId.byteArray, input => input.bytes()],
  [typeId.booleanArray, arrayOf(1, input => input.boolean())],
  [typeId.charArray, arrayOf(2, input => String.fromCharCode(input.uint16()))],
  [typeId.shortArray, arrayOf(2, input => input.int16())],
  [typeId.intArray, arrayOf(4, input => input.int32())],
  [typeId.longArray, arrayOf(8, input => input.int64())],
  [typeId.floatArray, arrayOf(4, input => input.float())],
  [typeId.doubleArray, arrayOf(8, input => input.double())],
  [typeId.stringArray, arrayOf(4, input => input.string())],
  [typeId.uuid, uuid],
  [typeId.simpleEntry, entry],
  [typeId.simpleImmutableEntry, entry],
  [typeId.javaClass, input => input.string()],
  [typeId.date, input => new Date(Number(input.int64()))],
  [typeId.bigInteger, input => bytesToBigInt(present(input.bytes()))],
  [typeId.bigDecimal, input => new BigDecimal(bytesToBigInt(present(input.bytes())), input.int32())],
  [typeId.objectArray, list],
  [typeId.arrayList, list],
  [typeId.linkedList, list],
  [typeId.copyOnWriteArrayList, list],
  [typeId.arrayDeque, list],
  [typeId.hashMap, map],
  [typeId.concurrentHashMap, map],
  [typeId.linkedHashMap, map],
  [typeId.treeMap, sorted(map)],
  [typeId.concurrentSkipListMap, sorted(map)],
  [typeId.hashSet, set],
  [typeId.linkedHashSet, set],
  [typeId.copyOnWriteArraySet, set],
  [typeId.treeSet, sorted(set)],
  [typeId.concurrentSkipListSet, sorted(set)],
  [typeId.optional, (input, depth) => (input.boolean() ? nested(input, depth) : null)],
  [typeId.localDate, readDate],
  [typeId.localTime, readTime],
  [typeId.localDateTime, readDateTime],
  [typeId.offsetDateTime, readOffsetDateTime],
  [typeId.json, json],
])

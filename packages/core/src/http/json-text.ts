/**
 * Any value of a map as JSON, for people and scripts. Not a way back: what JSON has no type for becomes text (a bigint its
 * digits, a UUID or date its usual form), a map its entries, a set its items, bytes `{"base64": "..."}`.
 */

import {
  BigDecimal,
  JsonValue,
  LocalDate,
  LocalDateTime,
  LocalTime,
  OffsetDateTime,
  UnknownData,
  Uuid,
} from '../serialization/values.js'

const textual = [Uuid, BigDecimal, JsonValue, LocalDate, LocalTime, LocalDateTime, OffsetDateTime]

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, replacer)}\n`
}

/** Sees what the value was before its own `toJSON`, which would write bytes as a list of numbers. */
function replacer(this: unknown, name: string, converted: unknown): unknown {
  const value = (this as Record<string, unknown>)[name]
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  if (value instanceof UnknownData) return { typeId: value.typeId, base64: Buffer.from(value.bytes).toString('base64') }
  if (value instanceof Map) return [...value]
  if (value instanceof Set) return [...value]
  if (textual.some(type => value instanceof type)) return String(value)
  return converted
}

/**
 * Values of attributes as something that can be compared: a kind and a key. Keys are compared within a kind only; a given
 * value is turned into the kind of the attribute first. Whole numbers and doubles are one kind and compared exactly; floats
 * are a kind of their own, because 0.1 as a float is meant by 0.1 as a double; so are decimals.
 */

import { DecodeError } from '../base/errors.js'
import { BigDecimal, LocalDate, LocalDateTime, LocalTime, OffsetDateTime, Typed, Uuid } from '../serialization/values.js'
import { writeValue } from '../serialization/write-value.js'
import { compareDecimals, decimalText, parseDecimal } from './decimal.js'
import { isRecord } from './opener.js'

/** In the order in which different kinds stand in a sorted index. */
export const kinds = [
  'boolean',
  'number',
  'float',
  'decimal',
  'text',
  'instant',
  'date',
  'time',
  'dateTime',
  'offsetDateTime',
  'uuid',
  /** Lists, maps, objects: equal or not, by their serialized form. */
  'opaque',
] as const
export type Kind = (typeof kinds)[number]

export type Key = boolean | number | bigint | string | BigDecimal

export interface Comparable {
  readonly kind: Kind
  readonly key: Key
}

const of = (kind: Kind, key: Key): Comparable => ({ kind, key })

/** Null for null. */
export function comparableOf(value: unknown): Comparable | null {
  switch (typeof value) {
    case 'string':
      return of('text', value)
    case 'number':
    case 'bigint':
      return of('number', value)
    case 'boolean':
      return of('boolean', value)
    case 'object':
      return value === null ? null : ofObject(value)
    default:
      return null
  }
}

function ofObject(value: object): Comparable | null {
  if (value instanceof Typed) {
    if (typeof value.value === 'object') return opaque(value)
    return of(value.kind === 'float' ? 'float' : 'number', value.value)
  }
  if (value instanceof BigDecimal) return of('decimal', value)
  if (value instanceof Date) return of('instant', value.getTime())
  if (value instanceof Uuid) return of('uuid', value.text)
  if (value instanceof LocalDate) return of('date', daysOf(value))
  if (value instanceof LocalTime) return of('time', nanosOf(value))
  if (value instanceof LocalDateTime) return of('dateTime', nanosOfDateTime(value))
  if (value instanceof OffsetDateTime) return of('offsetDateTime', nanosOfOffset(value))
  return opaque(value)
}

function opaque(value: object): Comparable | null {
  const isCopied = isRecord(value)
  try {
    return of('opaque', bytesText(isCopied ? value.toData() : writeValue(value)))
  } catch (error) {
    // one that cannot be given alone is told; of a map of Java, or of bytes that lie about their length, nothing can be said
    if (isCopied && !(error instanceof DecodeError)) throw error
    return null
  }
}

/** One character for each byte. */
export function bytesText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** Below 0, 0 or above 0; both of one kind. NaN is above all numbers, and itself. */
export function compareKeys(a: Key, b: Key): number {
  if (a instanceof BigDecimal) return compareDecimals(a, b as BigDecimal)
  if (a < b) return -1
  if (a > b) return 1
  const [nanA, nanB] = [Number.isNaN(a), Number.isNaN(b)]
  return nanA === nanB ? 0 : nanA ? 1 : -1
}

/** Total, for values of any kinds; null first. */
export function compareComparables(a: Comparable | null, b: Comparable | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  if (a.kind === b.kind) return compareKeys(a.key, b.key)
  const [x, y] = [asDecimal(a), asDecimal(b)]
  if (x !== null && y !== null) return compareDecimals(x, y)
  return kinds.indexOf(a.kind) - kinds.indexOf(b.kind)
}

/** The same text for keys that compare as equal, and other texts for all others. */
export function comparableText(c: Comparable | null): string {
  if (c === null) return 'null'
  const { kind, key } = c
  if (key instanceof BigDecimal) return `${kind}:${decimalText(key)}`
  return `${kind}:${typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : key}`
}

/** A given value as an attribute of this kind would have it; null where it cannot be that. */
export function convert(given: Comparable, kind: Kind): Comparable | null {
  if (given.kind === kind) return given
  const key = converted(given, kind)
  return key === null ? null : of(kind, key)
}

function converted({ kind: from, key }: Comparable, kind: Kind): Key | null {
  switch (kind) {
    case 'text':
      return from === 'opaque' ? null : String(key)
    case 'boolean':
      if (from === 'text') return (key as string).toLowerCase() === 'true'
      return typeof key === 'number' || typeof key === 'bigint' ? Number(key) !== 0 : null
    case 'number':
      return from === 'text' ? numberIn(key as string) : from === 'float' || from === 'boolean' ? Number(key) : whole(key)
    case 'float': {
      const double = from === 'text' ? numberIn(key as string) : isNumeric(from) ? Number(String(key)) : null
      return double === null ? null : Math.fround(Number(double))
    }
    case 'decimal':
      return from === 'text' || from === 'number' || from === 'float' ? parseDecimal(String(key)) : null
    case 'instant':
      return from === 'number' ? Number(key) : from === 'text' ? orNull(Date.parse(key as string)) : null
    default:
      return from === 'text' ? parsed(key as string, kind) : null
  }
}

const isNumeric = (kind: Kind): boolean => kind === 'number' || kind === 'float' || kind === 'decimal'

const orNull = (n: number): number | null => (Number.isNaN(n) ? null : n)

/** A decimal given for a number: exactly, if it can be, else as near as a double comes. */
function whole(key: Key): number | bigint | null {
  if (!(key instanceof BigDecimal)) return null
  return numberIn(key.toString())
}

function numberIn(text: string): number | bigint | null {
  const trimmed = text.trim()
  if (/^[+-]?\d{1,4000}$/.test(trimmed)) {
    const exact = BigInt(trimmed.replace('+', ''))
    return BigInt.asIntN(54, exact) === exact ? Number(exact) : exact
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) return trimmed === 'NaN' ? Number.NaN : null
  return Number(trimmed)
}

function asDecimal({ kind, key }: Comparable): BigDecimal | null {
  if (key instanceof BigDecimal) return key
  return kind === 'number' || kind === 'float' ? parseDecimal(String(key)) : null
}

const DAY_SECONDS = 86_400
const NANOS = 1_000_000_000

/** Only their order counts: every month has 31 days here. */
const daysOf = ({ year, month, day }: LocalDate): number => (year * 12 + month - 1) * 31 + day - 1
const nanosOf = ({ hour, minute, second, nano }: LocalTime): number => (hour * 3600 + minute * 60 + second) * NANOS + nano
const nanosOfDateTime = ({ date, time }: LocalDateTime): bigint =>
  BigInt(daysOf(date)) * BigInt(DAY_SECONDS) * BigInt(NANOS) + BigInt(nanosOf(time))

/** On the one line of time. */
function nanosOfOffset({ dateTime: { date, time }, offsetSeconds }: OffsetDateTime): bigint {
  return BigInt(daysSinceMarch0(date) * DAY_SECONDS - offsetSeconds) * BigInt(NANOS) + BigInt(nanosOf(time))
}

/** Days of the real calendar, for any year that an int holds: a `Date` ends with the year 275760. Years begin in March here. */
function daysSinceMarch0({ year, month, day }: LocalDate): number {
  const y = year * 12 + month - 3
  const [marchYear, marchMonth] = [Math.floor(y / 12), ((y % 12) + 12) % 12]
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + Math.floor((153 * marchMonth + 2) / 5) + day
}

const DATE = /^(-?\d{4,9})-(\d\d)-(\d\d)$/
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/
const OFFSET = /^(.+?)(?:Z|([+-])(\d\d):?(\d\d))$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function parsed(text: string, kind: Kind): Key | null {
  switch (kind) {
    case 'date': {
      const date = dateIn(text)
      return date === null ? null : daysOf(date)
    }
    case 'time': {
      const time = timeIn(text)
      return time === null ? null : nanosOf(time)
    }
    case 'dateTime': {
      const dateTime = dateTimeIn(text)
      return dateTime === null ? null : nanosOfDateTime(dateTime)
    }
    case 'offsetDateTime': {
      const match = OFFSET.exec(text)
      const dateTime = dateTimeIn(match?.[1] ?? '')
      if (match === null || dateTime === null) return null
      const seconds = Number(match[3] ?? 0) * 3600 + Number(match[4] ?? 0) * 60
      return nanosOfOffset(new OffsetDateTime(dateTime, match[2] === '-' ? -seconds : seconds))
    }
    case 'uuid':
      return UUID.test(text) ? text.toLowerCase() : null
    default:
      return null
  }
}

function dateIn(text: string): LocalDate | null {
  const match = DATE.exec(text)
  return match === null ? null : new LocalDate(Number(match[1]), Number(match[2]), Number(match[3]))
}

function timeIn(text: string): LocalTime | null {
  const match = TIME.exec(text)
  if (match === null) return null
  const nano = Number((match[4] ?? '').padEnd(9, '0'))
  return new LocalTime(Number(match[1]), Number(match[2]), Number(match[3] ?? 0), nano)
}

function dateTimeIn(text: string): LocalDateTime | null {
  const [date, time] = text.split('T')
  const [d, t] = [dateIn(date ?? ''), timeIn(time ?? '')]
  return d === null || t === null ? null : new LocalDateTime(d, t)
}

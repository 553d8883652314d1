/**
 * Values that JavaScript has no type for. They are plain immutable holders: what comes out goes back in unchanged.
 */

import { CobnutError } from '../base/errors.js'

/** A value this member cannot open: Portable, Compact, a user's own serializer, or bytes that make no sense. */
export class UnknownData {
  readonly typeId: number
  /** The whole blob, header included; putting this object stores exactly these bytes. */
  readonly bytes: Uint8Array

  constructor(typeId: number, bytes: Uint8Array) {
    this.typeId = typeId
    this.bytes = bytes
  }
}

/** JSON text that is stored as it stands. Reading gives the parsed value, or this again if the text is not JSON. */
export class JsonValue {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

export type NumberType = 'byte' | 'short' | 'int' | 'long' | 'float' | 'double'
export type TypedKind = NumberType | `${NumberType}[]`

/**
 * A number of a chosen width. A JavaScript number is stored as a double; keys that a Java, Python or Go program writes
 * are often ints or longs, and are found only by `new Typed('int', 5)`. Reading gives a number, or a bigint for long.
 */
export class Typed {
  readonly kind: TypedKind
  readonly value: number | bigint | readonly (number | bigint)[]

  constructor(kind: TypedKind, value: number | bigint | readonly (number | bigint)[]) {
    if (kind.endsWith('[]') !== Array.isArray(value)) {
      throw new CobnutError('ARGUMENT', `${kind} does not fit ${Array.isArray(value) ? 'a list' : 'a single number'}`)
    }
    this.kind = kind
    this.value = value
  }
}

export class Uuid {
  readonly text: string

  constructor(text: string) {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
      throw new CobnutError('ARGUMENT', `not the text of a UUID: ${text.slice(0, 64)}`)
    }
    this.text = text.toLowerCase()
  }

  toString(): string {
    return this.text
  }
}

/** `unscaled / 10^scale`, exactly. */
export class BigDecimal {
  readonly unscaled: bigint
  readonly scale: number

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled
    this.scale = scale
  }

  /** Plain digits as long as they are not mostly zeros, else with an exponent. */
  toString(): string {
    const sign = this.unscaled < 0n ? '-' : ''
    const digits = (this.unscaled < 0n ? -this.unscaled : this.unscaled).toString()
    if (this.scale === 0) return sign + digits
    if (this.scale < 0 || this.scale > digits.length + 6) return `${sign}${digits}E${-this.scale}`
    const padded = digits.padStart(this.scale + 1, '0')
    return `${sign}${padded.slice(0, -this.scale)}.${padded.slice(-this.scale)}`
  }
}

export class LocalDate {
  readonly year: number
  /** 1 .. 12. */
  readonly month: number
  readonly day: number

  constructor(year: number, month: number, day: number) {
    this.year = year
    this.month = month
    this.day = day
  }

  toString(): string {
    return `${pad(this.year, 4)}-${pad(this.month, 2)}-${pad(this.day, 2)}`
  }
}

export class LocalTime {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nano: number

  constructor(hour: number, minute: number, second: number, nano: number) {
    this.hour = hour
    this.minute = minute
    this.second = second
    this.nano = nano
  }

  toString(): string {
    const fraction = this.nano === 0 ? '' : `.${pad(this.nano, 9)}`
    return `${pad(this.hour, 2)}:${pad(this.minute, 2)}:${pad(this.second, 2)}${fraction}`
  }
}

export class LocalDateTime {
  readonly date: LocalDate
  readonly time: LocalTime

  constructor(date: LocalDate, time: LocalTime) {
    this.date = date
    this.time = time
  }

  toString(): string {
    return `${this.date}T${this.time}`
  }
}

export class OffsetDateTime {
  readonly dateTime: LocalDateTime
  readonly offsetSeconds: number

  constructor(dateTime: LocalDateTime, offsetSeconds: number) {
    this.dateTime = dateTime
    this.offsetSeconds = offsetSeconds
  }

  toString(): string {
    const minutes = Math.trunc(Math.abs(this.offsetSeconds) / 60)
    const offset = `${this.offsetSeconds < 0 ? '-' : '+'}${pad(Math.trunc(minutes / 60), 2)}:${pad(minutes % 60, 2)}`
    return this.dateTime.toString() + (this.offsetSeconds === 0 ? 'Z' : offset)
  }
}

const pad = (n: number, width: number): string => (n < 0 ? '-' : '') + String(Math.abs(n)).padStart(width, '0')

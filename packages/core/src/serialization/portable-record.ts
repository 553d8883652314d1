/**
 * A Portable value that is looked into field by field. Positions in it count from the begin of the whole blob.
 *
 *     | version 4 | end 4 | n 4 | n + 1 positions, 4 each | per field: name length 2, name, type 1, value |
 */

import { CobnutError, DecodeError } from '../base/errors.js'
import { bytesToBigInt } from './big-integer.js'
import { DATA_HEADER_BYTES, type Data } from './data.js'
import type { DataInput } from './data-input.js'
import { readTime } from './temporal.js'
import { numberRows, readNumber, readNumbers } from './typed-value.js'
import { BigDecimal, LocalDate, LocalDateTime, OffsetDateTime } from './values.js'

const idBytes = 8

interface Place {
  readonly type: number
  readonly at: number
}

export class PortableRecord {
  readonly #input: DataInput
  /** Of the version. */
  readonly #from: number
  #places: ReadonlyMap<string, Place> | null = null

  constructor(input: DataInput, from: number) {
    this.#input = input
    this.#from = from
  }

  /** The value of a whole blob. */
  static of(input: DataInput): PortableRecord {
    return new PortableRecord(input, DATA_HEADER_BYTES + idBytes)
  }

  /** The value of a field with its type kept, a record, or a list; null if it is null or there is no such field. */
  field(name: string): unknown {
    this.#places ??= this.#findPlaces()
    const place = this.#places.get(name)
    if (place === undefined) return null
    this.#input.at = place.at
    return this.#read(place.type)
  }

  /** Positions count from the begin of the blob around it, so that a part cannot be cut out. */
  toData(): Data {
    throw new CobnutError('UNSUPPORTED', 'a Portable inside another one cannot be given back alone')
  }

  #findPlaces(): ReadonlyMap<string, Place> {
    const input = this.#input
    input.at = this.#from + 8
    const count = input.count(4) ?? 0
    const positions = Array.from({ length: count }, () => input.int32())
    const places = new Map<string, Place>()
    for (const position of positions) {
      input.at = position
      const length = input.uint16()
      const name = input.text(length)
      const type = input.uint8()
      places.set(name, { type, at: input.at })
    }
    return places
  }

  #read(type: number): unknown {
    const input = this.#input
    switch (type) {
      case 0: {
        const isNull = input.boolean()
        input.at += idBytes
        return isNull ? null : new PortableRecord(input, input.at)
      }
      case 1:
        return readNumber(numberRows.byte, input)
      case 2:
        return input.boolean()
      case 3:
        return String.fromCharCode(input.uint16())
      case 4:
        return readNumber(numberRows.short, input)
      case 5:
        return readNumber(numberRows.int, input)
      case 6:
        return readNumber(numberRows.long, input)
      case 7:
        return readNumber(numberRows.float, input)
      case 8:
        return input.double()
      case 9:
        return input.string()
      case 10:
        return this.#records()
      case 11:
        return input.bytes()
      case 12:
        return this.#items(1, () => input.boolean())
      case 13:
        return this.#items(2, () => String.fromCharCode(input.uint16()))
      case 14:
        return readNumbers(numberRows.short, input)
      case 15:
        return readNumbers(numberRows.int, input)
      case 16:
        return readNumbers(numberRows.long, input)
      case 17:
        return readNumbers(numberRows.float, input)
      case 18:
        return this.#items(8, () => input.double())
      case 19:
        return this.#items(4, () => input.string())
      default:
        return this.#readLater(type)
    }
  }

  /** Types that came later: the single ones say whether they are null, the lists have a place for each item. */
  #readLater(type: number): unknown {
    const input = this.#input
    if (type % 2 === 0) return input.boolean() ? null : readExact(type, input)
    const count = input.count(4)
    if (count === null) return null
    const positions = Array.from({ length: count }, () => input.int32())
    return positions.map(position => {
      input.at = position
      return readExact(type - 1, input)
    })
  }

  #records(): unknown[] | null {
    const input = this.#input
    const count = input.count(4)
    if (count === null) return null
    input.at += idBytes
    const positions = Array.from({ length: count }, () => input.int32())
    return positions.map(position => new PortableRecord(input, position))
  }

  #items<T>(bytes: number, read: () => T): T[] | null {
    const count = this.#input.count(bytes)
    return count === null ? null : Array.from({ length: count }, read)
  }
}

/** Here the year of a date has two bytes only. */
function shortDate(input: DataInput): LocalDate {
  const year = input.int16()
  return new LocalDate(year, input.int8(), input.int8())
}

function readExact(type: number, input: DataInput): unknown {
  switch (type) {
    case 20:
      return new BigDecimal(bytesToBigInt(input.bytes() ?? new Uint8Array(0)), input.int32())
    case 22:
      return readTime(input)
    case 24:
      return shortDate(input)
    case 26:
      return new LocalDateTime(shortDate(input), readTime(input))
    case 28:
      return new OffsetDateTime(new LocalDateTime(shortDate(input), readTime(input)), input.int32())
    default:
      throw new DecodeError(`the type ${type} of a field is not known`)
  }
}

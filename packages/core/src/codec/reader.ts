/** Bytes being read, little-endian, as `Writer` wrote them. Whatever does not fit is a `DecodeError`, never a crash. */

import { DecodeError } from '../base/errors.js'
import type { TextCache } from './text-cache.js'

/** `ignoreBOM` keeps a leading U+FEFF: it is a character of the text here, not a mark of its encoding. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const TWO_32 = 0x100000000
/** Short texts of ASCII are read without the decoder, whose calls are dear. */
const shortText = 64

export class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get offset(): number {
    return this.#at
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  #take(n: number, what: string): number {
    const at = this.#at
    if (n > this.#bytes.length - at) throw new DecodeError(`${what} needs ${n} bytes at ${at}, there are ${this.remaining}`)
    this.#at = at + n
    return at
  }

  u8(): number {
    const at = this.#take(1, 'u8')
    return this.#bytes[at] as number
  }

  bool(): boolean {
    const value = this.u8()
    if (value > 1) throw new DecodeError(`a boolean is 0 or 1, not ${value}`)
    return value === 1
  }

  u16(): number {
    const at = this.#take(2, 'u16')
    return this.#view.getUint16(at, true)
  }

  i32(): number {
    const at = this.#take(4, 'i32')
    return this.#view.getInt32(at, true)
  }

  u32(): number {
    const at = this.#take(4, 'u32')
    return this.#view.getUint32(at, true)
  }

  i64(): number {
    const at = this.#take(8, 'i64')
    const value = this.#view.getInt32(at + 4, true) * TWO_32 + this.#view.getUint32(at, true)
    if (!Number.isSafeInteger(value)) throw new DecodeError(`${value} is beyond the integers that a number holds exactly`)
    return value
  }

  f64(): number {
    const at = this.#take(8, 'f64')
    return this.#view.getFloat64(at, true)
  }

  /** A view of what is read: valid as long as the bytes given to the constructor are. */
  bytes(): Uint8Array {
    const n = this.u32()
    const at = this.#take(n, 'bytes')
    return this.#bytes.subarray(at, at + n)
  }

  /** For keeping. */
  bytesCopy(): Uint8Array {
    return this.bytes().slice()
  }

  string(): string {
    const n = this.u32()
    return this.#text(this.#take(n, 'string'), n)
  }

  /** As `string`, of a text that is likely to be in `texts`. */
  knownString(texts: TextCache): string {
    const n = this.u32()
    const at = this.#take(n, 'string')
    const known = texts.find(this.#bytes, at, n)
    if (known !== undefined) return known
    const text = this.#text(at, n)
    texts.keep(this.#bytes, at, n, text)
    return text
  }

  #text(at: number, n: number): string {
    if (n <= shortText) {
      let text = ''
      let i = 0
      for (; i < n; i++) {
        const code = this.#bytes[at + i] as number
        if (code > 0x7f) break
        text += String.fromCharCode(code)
      }
      if (i === n) return text
    }
    try {
      return utf8.decode(this.#bytes.subarray(at, at + n))
    } catch {
      throw new DecodeError('a text is not UTF-8')
    }
  }
}

/**
 * Bytes being written, little-endian. One buffer that grows and one cached view: making a view per message is what costs.
 * 64-bit integers are JavaScript numbers, exact up to 2^53. A number that does not fit its field is a broken invariant:
 * what comes from outside is checked before it comes here.
 */

import { InvariantError } from '../base/assert.js'

const utf8 = new TextEncoder()
const TWO_32 = 0x100000000
/** A buffer that grew beyond this is given back with what was written: one large message shall not cost memory for ever. */
const keptBytesMax = 1024 * 1024

export class Writer {
  readonly #capacity: number
  #bytes: Uint8Array
  #view: DataView
  #at = 0

  /** @param capacity bytes to start with. */
  constructor(capacity = 256) {
    this.#capacity = Math.max(capacity, 16)
    this.#bytes = new Uint8Array(this.#capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#at
  }

  #room(n: number): number {
    const at = this.#at
    const end = at + n
    if (end > this.#bytes.length) this.#grow(end)
    this.#at = end
    return at
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    bytes.set(this.#bytes.subarray(0, this.#at))
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }

  u8(value: number): void {
    if ((value & 0xff) !== value) refuse('u8', value)
    const at = this.#room(1)
    this.#bytes[at] = value
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0)
  }

  u16(value: number): void {
    if ((value & 0xffff) !== value) refuse('u16', value)
    const at = this.#room(2)
    this.#view.setUint16(at, value, true)
  }

  i32(value: number): void {
    if ((value | 0) !== value) refuse('i32', value)
    const at = this.#room(4)
    this.#view.setInt32(at, value, true)
  }

  u32(value: number): void {
    if (value >>> 0 !== value) refuse('u32', value)
    const at = this.#room(4)
    this.#view.setUint32(at, value, true)
  }

  /** A safe integer as two halves: two 32-bit writes beat one BigInt. */
  i64(value: number): void {
    if (!Number.isSafeInteger(value)) refuse('i64', value)
    const at = this.#room(8)
    this.#view.setUint32(at, value >>> 0, true)
    this.#view.setInt32(at + 4, Math.floor(value / TWO_32), true)
  }

  f64(value: number): void {
    const at = this.#room(8)
    this.#view.setFloat64(at, value, true)
  }

  /** Without a length. */
  raw(value: Uint8Array): void {
    const at = this.#room(value.length)
    this.#bytes.set(value, at)
  }

  /** Length as u32, then the bytes. */
  bytes(value: Uint8Array): void {
    this.u32(value.length)
    this.raw(value)
  }

  /** Length in bytes as u32, then UTF-8. Half a surrogate pair becomes U+FFFD. */
  string(value: string): void {
    const lengthAt = this.#room(4)
    const start = this.#room(value.length)
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) {
        // not ASCII after all: start over with the general encoder
        this.#at = start
        this.raw(utf8.encode(value))
        break
      }
      this.#bytes[start + i] = code
    }
    this.patchU32(lengthAt, this.#at - start)
  }

  /** Fills in a number whose place was kept by writing another one at offset `at`. */
  patchU32(at: number, value: number): void {
    if (at + 4 > this.#at) throw new InvariantError(`no u32 was written at ${at} of ${this.#at} bytes`)
    if (value >>> 0 !== value) refuse('u32', value)
    this.#view.setUint32(at, value, true)
  }

  /** What was written, to be used before anything else is: a view. The writer starts anew. */
  flip(): Uint8Array {
    const written = this.#bytes.subarray(0, this.#at)
    this.#startAnew()
    return written
  }

  /** What was written, for the caller to keep. The writer starts anew. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#at)
    this.#startAnew()
    return taken
  }

  #startAnew(): void {
    this.#at = 0
    if (this.#bytes.length > keptBytesMax && this.#capacity < keptBytesMax) {
      this.#bytes = new Uint8Array(this.#capacity)
      this.#view = new DataView(this.#bytes.buffer)
    }
  }
}

/** Apart, so that the message is made only when it is needed. */
function refuse(kind: string, value: number): never {
  throw new InvariantError(`${value} is not a ${kind}`)
}

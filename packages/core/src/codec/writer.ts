/**
 * Bytes being written, little-endian. One buffer that grows and one cached view: making a view per message is what costs.
 * 64-bit integers are JavaScript numbers, exact up to 2^53.
 */

import { assert } from '../base/assert.js'

const utf8 = new TextEncoder()
const TWO_32 = 0x100000000

export class Writer {
  #bytes: Uint8Array
  #view: DataView
  #at = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(Math.max(capacity, 16))
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
    const at = this.#room(1)
    this.#bytes[at] = value
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0)
  }

  u16(value: number): void {
    const at = this.#room(2)
    this.#view.setUint16(at, value, true)
  }

  i32(value: number): void {
    const at = this.#room(4)
    this.#view.setInt32(at, value, true)
  }

  u32(value: number): void {
    const at = this.#room(4)
    this.#view.setUint32(at, value, true)
  }

  /** A safe integer as two halves: two 32-bit writes beat one BigInt. */
  i64(value: number): void {
    assert(Number.isSafeInteger(value), `${value} is not an integer that a number holds exactly`)
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

  /** Length in bytes as u32, then UTF-8. */
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
    this.#view.setUint32(lengthAt, this.#at - start, true)
  }

  /** Fills in a number whose place was kept. */
  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true)
  }

  /** What was written, for the caller to keep. The writer starts anew. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#at)
    this.#at = 0
    return taken
  }
}

/** Big-endian reader of one serialized value. Every read is checked: bytes that promise more than is there are refused. */

import { DecodeError } from '../base/errors.js'

export class DataInput {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = at
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** Where the next read begins; set to go to another place of the same bytes. */
  get at(): number {
    return this.#at
  }

  set at(at: number) {
    if (at < 0 || at > this.#bytes.length) throw new DecodeError(`there is no byte ${at}`)
    this.#at = at
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1))
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#take(2))
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#take(1))
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4))
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8))
  }

  float(): number {
    return this.#bytes.readFloatBE(this.#take(4))
  }

  double(): number {
    return this.#bytes.readDoubleBE(this.#take(8))
  }

  /** A copy: the blob may lie in memory that is used again. */
  bytes(): Buffer | null {
    const length = this.count(1)
    if (length === null) return null
    const from = this.#take(length)
    return Buffer.from(this.#bytes.subarray(from, from + length))
  }

  string(): string | null {
    const length = this.count(1)
    return length === null ? null : this.text(length)
  }

  /** UTF-8 of so many bytes. */
  text(bytes: number): string {
    const from = this.#take(bytes)
    return this.#bytes.toString('utf8', from, from + bytes)
  }

  /** A copy of what lies between two places. */
  slice(from: number, to: number): Uint8Array {
    if (from < 0 || to < from || to > this.#bytes.length) throw new DecodeError(`there are no bytes ${from} to ${to}`)
    return Uint8Array.from(this.#bytes.subarray(from, to))
  }

  /** How many items follow; null for a null array. What follows is `itemBytes` long at least, so no lie is allocated for. */
  count(itemBytes: number): number | null {
    const count = this.int32()
    if (count === -1) return null
    if (count < 0 || count * itemBytes > this.left) throw new DecodeError(`${count} items announced, ${this.left} bytes left`)
    return count
  }

  #take(bytes: number): number {
    const from = this.#at
    if (from + bytes > this.#bytes.length) throw new DecodeError(`${bytes} bytes needed, ${this.left} left`)
    this.#at = from + bytes
    return from
  }
}

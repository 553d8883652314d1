/** Big-endian writer of one serialized value. Starts with the room the caller expects to need and grows if it was wrong. */

export class DataOutput {
  #bytes: Buffer
  #at = 0

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#at++] = value
  }

  int16(value: number): void {
    this.#at = this.#room(2).writeInt16BE(value, this.#at)
  }

  int32(value: number): void {
    this.#at = this.#room(4).writeInt32BE(value, this.#at)
  }

  int64(value: bigint): void {
    this.#at = this.#room(8).writeBigInt64BE(value, this.#at)
  }

  float(value: number): void {
    this.#at = this.#room(4).writeFloatBE(value, this.#at)
  }

  double(value: number): void {
    this.#at = this.#room(8).writeDoubleBE(value, this.#at)
  }

  /** Length, then the bytes. */
  bytes(value: Uint8Array): void {
    this.int32(value.length)
    this.raw(value)
  }

  /** The bytes alone. */
  raw(value: Uint8Array): void {
    this.#room(value.length).set(value, this.#at)
    this.#at += value.length
  }

  /** Length in UTF-8 bytes, then the bytes. */
  string(value: string): void {
    const length = Buffer.byteLength(value)
    this.int32(length)
    this.#at += this.#room(length).write(value, this.#at, 'utf8')
  }

  finish(): Uint8Array {
    return this.#at === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#at)
  }

  #room(bytes: number): Buffer {
    if (this.#at + bytes > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#at + bytes, this.#bytes.length * 2))
      this.#bytes.copy(grown, 0, 0, this.#at)
      this.#bytes = grown
    }
    return this.#bytes
  }
}

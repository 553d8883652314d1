/**
 * Committed records that are kept for copies that fall behind: bytes behind each other in one buffer, and numbers beside
 * it. They live long and are hardly ever looked at, so nothing of them is an object that the garbage collector would have
 * to carry along.
 *
 *      #bytes    | dropped | record | record | record | free |
 *                          ^ends[first - 1]           ^ends[last]
 */

import { InvariantError } from '../base/assert.js'

/** A buffer larger than this is given back when what it holds has become small. */
const idleBytesMax = 256 * 1024

export class PackedRecords {
  #bytes = new Uint8Array(0)
  /** By record: its epoch, and where it ends in `#bytes`. Records below `#first` are dropped. */
  #epochs = new Uint32Array(0)
  #ends = new Uint32Array(0)
  #first = 0
  #last = 0

  get length(): number {
    return this.#last - this.#first
  }

  get byteLength(): number {
    return this.#endOf(this.#last) - this.#endOf(this.#first)
  }

  /** Where the records before `index` end. */
  #endOf(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] as number)
  }

  /** A view, until the next change. 0 = the oldest one kept. */
  at(index: number): Uint8Array {
    if (!(index >= 0 && index < this.length)) throw new InvariantError(`record ${index} of ${this.length} that are kept`)
    const i = this.#first + index
    return this.#bytes.subarray(this.#endOf(i), this.#ends[i] as number)
  }

  epochAt(index: number): number {
    return this.#epochs[this.#first + index] as number
  }

  bytesAt(index: number): number {
    const i = this.#first + index
    return (this.#ends[i] as number) - this.#endOf(i)
  }

  /** Of all from `index` on. */
  bytesFrom(index: number): number {
    return this.#endOf(this.#last) - this.#endOf(Math.min(this.#first + index, this.#last))
  }

  append(bytes: Uint8Array, epoch: number): void {
    let at = this.#endOf(this.#last)
    if (this.#last === this.#ends.length || at + bytes.length > this.#bytes.length) {
      this.#makeRoom(bytes.length)
      at = this.#endOf(this.#last)
    }
    this.#bytes.set(bytes, at)
    this.#epochs[this.#last] = epoch
    this.#ends[this.#last] = at + bytes.length
    this.#last++
  }

  dropFirst(count: number): void {
    this.#first += count
    if (this.#first === this.#last) {
      this.#first = this.#last = 0
      if (this.#bytes.length > idleBytesMax) this.#bytes = new Uint8Array(0)
    }
  }

  clear(): void {
    this.dropFirst(this.length)
  }

  /** Moves what is kept to the front, into larger buffers where it fills more than half of them. */
  #makeRoom(bytes: number): void {
    const { length, byteLength } = this
    const from = this.#endOf(this.#first)
    const kept = this.#bytes.subarray(from, from + byteLength)
    const needed = byteLength + bytes
    if (needed * 2 > this.#bytes.length || (needed * 8 < this.#bytes.length && this.#bytes.length > idleBytesMax)) {
      this.#bytes = new Uint8Array(Math.max(1024, needed * 2))
    }
    this.#bytes.set(kept)
    const [epochs, ends] = [this.#epochs, this.#ends]
    if ((length + 1) * 2 > ends.length) {
      this.#epochs = new Uint32Array(Math.max(16, (length + 1) * 2))
      this.#ends = new Uint32Array(this.#epochs.length)
    }
    for (let i = 0; i < length; i++) {
      this.#epochs[i] = epochs[this.#first + i] as number
      this.#ends[i] = (ends[this.#first + i] as number) - from
    }
    this.#first = 0
    this.#last = length
  }
}

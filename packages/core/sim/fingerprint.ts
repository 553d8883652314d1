/**
 * A running hash of everything that happened in a world. Two runs of one seed must end with the same fingerprint; where
 * they do not, something other than the seed (a real clock, a real draw, an order by address) reached the code.
 */

import { murmur3 } from '../src/base/murmur3.js'

export class Fingerprint {
  #low = 0x811c9dc5
  #high = 0x2545f491
  readonly #float = new Float64Array(1)
  readonly #words = new Uint32Array(this.#float.buffer)

  word(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x01000193)
    this.#high = Math.imul((this.#high << 5) ^ (this.#high >>> 27) ^ value, 0x9e3779b1)
  }

  number(value: number): void {
    this.#float[0] = value
    this.word(this.#words[0]!)
    this.word(this.#words[1]!)
  }

  bytes(bytes: Uint8Array): void {
    this.word(bytes.length)
    this.word(murmur3(bytes))
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i))
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0')
    return hex(this.#high) + hex(this.#low)
  }
}

/**
 * Seeded pseudo random numbers (xoshiro128**). Each subsystem forks its own stream, so that a draw more in one
 * place does not change every other place of a replayed run.
 */
export class Prng {
  #a: number
  #b: number
  #c: number
  #d: number

  /** @param seed one number for a replayable run; four 32-bit numbers where ids must never meet again. */
  constructor(seed: number | readonly [number, number, number, number]) {
    if (typeof seed !== 'number') {
      ;[this.#a, this.#b, this.#c, this.#d] = seed
      this.#d |= 1
      return
    }
    let s = seed >>> 0
    const next = (): number => {
      s = (s + 0x9e3779b9) >>> 0
      let z = s
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return (z ^ (z >>> 15)) >>> 0
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next() | 1
  }

  /** An unsigned 32-bit integer. */
  u32(): number {
    const result = Math.imul(rotl(Math.imul(this.#b, 5), 7), 9) >>> 0
    const t = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= t
    this.#d = rotl(this.#d, 11)
    return result
  }

  /** A number in [0, 1). */
  float(): number {
    return this.u32() / 0x100000000
  }

  /** An integer in [0, below). */
  below(below: number): number {
    return Math.floor(this.float() * below)
  }

  /** True in `numerator` of `denominator` cases. */
  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }

  /** A copy in random order. */
  shuffled<T>(from: readonly T[]): T[] {
    const out = [...from]
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const held = out[i] as T
      out[i] = out[j] as T
      out[j] = held
    }
    return out
  }

  /** 128 random bits as UUID version 4 text. */
  uuid(): string {
    const hex = [this.u32(), this.u32(), this.u32(), this.u32()].map(n => n.toString(16).padStart(8, '0')).join('')
    const variant = ((Number.parseInt(hex[16] as string, 16) & 3) | 8).toString(16)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
  }

  /** An independent stream. */
  fork(): Prng {
    return new Prng([this.u32(), this.u32(), this.u32(), this.u32()])
  }
}

function rotl(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k))
}

/** Numbers from 0 on, a bit each. */

export class BitSet {
  #words = new Uint32Array(2)

  add(n: number): void {
    const word = n >>> 5
    if (word >= this.#words.length) {
      const grown = new Uint32Array(Math.max(word + 1, this.#words.length * 2))
      grown.set(this.#words)
      this.#words = grown
    }
    this.#words[word]! |= 1 << (n & 31)
  }

  delete(n: number): void {
    const word = n >>> 5
    if (word < this.#words.length) this.#words[word]! &= ~(1 << (n & 31))
  }

  get size(): number {
    let size = 0
    for (let word of this.#words) for (; word !== 0; word &= word - 1) size++
    return size
  }

  *[Symbol.iterator](): Generator<number> {
    for (const [i, held] of this.#words.entries()) {
      for (let word = held; word !== 0; word &= word - 1) yield i * 32 + 31 - Math.clz32(word & -word)
    }
  }

  and(other: BitSet): BitSet {
    return this.#with(other, (a, b) => a & b)
  }

  or(other: BitSet): BitSet {
    return this.#with(other, (a, b) => a | b)
  }

  without(other: BitSet): BitSet {
    return this.#with(other, (a, b) => a & ~b)
  }

  #with(other: BitSet, of: (a: number, b: number) => number): BitSet {
    const result = new BitSet()
    result.#words = new Uint32Array(Math.max(this.#words.length, other.#words.length))
    for (let i = 0; i < result.#words.length; i++) result.#words[i] = of(this.#words[i] ?? 0, other.#words[i] ?? 0)
    return result
  }
}

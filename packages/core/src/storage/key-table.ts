/** Few values by key, beside a store: keys are bytes with their hash, and kept as they are given. */

import { equalBytes } from './bytes.js'

interface Slot<T> {
  readonly key: Uint8Array
  readonly value: T
}

export class KeyTable<T> {
  /** Keys of equal hash share a list. */
  readonly #lists = new Map<number, Slot<T>[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: Uint8Array, hash: number): T | undefined {
    if (this.#size === 0) return undefined
    return this.#lists.get(hash)?.find(slot => equalBytes(slot.key, key))?.value
  }

  /** @param key kept, where the key was not there before. */
  set(key: Uint8Array, hash: number, value: T): void {
    const list = this.#lists.get(hash)
    const at = list?.findIndex(slot => equalBytes(slot.key, key)) ?? -1
    if (list !== undefined && at >= 0) {
      list[at] = { key: (list[at] as Slot<T>).key, value }
      return
    }
    this.#size++
    if (list === undefined) this.#lists.set(hash, [{ key, value }])
    else list.push({ key, value })
  }

  delete(key: Uint8Array, hash: number): void {
    const list = this.#lists.get(hash)
    const at = list?.findIndex(slot => equalBytes(slot.key, key)) ?? -1
    if (list === undefined || at < 0) return
    this.#size--
    if (list.length === 1) this.#lists.delete(hash)
    else list.splice(at, 1)
  }

  clear(): void {
    this.#lists.clear()
    this.#size = 0
  }

  /** `visit` changes nothing. */
  each(visit: (key: Uint8Array, hash: number, value: T) => void): void {
    for (const [hash, list] of this.#lists) for (const { key, value } of list) visit(key, hash, value)
  }

  /**
   * A walk in the order of hashes that stands changes between its steps: begins with the smallest hash, goes on with what
   * the step before returned, ends when that is null. `isFull` is asked between two hashes, and ends the step.
   */
  step(from: number, isFull: () => boolean, visit: (key: Uint8Array, hash: number, value: T) => void): number | null {
    const hashes = [...this.#lists.keys()].filter(hash => hash >= from).sort((a, b) => a - b)
    for (const [i, hash] of hashes.entries()) {
      if (i > 0 && isFull()) return hash
      for (const { key, value } of this.#lists.get(hash) as Slot<T>[]) visit(key, hash, value)
    }
    return null
  }
}

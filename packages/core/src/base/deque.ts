/**
 * A queue with two ends, each in O(1): `Array.shift` moves everything behind it, which a long queue feels.
 *
 *     slots   [ d e . . . a b c ]     head = 5, size = 5; the row wraps around
 *                         ^head
 */

import { assert } from './assert.js'

const slotsMin = 8

export class Deque<T> {
  /** A power of two of them, so that wrapping around is a mask. */
  #slots: (T | undefined)[] = new Array<T | undefined>(slotsMin)
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The element `i` places behind the first. */
  at(i: number): T {
    assert(i >= 0 && i < this.#size, `a queue of ${this.#size} has no element ${i}`)
    return this.#slots[this.#slot(i)] as T
  }

  first(): T | undefined {
    return this.#size === 0 ? undefined : this.#slots[this.#head]
  }

  last(): T | undefined {
    return this.#size === 0 ? undefined : this.#slots[this.#slot(this.#size - 1)]
  }

  push(item: T): void {
    if (this.#size === this.#slots.length) this.#resize(this.#slots.length * 2)
    this.#slots[this.#slot(this.#size)] = item
    this.#size++
  }

  unshift(item: T): void {
    if (this.#size === this.#slots.length) this.#resize(this.#slots.length * 2)
    this.#head = this.#slot(this.#slots.length - 1)
    this.#slots[this.#head] = item
    this.#size++
  }

  /** Takes out the first. */
  shift(): T | undefined {
    const first = this.first()
    if (this.#size > 0) {
      this.#slots[this.#head] = undefined
      this.#head = this.#slot(1)
      this.#shrink()
    }
    return first
  }

  /** Takes out the last. */
  pop(): T | undefined {
    const last = this.last()
    if (this.#size > 0) {
      this.#slots[this.#slot(this.#size - 1)] = undefined
      this.#shrink()
    }
    return last
  }

  clear(): void {
    this.#slots = new Array<T | undefined>(slotsMin)
    this.#head = 0
    this.#size = 0
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.#size; i++) yield this.at(i)
  }

  #slot(i: number): number {
    return (this.#head + i) & (this.#slots.length - 1)
  }

  /** One element fewer. Memory follows: at a quarter of the slots half of them go. */
  #shrink(): void {
    this.#size--
    if (this.#slots.length > slotsMin && this.#size <= this.#slots.length / 4) this.#resize(this.#slots.length / 2)
  }

  #resize(length: number): void {
    const slots = new Array<T | undefined>(length)
    for (let i = 0; i < this.#size; i++) slots[i] = this.#slots[this.#slot(i)]
    this.#slots = slots
    this.#head = 0
  }
}

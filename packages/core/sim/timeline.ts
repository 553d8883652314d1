/**
 * Virtual time: the only queue of a simulated world. Events run in order of time, equal times in order of scheduling,
 * and time does not pass while one runs. Nothing in here knows what an event means.
 */

import { assert } from '../src/base/assert.js'
import { Heap } from '../src/base/heap.js'
import { Fingerprint } from './fingerprint.js'

export interface Event {
  readonly atMs: number
  readonly order: number
  /** Null once it ran or was cancelled. */
  run: (() => void) | null
}

/** Cancelled events are swept out when there are more of them than this and than live ones. */
const CANCELLED_MAX = 4096

export class Timeline {
  readonly fingerprint = new Fingerprint()
  readonly #heap = new Heap(isBefore)
  #nowMs = 0
  #order = 0
  #cancelled = 0
  #ran = 0

  get nowMs(): number {
    return this.#nowMs
  }

  /** Events run so far. */
  get ran(): number {
    return this.#ran
  }

  /** Events waiting, cancelled ones not counted. */
  get waiting(): number {
    return this.#heap.size - this.#cancelled
  }

  at(atMs: number, run: () => void): Event {
    assert(atMs >= this.#nowMs, `an event at ${atMs} lies before now, ${this.#nowMs}`)
    const event = { atMs, order: this.#order++, run }
    this.#heap.push(event)
    return event
  }

  after(delayMs: number, run: () => void): Event {
    return this.at(this.#nowMs + delayMs, run)
  }

  cancel(event: Event): void {
    if (event.run === null) return
    event.run = null
    this.#cancelled++
    if (this.#cancelled > CANCELLED_MAX && this.#cancelled > this.#heap.size / 2) this.#sweep()
  }

  /**
   * Takes the next event that is due at `untilMs` or before, moves the clock to it and returns what it runs. Null when
   * there is none; then it is `untilMs`.
   */
  next(untilMs: number): (() => void) | null {
    for (;;) {
      const first = this.#heap.peek()
      if (first === undefined || first.atMs > untilMs) {
        if (untilMs !== Infinity) this.#nowMs = Math.max(this.#nowMs, untilMs)
        return null
      }
      this.#heap.pop()
      const run = first.run
      if (run === null) {
        this.#cancelled--
        continue
      }
      first.run = null
      this.#nowMs = first.atMs
      this.#ran++
      this.fingerprint.number(first.atMs)
      return run
    }
  }

  #sweep(): void {
    this.#heap.keep(event => event.run !== null)
    this.#cancelled = 0
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

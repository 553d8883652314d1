/**
 * Operations that look at every entry of a partition wait for their turn here. A call of a whole map asks for all partitions of a member
 * at once: done at once, in a large map, they would keep this member from answering anybody for seconds, its lease would end, and the
 * next owner would be asked for even more.
 */

import type { Clock } from '../env/env.js'

/** Begun in one step, at most; what else is deferred, and signs of life in between, come after it. */
const stepMax = 64
/** Places of the queue that are given back at once. */
const doneMax = 4_096
/** Nothing more is begun in a step that took so long. */
const stepMs = 5

export class Walks {
  readonly #clock: Clock
  #waiting: (() => void)[] = []
  /** So many of them are done. */
  #done = 0
  #isDeferred = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** In the order of asking. By then everything may be different: the walk looks itself whether it is still wanted. */
  add(walk: () => void): void {
    this.#waiting.push(walk)
    this.#goOn()
  }

  #goOn(): void {
    if (this.#isDeferred || this.#waiting.length === 0) return
    this.#isDeferred = true
    this.#clock.defer(() => {
      this.#step()
      this.#isDeferred = false
      this.#goOn()
    })
  }

  #step(): void {
    const endMs = this.#clock.monotonicMs() + stepMs
    for (let n = 0; n < stepMax && this.#done < this.#waiting.length; n++) {
      this.#waiting[this.#done++]?.()
      if (this.#clock.monotonicMs() >= endMs) break
    }
    if (this.#done < this.#waiting.length && this.#done < doneMax) return
    this.#waiting.splice(0, this.#done)
    this.#done = 0
  }
}

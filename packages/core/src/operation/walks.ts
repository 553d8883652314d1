/**
 * Operations that look at every entry of a partition wait for their turn here. A call of a whole map asks for all partitions of a member
 * at once: done at once, in a large map, they would keep this member from answering anybody for seconds, its lease would end, and the
 * next owner would be asked for even more.
 */

import type { Clock } from '../env/env.js'

/** Begun in one step, at most; what else is deferred, and signs of life in between, come after it. */
const stepMax = 8
/** Nothing more is begun in a step that took so long. */
const stepMs = 5

export class Walks {
  readonly #clock: Clock
  #waiting: (() => void)[] = []
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
      const waiting = this.#waiting
      const endMs = this.#clock.monotonicMs() + stepMs
      let done = 0
      do waiting[done++]?.()
      while (done < Math.min(stepMax, waiting.length) && this.#clock.monotonicMs() < endMs)
      this.#waiting = waiting.slice(done)
      this.#isDeferred = false
      this.#goOn()
    })
  }
}

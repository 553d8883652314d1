/** What is due in virtual time. */

import { Heap } from '../../../src/base/heap.js'

interface Due {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** In order of time and then of being put in. */
export class Queue {
  readonly #heap = new Heap<Due>((a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order))
  #order = 0

  push(atMs: number, run: () => void): void {
    this.#heap.push({ atMs, order: this.#order++, run })
  }

  /** The next until `endMs`. */
  pop(endMs: number): Due | null {
    const first = this.#heap.peek()
    return first === undefined || first.atMs > endMs ? null : (this.#heap.pop() ?? null)
  }
}

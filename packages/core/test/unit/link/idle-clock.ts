/** Virtual time, which passes when everybody waits. */

import type { Clock, Timer } from '../../../src/env/env.js'

export class IdleClock implements Pick<Clock, 'monotonicMs' | 'after' | 'every' | 'defer'> {
  nowMs = 1_000
  #due: { readonly atMs: number; readonly run: () => void }[] = []

  monotonicMs(): number {
    return this.nowMs
  }

  after(delayMs: number, run: () => void): Timer {
    const one = { atMs: this.nowMs + delayMs, run }
    this.#due.push(one)
    return {
      cancel: () => {
        this.#due = this.#due.filter(other => other !== one)
      },
    }
  }

  every(intervalMs: number, run: () => void): Timer {
    const again = (): Timer =>
      this.after(intervalMs, () => {
        next = again()
        run()
      })
    let next = again()
    return { cancel: () => next.cancel() }
  }

  defer(run: () => void): void {
    queueMicrotask(run)
  }

  /** False: it did not come true within `limitMs`. */
  async runUntil(isTrue: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.nowMs + limitMs
    for (;;) {
      await new Promise<void>(resolve => setImmediate(resolve))
      if (isTrue()) return true
      const [next] = this.#due.sort((a, b) => a.atMs - b.atMs)
      if (next === undefined || next.atMs > endMs) {
        this.nowMs = endMs
        return false
      }
      this.#due.shift()
      this.nowMs = next.atMs
      next.run()
    }
  }
}

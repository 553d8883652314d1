/** Who waits at an owner for the commit of a record: of the call's own, or of the one that what it has read rests on. */

import { NumberTable } from '../base/number-table.js'
import type { Respond } from './copy.js'
import type { Result } from './request.js'

export interface Waiter {
  readonly respond: Respond
  readonly result: Result
  /** Nothing was done for it, and it may be asked again. */
  readonly read: boolean
  readonly sinceMs: number
}

export class Waiters {
  #bySeq = new NumberTable<Waiter[]>()

  /** Records that somebody waits for. */
  get size(): number {
    return this.#bySeq.size
  }

  add(seq: number, waiter: Waiter): void {
    const waiting = this.#bySeq.get(seq)
    if (waiting === undefined) this.#bySeq.set(seq, [waiter])
    else waiting.push(waiter)
  }

  take(seq: number): readonly Waiter[] {
    const waiting = this.#bySeq.get(seq)
    if (waiting === undefined) return nobody
    this.#bySeq.delete(seq)
    return waiting
  }

  /** Those that only read, and wait since then or longer. */
  takeReads(sinceMs: number): readonly Waiter[] {
    const isOver = (waiter: Waiter): boolean => waiter.read && waiter.sinceMs <= sinceMs
    const taken: Waiter[] = []
    for (const [seq, waiting] of [...this.#bySeq.entries()]) {
      if (!waiting.some(isOver)) continue
      this.#bySeq.delete(seq)
      for (const waiter of waiting) {
        if (isOver(waiter)) taken.push(waiter)
        else this.add(seq, waiter)
      }
    }
    return taken
  }

  empty(): readonly Waiter[] {
    const all = [...this.#bySeq.values()].flat()
    this.#bySeq = new NumberTable()
    return all
  }
}

const nobody: readonly Waiter[] = []

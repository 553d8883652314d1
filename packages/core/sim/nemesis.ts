/**
 * Breaks things while clients work. A run first draws which kinds of faults exist in it, then how often and how strong
 * they come. Each kind counts how often it was fired and how often that changed anything for somebody.
 */

import type { Prng } from '../src/base/prng.js'
import type { Cluster } from './cluster.js'
import type { CrashBudget } from './crash-budget.js'
import { type Fault, type FaultContext, type FaultKind, faultKinds, faults } from './faults.js'

export interface NemesisOptions {
  readonly kinds: readonly FaultKind[]
  /** Mean time between two faults. */
  readonly gapMs: number
  /** The lease that pauses and partitions are measured by. */
  readonly leaseMs: number
  /** Largest error of a clock's rate that is allowed. */
  readonly clockDrift: number
}

export interface FaultCount {
  fired: number
  effective: number
}

/** A crash planned for the next acknowledged write waits for one at most so long. */
const ACK_WAIT_MS = 500

export class Nemesis {
  readonly #cluster: Cluster
  readonly #random: Prng
  readonly #options: NemesisOptions
  readonly #context: FaultContext
  readonly counts = new Map<FaultKind, FaultCount>()
  readonly #active = new Set<() => void>()
  #onAck: ((key: string) => void) | null = null
  #isStopped = false

  constructor(cluster: Cluster, budget: CrashBudget, map: string, random: Prng, options: NemesisOptions) {
    this.#cluster = cluster
    this.#random = random
    this.#options = options
    this.#context = { cluster, budget, map, random, leaseMs: options.leaseMs, clockDrift: options.clockDrift, ackedKey: null }
    for (const kind of faultKinds) if (options.kinds.includes(kind)) this.counts.set(kind, { fired: 0, effective: 0 })
  }

  start(): void {
    this.#next()
  }

  /** Tells of an acknowledged write: some faults wait for one, since right after it is the worst moment. */
  acked(key: string): void {
    this.#onAck?.(key)
  }

  /** Ends every fault that still lasts; no new one comes. */
  healAll(): void {
    this.#isStopped = true
    this.#onAck = null
    for (const end of [...this.#active]) end()
  }

  #next(): void {
    const { world } = this.#cluster
    world.after(2 * this.#random.float() * this.#options.gapMs, () => {
      if (this.#isStopped) return
      const kind = this.#random.pick(this.#options.kinds)
      if (this.#random.chance(1, 2)) this.#fireAfterAck(kind)
      else this.#fire(kind, null)
      this.#next()
    })
  }

  #fireAfterAck(kind: FaultKind): void {
    const { world } = this.#cluster
    if (this.#onAck !== null) return
    const fire = (key: string | null): void => {
      if (this.#onAck !== onAck) return
      this.#onAck = null
      world.cancel(timeout)
      if (!this.#isStopped) this.#fire(kind, key)
    }
    // Not within the client's call, but as the very next event.
    const onAck = (key: string): void => {
      world.after(0, () => fire(key))
    }
    const timeout = world.after(ACK_WAIT_MS, () => fire(null))
    this.#onAck = onAck
  }

  #fire(kind: FaultKind, ackedKey: string | null): void {
    const { world } = this.#cluster
    const fault: Fault = faults[kind]
    const begun = fault({ ...this.#context, ackedKey })
    if (begun === null) return
    const count = this.counts.get(kind)!
    count.fired++
    world.note(`fault.${kind}`, { ...begun.fields, forMs: Math.round(begun.forMs) })
    const end = (): void => {
      if (!this.#active.delete(end)) return
      world.cancel(timer)
      if (begun.end()) count.effective++
      world.note(`fault.${kind}.over`, begun.fields)
    }
    const timer = world.after(begun.forMs, end)
    this.#active.add(end)
  }
}

/**
 * How many members may be lost now without a promise being broken: `b` synchronous backups survive `b` losses at once,
 * and again `b` as soon as the cluster *says* that every copy is restored. It is decided by what the members tell
 * everybody, never by looking at hidden state: a cluster that says "safe" too early shall lose data here.
 *
 * A member that is paused, cut off or slow may be counted out by the others just as if it were lost; while one is, and
 * until the cluster has said "safe" for a while afterwards, it uses up the budget like a crash.
 */

import type { Cluster, Seated } from './cluster.js'

/** Longer than a proposal that rests on old news can be under way in a network that works. */
const QUIET_MS = 1500
const LOOK_EACH_MS = 50

export class CrashBudget {
  readonly #cluster: Cluster
  readonly #lossesMax: number
  /** Seats that are lost or may have been counted out since the cluster last said "safe". */
  readonly #spent = new Set<Seated>()
  /** Those of them that are back, in a cluster that said "safe" and then was not any more: what they hold may be the last copy. */
  readonly #back = new Set<Seated>()
  /** Seats with a fault that lasts now, and how many. */
  readonly #impaired = new Map<Seated, number>()
  /** Members that somebody counted in, by seat. */
  readonly #counted = new Map<Seated, string>()
  #wholeSinceMs: number | null = null

  /** `lossesMax`: how many losses at once the configuration promises to survive. */
  constructor(cluster: Cluster, lossesMax: number) {
    this.#cluster = cluster
    this.#lossesMax = lossesMax
    this.#look()
  }

  /** How many seats other than those already impaired may crash now. */
  lossesLeft(): number {
    this.#noteCountedOut()
    return Math.max(0, this.#lossesMax - this.#spent.size)
  }

  mayCrash(seat: Seated): boolean {
    this.#noteCountedOut()
    this.#noteWhole()
    const isGone = this.#spent.has(seat) && !this.#back.has(seat)
    if (!this.#isOutlived(seat)) return false
    return this.#lossesMax > 0 && (isGone ? this.#spent.size <= this.#lossesMax : this.lossesLeft() > 0)
  }

  /** Of two, the other one can prove the death of this one only while it has a lease, as it has when it says that it is safe. */
  #isOutlived(seat: Seated): boolean {
    const { seats } = this.#cluster
    const other = seats.length === 2 ? seats.find(one => one !== seat)?.member : null
    return other == null || other.state() !== 'running' || other.word().safe
  }

  /** Whoever leaves hands over first: that loses nothing, as long as everybody else is there. */
  mayLeave(seat: Seated): boolean {
    return this.mayCrash(seat) || this.#spent.size === (this.#spent.has(seat) ? 1 : 0)
  }

  spend(seat: Seated): void {
    this.#spent.add(seat)
    this.#back.delete(seat)
    this.#wholeSinceMs = null
  }

  /** A fault begins that may get these seats counted out. Returns its end. */
  impair(seats: readonly Seated[]): () => void {
    for (const seat of seats) {
      this.spend(seat)
      this.#impaired.set(seat, (this.#impaired.get(seat) ?? 0) + 1)
    }
    return () => {
      this.#wholeSinceMs = null
      for (const seat of seats) {
        const left = (this.#impaired.get(seat) ?? 1) - 1
        if (left === 0) this.#impaired.delete(seat)
        else this.#impaired.set(seat, left)
      }
    }
  }

  /** A slow link, or one that breaks often enough, costs a member as well as a fault that is meant to. */
  #noteCountedOut(): void {
    const running = this.#cluster.running()
    const words = running.map(seat => ({ seat, members: seat.member?.members() ?? [] }))
    for (const seat of running) {
      const id = seat.member?.id ?? ''
      const isCounted = words.every(word => word.seat === seat || word.members.includes(id))
      if (isCounted) this.#counted.set(seat, id)
      else if (this.#counted.get(seat) === id) this.spend(seat)
    }
  }

  #look(): void {
    const { world } = this.#cluster
    world.after(LOOK_EACH_MS, () => {
      this.#noteCountedOut()
      this.#noteWhole()
      this.#look()
    })
  }

  #noteWhole(): void {
    const { nowMs } = this.#cluster.world
    if (this.#impaired.size === 0 && this.#cluster.isWhole()) {
      this.#wholeSinceMs ??= nowMs
      if (nowMs - this.#wholeSinceMs >= QUIET_MS) this.#spent.clear()
      return
    }
    // no fault has ended it, which would have reset the time: copies were given up as too slow
    if (this.#wholeSinceMs !== null) for (const seat of this.#spent) this.#back.add(seat)
    this.#wholeSinceMs = null
  }
}

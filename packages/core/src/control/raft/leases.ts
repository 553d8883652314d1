/**
 * Member leases, both ends. A member asks with its own clock's time; a leader that has confirmed its leadership after the
 * question came grants; the lease then runs from the *sending* of the question on the member's own clock, and only once
 * the member has applied what was committed when it was granted. Transit, queues and pauses so only shorten it.
 */

import type { MemberId } from '../../base/ids.js'

/** The leader's record of what it has granted: when can no member hold a lease any more. */
export class LeaseBook {
  readonly #sinceMs: number
  readonly #spanMs: number
  readonly #grantedMs = new Map<MemberId, number>()
  readonly #stopped = new Set<MemberId>()

  /**
   * `sinceMs`: no leader before this one was confirmed later. What they granted is not known here, but every question
   * that they answered was sent before.
   * `driftRatio`: how far the rate of any clock may be off; both clocks may be, in opposite directions.
   */
  constructor(sinceMs: number, leaseMs: number, driftRatio: number) {
    this.#sinceMs = sinceMs
    this.#spanMs = (leaseMs * (1 + driftRatio)) / (1 - driftRatio)
  }

  /** The question arrived at `askedMs` of the leader's clock, so it was not sent later. */
  grant(member: MemberId, askedMs: number): void {
    this.#grantedMs.set(member, Math.max(askedMs, this.#grantedMs.get(member) ?? askedMs))
  }

  overAtMs(member: MemberId): number {
    return (this.#grantedMs.get(member) ?? this.#sinceMs) + this.#spanMs
  }

  mayGrant(member: MemberId): boolean {
    return !this.#stopped.has(member)
  }

  stop(member: MemberId): void {
    this.#stopped.add(member)
  }

  resume(member: MemberId): void {
    this.#stopped.delete(member)
  }
}

/** A member's own lease. */
export class HeldLease {
  readonly #leaseMs: number
  #untilMs = 0
  #index = 0
  #notBeforeMs = Number.NEGATIVE_INFINITY
  /** Granted, but for an index that is not applied yet; oldest first. */
  #granted: { readonly untilMs: number; readonly index: number }[] = []

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs
  }

  get untilMs(): number {
    return this.#untilMs
  }

  get index(): number {
    return this.#index
  }

  onGrant(sentAtMs: number, index: number, applied: number, nowMs: number): void {
    // one from the future was not sent by this incarnation
    if (sentAtMs <= this.#notBeforeMs || sentAtMs > nowMs) return
    this.#granted.push({ untilMs: sentAtMs + this.#leaseMs, index })
    this.onApplied(applied, nowMs)
  }

  onApplied(applied: number, nowMs: number): void {
    if (this.#granted.length === 0) return
    for (const grant of this.#granted) {
      if (grant.index > applied || grant.untilMs <= this.#untilMs) continue
      this.#untilMs = grant.untilMs
      this.#index = grant.index
    }
    this.#granted = this.#granted.filter(g => g.index > applied && g.untilMs > nowMs)
  }

  /** The clocks cannot be trusted to have run: nothing asked for until now counts any more. */
  drop(nowMs: number): void {
    this.#untilMs = 0
    this.#index = 0
    this.#granted = []
    this.#notBeforeMs = nowMs
  }
}

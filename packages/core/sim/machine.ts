/**
 * A simulated machine: one address, one clock that runs fast or slow and is set forward or back, shared by the processes
 * that run on it.
 */

import type { Timeline } from './timeline.js'

/** 2024-06-01T00:00:00Z: what the wall clocks show, about, when a world begins. */
const WALL_AT_START_MS = 1_717_200_000_000

export class Machine {
  readonly name: string
  readonly address: string
  /** False between a power failure and the restart: what is sent to it vanishes. */
  isUp = true
  readonly #timeline: Timeline
  #rate: number
  #sinceMs: number
  #monotonicAtSinceMs: number
  #uptimeAheadMs: number
  #wallAheadMs: number
  #frozen = false
  #portNext = 49_152

  /** `rate` is local milliseconds per true millisecond; `bootMs` is the age of the machine when the world begins. */
  constructor(name: string, address: string, timeline: Timeline, clock: { rate: number; bootMs: number; wallErrorMs: number }) {
    this.name = name
    this.address = address
    this.#timeline = timeline
    this.#rate = clock.rate
    this.#sinceMs = timeline.nowMs
    this.#monotonicAtSinceMs = clock.bootMs
    this.#uptimeAheadMs = 0
    this.#wallAheadMs = WALL_AT_START_MS - clock.bootMs + clock.wallErrorMs
  }

  monotonicMs(): number {
    const elapsedMs = this.#frozen ? 0 : this.#timeline.nowMs - this.#sinceMs
    return this.#monotonicAtSinceMs + elapsedMs * this.#rate
  }

  uptimeMs(): number {
    const asleepMs = this.#frozen ? this.#timeline.nowMs - this.#sinceMs : 0
    return this.monotonicMs() + this.#uptimeAheadMs + asleepMs
  }

  wallMs(): number {
    const asleepMs = this.#frozen ? this.#timeline.nowMs - this.#sinceMs : 0
    return this.monotonicMs() + this.#wallAheadMs + asleepMs
  }

  /** True time at which the monotonic clock will show `localMs`, if its rate stays as it is. */
  trueTimeOf(localMs: number): number {
    return this.#timeline.nowMs + Math.max(0, localMs - this.monotonicMs()) / this.#rate
  }

  setRate(rate: number): void {
    this.#monotonicAtSinceMs = this.monotonicMs()
    this.#sinceMs = this.#timeline.nowMs
    this.#rate = rate
  }

  jumpWall(byMs: number): void {
    this.#wallAheadMs += byMs
  }

  /** As a suspended laptop or a migrated virtual machine: the monotonic clock stands still, uptime and wall time go on. */
  freezeMonotonic(): void {
    if (this.#frozen) return
    this.#monotonicAtSinceMs = this.monotonicMs()
    this.#sinceMs = this.#timeline.nowMs
    this.#frozen = true
  }

  thawMonotonic(): void {
    if (!this.#frozen) return
    const asleepMs = this.#timeline.nowMs - this.#sinceMs
    this.#uptimeAheadMs += asleepMs
    this.#wallAheadMs += asleepMs
    this.#sinceMs = this.#timeline.nowMs
    this.#frozen = false
  }

  takeEphemeralPort(): number {
    const port = this.#portNext
    this.#portNext = port === 65_535 ? 49_152 : port + 1
    return port
  }
}

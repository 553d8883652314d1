/**
 * Compares three opinions on elapsed time. A host that was suspended stops the monotonic clock, and with it every lease
 * that is counted on it; the wall clock or the uptime then have gone on. Where they disagree the lease is not to be trusted.
 */

/** Between two looks. A stepped wall clock also shows here, at the price of one new lease. */
const DISAGREEMENT_MAX_MS = 200

export interface ClockReadings {
  monotonicMs(): number
  wallMs(): number
  uptimeMs(): number
}

export class ClockGuard {
  readonly #clock: ClockReadings
  #monotonicMs: number
  #wallMs: number
  #uptimeMs: number

  constructor(clock: ClockReadings) {
    this.#clock = clock
    this.#monotonicMs = clock.monotonicMs()
    this.#wallMs = clock.wallMs()
    this.#uptimeMs = clock.uptimeMs()
  }

  /**
   * So much time has passed since the last look that another one could find something. A single reading, for what cannot wait
   * until that comes by itself.
   */
  get isDue(): boolean {
    return Math.abs(this.#clock.wallMs() - this.#wallMs) > DISAGREEMENT_MAX_MS
  }

  /** False if the clocks ran differently since the last look. */
  agrees(): boolean {
    const monotonicMs = this.#clock.monotonicMs()
    const wallMs = this.#clock.wallMs()
    const uptimeMs = this.#clock.uptimeMs()
    const elapsed = monotonicMs - this.#monotonicMs
    const worst = Math.max(Math.abs(wallMs - this.#wallMs - elapsed), Math.abs(uptimeMs - this.#uptimeMs - elapsed))
    this.#monotonicMs = monotonicMs
    this.#wallMs = wallMs
    this.#uptimeMs = uptimeMs
    return worst <= DISAGREEMENT_MAX_MS
  }
}

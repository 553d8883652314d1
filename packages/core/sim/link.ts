/**
 * One direction between two machines (or between two processes of one machine): how long bytes take, and whether they
 * get through at all. What meets a cut link waits for its healing, as TCP's retransmissions do.
 */

import type { Prng } from '../src/base/prng.js'
import type { Timeline } from './timeline.js'

/** Drawn once for each world. Probabilities are `1 in n`; 0 = never. */
export interface Weather {
  /** Fastest delivery. */
  readonly baseMs: number
  /** Added to most deliveries: 0 .. this. */
  readonly jitterMs: number
  /** One delivery in so many takes up to `tailMs` more, as after a lost packet. */
  readonly tailOneIn: number
  readonly tailMs: number
  readonly bytesPerMs: number
  /** One chunk in so many is handed over in two pieces. */
  readonly chopOneIn: number
  /** One write in so many is *not* joined to the bytes that still wait to be delivered. */
  readonly splitOneIn: number
  /** One connection attempt in so many is lost and repeated after a second. */
  readonly dialLostOneIn: number
  /** Unacknowledged bytes that the kernel takes before `write` says stop. */
  readonly windowBytes: number
  /** Retransmission after a cut starts again at the latest after so long; with Linux it is two minutes. */
  readonly retransmitMaxMs: number
}

export const fairWeather: Weather = {
  baseMs: 0.1,
  jitterMs: 0.4,
  tailOneIn: 200,
  tailMs: 30,
  bytesPerMs: 100_000,
  chopOneIn: 16,
  splitOneIn: 4,
  dialLostOneIn: 0,
  windowBytes: 256 * 1024,
  retransmitMaxMs: 3000,
}

/** However slow: what was sent while a link was slow does not block it for minutes after its healing. */
const LATENCY_MAX_MS = 10_000

/** Of all links of a network. */
export interface LinkStats {
  /** Deliveries that a slow link delayed. */
  slowed: number
  /** When the last of them arrives: until then a link that is fast again may be blocked. */
  slowedUntilMs: number
  /** When the last of what cuts have stopped is sent again. */
  resentUntilMs: number
}

export class Link {
  readonly weather: Weather
  readonly random: Prng
  readonly stats: LinkStats
  /** Deliveries, acknowledgements and dials that a cut of this link has stopped. */
  held = 0
  readonly #timeline: Timeline
  #cuts = 0
  #cutSinceMs = 0
  #slowFactor = 1
  readonly #whenHealed = new Set<(afterMs: number) => void>()

  constructor(weather: Weather, random: Prng, timeline: Timeline, stats: LinkStats) {
    this.weather = weather
    this.random = random
    this.#timeline = timeline
    this.stats = stats
  }

  get isCut(): boolean {
    return this.#cuts > 0
  }

  latencyMs(bytes: number): number {
    const { baseMs, jitterMs, tailOneIn, tailMs, bytesPerMs } = this.weather
    let ms = baseMs + this.random.float() * jitterMs
    if (tailOneIn > 0 && this.random.chance(1, tailOneIn)) ms += this.random.float() * tailMs
    ms = Math.min(LATENCY_MAX_MS, (ms + bytes / bytesPerMs) * this.#slowFactor)
    if (this.#slowFactor > 1) {
      this.stats.slowed++
      this.stats.slowedUntilMs = Math.max(this.stats.slowedUntilMs, this.#timeline.nowMs + ms)
    }
    return ms
  }

  /** True in one of `n` cases; never for 0. */
  oneIn(n: number): boolean {
    return n > 0 && this.random.chance(1, n)
  }

  /** Remembers what to do when the link is healed; `afterMs` is how long the retransmission then still takes. */
  hold(whenHealed: (afterMs: number) => void): void {
    this.held++
    this.#whenHealed.add(whenHealed)
  }

  cut(): void {
    if (this.#cuts++ === 0) this.#cutSinceMs = this.#timeline.nowMs
  }

  heal(): void {
    if (this.#cuts === 0 || --this.#cuts > 0) return
    const backoffMs = Math.min(this.weather.retransmitMaxMs, this.#timeline.nowMs - this.#cutSinceMs)
    const waiting = [...this.#whenHealed]
    this.#whenHealed.clear()
    for (const whenHealed of waiting) {
      const afterMs = this.random.float() * backoffMs
      this.stats.resentUntilMs = Math.max(this.stats.resentUntilMs, this.#timeline.nowMs + afterMs)
      whenHealed(afterMs)
    }
  }

  slowDown(factor: number): void {
    this.#slowFactor = factor
  }
}

/** Operations per second from counters that only grow. Pure values: one `Rates` in, the next one out. */

export interface Counters {
  readonly reads: number
  readonly writes: number
}

export interface Rates {
  /** On the clock of the member that counts: how long an answer took on its way does not matter. */
  readonly atMs: number
  readonly counters: Counters
  readonly readsPerSecond: number
  readonly writesPerSecond: number
}

export function ratesAfter(before: Rates | null, counters: Counters, atMs: number): Rates {
  const seconds = before === null ? 0 : (atMs - before.atMs) / 1000
  // smaller than before: another process answers at this address now
  if (before === null || seconds <= 0 || counters.reads < before.counters.reads || counters.writes < before.counters.writes) {
    return { atMs, counters, readsPerSecond: 0, writesPerSecond: 0 }
  }
  return {
    atMs,
    counters,
    readsPerSecond: (counters.reads - before.counters.reads) / seconds,
    writesPerSecond: (counters.writes - before.counters.writes) / seconds,
  }
}

// A closed loop with a fixed number of outstanding calls, timed call by call.
import { createHistogram, performance } from 'node:perf_hooks'

const keyCount = 100_000
export const value = 'x'.repeat(100)
export const outstandings = [1, 16, 64, 256]

/** Evenly spread keys without a random generator in the loop. */
export const keyOf = n => `key-${(n * 7919) % keyCount}`

/**
 * @param call (n, worker) => Promise
 * @returns calls a second, and latencies in milliseconds.
 */
export async function load(call, outstanding, forMs) {
  const histogram = createHistogram()
  let calls = 0
  const began = performance.now()
  const end = began + forMs
  await Promise.all(
    Array.from({ length: outstanding }, async (_, worker) => {
      for (;;) {
        const asked = performance.now()
        if (asked >= end) return
        await call(calls++, worker)
        histogram.record(Math.max(1, Math.round((performance.now() - asked) * 1000)))
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  return {
    perSecond: Math.round(histogram.count / seconds),
    p50Ms: histogram.percentile(50) / 1000,
    p99Ms: histogram.percentile(99) / 1000,
  }
}

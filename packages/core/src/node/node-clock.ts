/** The host's clocks and timers. `defer` gathers everything of one turn of the loop into one immediate. */

import { uptime } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Clock, Timer } from '../env/env.js'

export function createNodeClock(): Clock {
  let deferred: (() => void)[] = []
  const runDeferred = (): void => {
    const runs = deferred
    deferred = []
    for (const run of runs) run()
  }
  return {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    uptimeMs: () => uptime() * 1000,
    after(delayMs, run): Timer {
      const timer = setTimeout(run, delayMs)
      return { cancel: () => clearTimeout(timer) }
    },
    every(intervalMs, run): Timer {
      const timer = setInterval(run, intervalMs)
      return { cancel: () => clearInterval(timer) }
    },
    defer(run) {
      if (deferred.length === 0) setImmediate(runDeferred)
      deferred.push(run)
    },
  }
}

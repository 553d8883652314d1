/** The host's clocks and timers. `defer` gathers everything of one turn of the loop into one immediate. */

import { uptime } from 'node:os'
import { performance } from 'node:perf_hooks'
import type { Clock, Timer } from '../env/env.js'

/** Longest delay that the system's timers take, ms; a longer one would fire at once. */
const timerMaxMs = 2 ** 31 - 1

export function createNodeClock(): Clock {
  return {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    uptimeMs: uptimeSource(),
    after: startTimer,
    every(intervalMs, run): Timer {
      const timer = setInterval(run, Math.min(intervalMs, timerMaxMs))
      return { cancel: () => clearInterval(timer) }
    },
    defer: createDefer(),
  }
}

/**
 * Elsewhere than on Linux and Windows the uptime comes in whole seconds, which the clock guard would take for jumps: there
 * the wall clock remains the second opinion and this one says nothing new.
 */
function uptimeSource(): () => number {
  const isFine = process.platform === 'linux' || process.platform === 'win32'
  return isFine ? () => uptime() * 1000 : () => performance.now()
}

function startTimer(delayMs: number, run: () => void): Timer {
  if (delayMs <= timerMaxMs) {
    const timer = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(timer) }
  }
  let current: Timer
  const first = setTimeout(() => {
    current = startTimer(delayMs - timerMaxMs, run)
  }, timerMaxMs)
  current = { cancel: () => clearTimeout(first) }
  return { cancel: () => current.cancel() }
}

function createDefer(): Clock['defer'] {
  let waiting: (() => void)[] = []
  const runAll = (): void => {
    const runs = waiting
    waiting = []
    let done = 0
    try {
      for (const run of runs) {
        done++
        run()
      }
    } finally {
      // one that throws must not take the others with it
      if (done < runs.length) {
        if (waiting.length === 0) setImmediate(runAll)
        waiting = [...runs.slice(done), ...waiting]
      }
    }
  }
  return run => {
    if (waiting.length === 0) setImmediate(runAll)
    waiting.push(run)
  }
}

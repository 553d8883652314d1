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

/**
 * What a deferred run defers again (frames gathered into one write, say) still runs in this turn: a turn of the loop for
 * each step would cost every hop of a write one more wait. Not without end, so that input is read in between.
 */
const roundsMax = 4

function createDefer(): Clock['defer'] {
  let waiting: (() => void)[] = []
  let isScheduled = false
  const schedule = (): void => {
    if (isScheduled || waiting.length === 0) return
    isScheduled = true
    setImmediate(runAll)
  }
  const runAll = (): void => {
    let runs: (() => void)[] = []
    let done = 0
    try {
      for (let round = 0; round < roundsMax && waiting.length > 0; round++) {
        runs = waiting
        waiting = []
        for (done = 0; done < runs.length; ) (runs[done++] as () => void)()
      }
    } finally {
      // one that throws must not take the others with it
      waiting = [...runs.slice(done), ...waiting]
      isScheduled = false
      schedule()
    }
  }
  return run => {
    waiting.push(run)
    schedule()
  }
}

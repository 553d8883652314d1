/** The first signal asks, the second one insists. */

import type { exitCodeOfSignal } from './exit.js'

type StopSignal = Parameters<typeof exitCodeOfSignal>[0]

const stopSignals: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

export interface SignalReactions {
  onFirst(signal: StopSignal): void
  onSecond(signal: StopSignal): void
}

/** Returns a function that goes back to what Node does by default. */
export function onStopSignals(reactions: SignalReactions): () => void {
  let seen = 0
  const on = (signal: StopSignal): void => {
    seen++
    if (seen === 1) reactions.onFirst(signal)
    else reactions.onSecond(signal)
  }
  for (const signal of stopSignals) process.on(signal, on)
  return () => {
    for (const signal of stopSignals) process.off(signal, on)
  }
}

/** Signals that ask a process to end: the first one politely, the second one means now. */

/** SIGHUP: the terminal was closed. */
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
export type TerminationSignal = (typeof signals)[number]

export interface Termination {
  /** The first signal: leave the cluster, then end. */
  readonly gracefully: (signal: TerminationSignal) => void
  /** Every further one: end without waiting. */
  readonly atOnce: (signal: TerminationSignal) => void
}

/** Returns the function that hands the signals back to the system. */
export function onTerminationSignals({ gracefully, atOnce }: Termination): () => void {
  let asked = false
  const onSignal = (signal: NodeJS.Signals): void => {
    const run = asked ? atOnce : gracefully
    asked = true
    run(signal as TerminationSignal)
  }
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

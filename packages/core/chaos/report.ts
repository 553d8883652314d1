/** What a chaos run found: whether every answer was right, and how long each kind of fault made calls wait. */

import { type Call, callText, type History } from '../sim/history.js'
import { checkKey, firstImpossible } from '../sim/linearizability.js'
import type { ChaosFault } from './faults.js'

export interface ChaosReport {
  readonly seed: number
  readonly seconds: number
  readonly members: number
  readonly clients: number
  /** Code or signal of each client process that ended by itself; another then took its place. */
  readonly clientsEnded: readonly string[]
  readonly calls: number
  readonly answered: number
  /** Calls whose outcome nobody was told, by the code or the class of the error that their callers got. */
  readonly unknown: Readonly<Record<string, number>>
  readonly keys: { readonly linearizable: number; readonly violation: number; readonly undecided: number }
  /** How often each fault came, and how long it made the unluckiest call wait: the median and the most of all times. */
  readonly faults: Readonly<Record<string, { readonly times: number; readonly waitP50Ms: number; readonly waitMaxMs: number }>>
  readonly calm: { readonly p50Ms: number; readonly p99Ms: number }
  /** Wrong answers, and times when the cluster did not become whole again. */
  readonly violations: readonly string[]
}

/** From the beginning of a fault until the cluster was whole again. */
export interface Struck {
  readonly kind: ChaosFault
  readonly fromMs: number
  readonly untilMs: number
}

type Run = Pick<ChaosReport, 'seed' | 'seconds' | 'members' | 'clients' | 'clientsEnded'>

export function reportOf(run: Run, history: History, struck: readonly Struck[], troubles: readonly string[]): ChaosReport {
  const { seed, seconds, members, clients, clientsEnded } = run
  const keys = { linearizable: 0, violation: 0, undecided: 0 }
  const violations = [...troubles]
  for (const [key, calls] of history.byKey()) {
    const verdict = checkKey(calls)
    keys[verdict]++
    if (verdict !== 'violation') continue
    const impossible = firstImpossible(calls)
    violations.push(`${key}: no order of its calls explains ${impossible === null ? 'the history' : callText(impossible)}`)
  }
  const answered = history.calls.filter(call => call.status === 'ok')
  const calm = answered.filter(call => !struck.some(fault => isDuring(call, fault))).map(waitOf)
  return {
    seed,
    seconds,
    members,
    clients,
    clientsEnded,
    calls: history.calls.length,
    answered: answered.length,
    unknown: unknownBy(history),
    keys,
    faults: waitsByKind(answered, struck),
    calm: { p50Ms: percentile(calm, 0.5), p99Ms: percentile(calm, 0.99) },
    violations,
  }
}

function unknownBy(history: History): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, error } of history.calls) {
    if (status !== 'open') continue
    const name = error?.split(':')[0] ?? 'no answer'
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

function waitsByKind(answered: readonly Call[], struck: readonly Struck[]): ChaosReport['faults'] {
  const waits = new Map<ChaosFault, number[]>()
  for (const fault of struck) {
    const longest = answered.reduce((most, call) => (isDuring(call, fault) ? Math.max(most, waitOf(call)) : most), 0)
    waits.set(fault.kind, [...(waits.get(fault.kind) ?? []), longest])
  }
  const entries = [...waits].map(([kind, ms]) => {
    return [kind, { times: ms.length, waitP50Ms: percentile(ms, 0.5), waitMaxMs: percentile(ms, 1) }] as const
  })
  return Object.fromEntries(entries)
}

const waitOf = (call: Call): number => call.answeredMs - call.askedMs

const isDuring = (call: Call, { fromMs, untilMs }: Struck): boolean => call.askedMs <= untilMs && call.answeredMs >= fromMs

function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Math.round((sorted[Math.floor((sorted.length - 1) * p)] ?? 0) * 10) / 10
}

/** The promises that are checked from outside, over what clients heard and what members say. */

import { isCobnutError } from '../src/base/errors.js'
import type { Cluster } from './cluster.js'
import { checkCopyReads } from './copy-reads.js'
import { withExpiry } from './expiry-model.js'
import { type Call, callText, type History } from './history.js'
import { checkKey, firstImpossible } from './linearizability.js'
import type { World } from './world.js'

export interface Violation {
  readonly promise:
    | 'agree'
    | 'complete'
    | 'linearizable'
    | 'durable'
    | 'converged'
    | 'live'
    | 'leaks'
    | 'broken'
    | 'error'
    | 'uncaught'
    | 'expired'
    | 'events'
    | 'locks'
    | 'copyReads'
  readonly text: string
}

/** Keys of one seed whose violation is explained; to find the impossible answer costs a few searches. */
const EXPLAINED_MAX = 3
/** Calls shown of a key that no order explains. */
const CALLS_SHOWN = 30

/** The client of the reads of `checkContents`. */
export const FINAL = 'final'

/** Every key for itself, which is enough: a history is linearizable exactly if that of each key is. */
export function checkHistory(history: History): { readonly violations: Violation[]; readonly undecided: number } {
  const violations: Violation[] = []
  let undecided = 0
  for (const [key, all] of history.byKey()) {
    violations.push(...checkCopyReads(all).map(text => ({ promise: 'copyReads', text }) as const))
    const calls = withExpiry(all.filter(({ action }) => action.name !== 'copyRead'))
    const verdict = checkKey(calls)
    if (verdict === 'undecided') undecided++
    if (verdict !== 'violation') continue
    const text = violations.length < EXPLAINED_MAX ? explain(key, calls) : `no order explains what clients heard of ${key}`
    violations.push({ promise: 'linearizable', text })
  }
  return { violations, undecided }
}

function explain(key: string, calls: readonly Call[]): string {
  const impossible = firstImpossible(calls)
  const until = calls.filter(call => impossible === null || call.askedOrder <= impossible.answeredOrder)
  const shown = until.slice(-CALLS_SHOWN).map(call => `  ${call === impossible ? '>' : ' '} ${callText(call)}`)
  return [`no order explains what clients heard of ${key}; the answer marked > cannot be:`, ...shown].join('\n')
}

export interface ContentPlan {
  readonly map: { readonly name: string; readonly backupCount: number; readonly asyncBackupCount: number }
  readonly members: number
  readonly lite: number
  readonly mayLose: boolean
}

/**
 * When everything is healed: every key can be read by every member, with answers that become part of the history, and
 * the members together hold each entry once as owner and as often as configured as backup.
 */
export async function checkContents(
  world: World,
  cluster: Cluster,
  keys: readonly string[],
  history: History,
  plan: ContentPlan,
  withinMs: number,
): Promise<Violation[]> {
  const { name, backupCount, asyncBackupCount } = plan.map
  let present = 0
  for (const [i, key] of keys.entries()) {
    const { host, member } = cluster.running()[i % cluster.running().length]!
    const call = history.ask(FINAL, key, { name: 'get' }, world.nowMs)
    // what a slow link still has under way may take longer than calls wait; what is lost is said only when they end
    const patience = plan.mayLose ? {} : { timeoutMs: withinMs / 2 }
    const read = host.start(() => member!.map(name).get(key, patience))
    try {
      const value = await world.settle(read, withinMs)
      history.ok(call, value, world.nowMs)
      if (value !== null) present++
    } catch (error) {
      // who comes back late is given copies while this is asked: what is lost is lost all the same
      const isLost = (): boolean => cluster.running().some(seat => seat.member!.word().safeButLost)
      if (plan.mayLose && isCobnutError(error) && (error.code === 'PARTITION_LOST' || isLost())) {
        history.failed(call, error.code, world.nowMs)
        continue
      }
      return [{ promise: 'live', text: `after everything was healed get(${key}) at ${host.name} failed: ${String(error)}` }]
    }
  }
  const sum = (pick: 'owned' | 'backups'): number => {
    return cluster.running().reduce((all, { member }) => all + member!.entries(name)[pick], 0)
  }
  const copies = Math.min(backupCount + asyncBackupCount, plan.members - plan.lite - 1)
  const isConverged = (): boolean => sum('owned') === present && sum('backups') === present * copies
  if (await world.runUntil(isConverged, withinMs)) return []
  const text = `${present} entries can be read; members own ${sum('owned')} and keep ${sum('backups')} as backups instead of ${present * copies}`
  return [{ promise: 'converged', text }]
}

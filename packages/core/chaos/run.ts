/**
 * Real processes under faults: members are killed, stopped, kept busy, restarted and joined, and the links between them cut, slowed
 * and reset, while calls go through every member and through clients of Hazelcast. At the end the history of every key is
 * checked: each answer has to be one that a single map could have given.
 */

import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { History } from '../sim/history.js'
import { Prng } from '../src/base/prng.js'
import { Clients } from './clients.js'
import { ChaosCluster } from './cluster.js'
import { type ChaosFault, chaosFaults, faults } from './faults.js'
import { Load } from './load.js'
import { type ChaosReport, reportOf, type Struck } from './report.js'
import type { Worker } from './worker.js'

const callersPerMember = 2
const callersPerClient = 2
const breakMsMax = 1500

export interface ChaosOptions {
  readonly seconds: number
  readonly members: number
  /** Processes with Hazelcast's client beside the embedded callers; 0 where the package `hazelcast-client` is not installed. */
  readonly clients: number
  readonly seed: number
  /** The user's configuration; null = one with `backupCount` backups of every map. What it says of the map is then asked. */
  readonly file: string | null
  readonly map: string
  readonly backupCount: number
  /** Only these; empty = all. */
  readonly kinds: readonly ChaosFault[]
  /** Directory for what members log; null = it is not kept. */
  readonly logs: string | null
  /** What is wrong with every member on purpose, to see that it is found: see `plants.ts`. */
  readonly plant?: string
  readonly onLine: (text: string) => void
}

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { members, file, backupCount, clients, map, logs, plant = null, onLine } = options
  const random = new Prng(options.seed)
  const history = new History()
  const troubles: string[] = []
  const struck: Struck[] = []
  const cluster = await ChaosCluster.start({ members, file, backupCount, map, logs, plant })
  const settings = { clusterName: cluster.clusterName, addresses: cluster.addresses.slice(0, members) }
  const processes = new Clients(clients, settings)
  try {
    await processes.started()
    const load = new Load(history, map, random.fork(), file === null)
    const picks = random.fork()
    const anyMember = (): Worker | null => (cluster.running.length === 0 ? null : picks.pick(cluster.running).worker)
    const loads: Promise<void>[] = []
    for (let i = 0; i < clients * callersPerClient; i++) loads.push(load.run(`client${i + 1}`, () => processes.at(i % clients)))
    for (let i = 0; i < members * callersPerMember; i++) loads.push(load.run(`member${i + 1}`, anyMember))
    await strike(cluster, random.fork(), options, struck, troubles)
    load.stop()
    await Promise.all(loads)
    await cluster.whole().catch((error: unknown) => troubles.push(`in the end: ${String(error)}`))
    const worker = anyMember()
    if (worker !== null) await load.readAll(worker).catch((error: unknown) => troubles.push(`the last reads: ${String(error)}`))
  } finally {
    await processes.close()
    await cluster.close()
  }
  onLine(`checking ${history.calls.length} calls`)
  return reportOf({ ...options, clientsEnded: processes.ended }, history, struck, troubles)
}

async function strike(
  cluster: ChaosCluster,
  random: Prng,
  { seconds, kinds, members, onLine }: ChaosOptions,
  struck: Struck[],
  troubles: string[],
): Promise<void> {
  // Of five members five vote, of fewer three: their majority has to live. Without a backup nobody may be killed.
  const lossesMax = Math.min(cluster.backupCount, members >= 5 ? 2 : 1)
  const among = (kinds.length > 0 ? kinds : chaosFaults).filter(kind => kind !== 'kill' || lossesMax > 0)
  const endMs = performance.now() + seconds * 1000
  while (performance.now() < endMs && among.length > 0) {
    await sleep(200 + random.below(breakMsMax))
    const kind = random.pick(among)
    const fromMs = performance.now()
    try {
      await faults[kind]({ cluster, random, lossesMax })
      const overMs = performance.now()
      await cluster.whole()
      const again = Math.round(performance.now() - overMs)
      onLine(`${kind} for ${Math.round(overMs - fromMs)} ms, whole again ${again} ms later`)
    } catch (error) {
      // the load goes on; whatever does not become whole again is a finding
      troubles.push(`${kind}: ${String(error)}`)
      onLine(`${kind}: ${String(error)}`)
      cluster.links.heal()
    }
    struck.push({ kind, fromMs, untilMs: performance.now() })
  }
}

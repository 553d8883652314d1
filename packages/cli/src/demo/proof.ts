/**
 * The proof that nothing is lost: a member that owns a third of the data is killed, and everything is read back.
 *
 *   load --> wait for all copies --> SIGKILL --> first write to one of its partitions --> all copies again --> compare
 *                                       |-- failoverMs ------------|                           |
 *                                       |-- restoredMs ----------------------------------------|
 */

import type { MemberStatus } from 'cobnut'
import { parseAddress } from '../address.js'
import type { DevCluster } from '../dev-cluster.js'
import { CommandError } from '../exit.js'
import { MemberClient } from '../http-client.js'
import type { MemberProcess } from '../member-process.js'
import { compare, load, type OnProgress } from './data-set.js'
import type { ConnectDemoClient, DemoClient, DemoRecord } from './demo-client.js'

export interface Proof {
  readonly entries: number
  readonly lost: number
  readonly changed: number
  /** From the kill to the first acknowledged write to a partition that the killed member owned. */
  readonly failoverMs: number
  /** From the kill until no partition group is short of a copy. */
  readonly restoredMs: number
}

export interface ProofOptions {
  readonly cluster: DevCluster
  readonly connect: ConnectDemoClient
  readonly clusterName: string
  readonly map: string
  readonly records: readonly DemoRecord[]
  /** A new step, in words. */
  onStep(text: string): void
  readonly onProgress: OnProgress
}

/** In the same partitions as the data, and of the same backup counts. */
const probeMap = 'failover-probes'
const probeEveryMs = 10
const askEveryMs = 20
/** A cluster that needs longer to have all its copies is broken, not slow. */
const copiesLimitMs = 120_000
const failoverLimitMs = 60_000

export async function prove(options: ProofOptions): Promise<Proof> {
  const { cluster, connect, clusterName, map, records, onStep, onProgress } = options
  const addresses = cluster.members.map(({ address }) => address)
  const client = await connect(addresses, clusterName)
  try {
    onStep(`loading ${records.length} records through hazelcast-client`)
    await load(client, map, records, onProgress)
    await allCopies(cluster)
    const victim = cluster.members[1] as MemberProcess
    const keys = keysOwnedBy(victim, client, records)
    // declares the map, so that afterwards only the failover is measured
    await client.set(probeMap, keys[0] as number, '0')
    onStep(`killing the member at ${victim.address} with SIGKILL`)
    const killedMs = performance.now()
    victim.kill()
    await victim.ended
    const [failedOverMs, restoredMs] = await Promise.all([firstWrite(client, keys), allCopies(cluster)])
    onStep(`reading ${records.length} records back`)
    const comparison = await compareAnew(options)
    return { ...comparison, failoverMs: Math.round(failedOverMs - killedMs), restoredMs: Math.round(restoredMs - killedMs) }
  } finally {
    await client.close()
  }
}

export const isProven = ({ entries, lost, changed }: Proof, records: number): boolean =>
  lost === 0 && changed === 0 && entries === records

/** Through a client that has seen nothing of the old cluster. */
async function compareAnew({
  cluster,
  connect,
  clusterName,
  map,
  records,
  onProgress,
}: ProofOptions): ReturnType<typeof compare> {
  const addresses = cluster.living.map(({ address }) => address)
  const client = await connect(addresses, clusterName)
  try {
    return await compare(client, map, records, onProgress)
  } finally {
    await client.close()
  }
}

function keysOwnedBy(member: MemberProcess, client: DemoClient, records: readonly DemoRecord[]): number[] {
  const keys = records.map(({ key }) => key).filter(key => client.ownerOf(key) === member.uuid)
  if (keys.length === 0)
    throw new CommandError(`the member at ${member.address} owns none of the records: killing it proves nothing`)
  return keys
}

/**
 * When the first write to a partition of a dead member succeeded. A client tries a call again only after a pause of its own;
 * starting another one every few milliseconds measures the cluster and not that pause.
 */
async function firstWrite(client: DemoClient, keys: readonly number[]): Promise<number> {
  const startMs = performance.now()
  return new Promise((resolve, reject) => {
    let n = 0
    let lastError: unknown
    const timer = setInterval(() => {
      const key = keys[n++ % keys.length] as number
      client.set(probeMap, key, String(n)).then(
        () => finish(() => resolve(performance.now())),
        (error: unknown) => {
          lastError = error
        },
      )
      if (performance.now() - startMs > failoverLimitMs) {
        finish(() => reject(new CommandError(`no write succeeded within ${failoverLimitMs} ms: ${lastError}`)))
      }
    }, probeEveryMs)
    const finish = (settle: () => void): void => {
      clearInterval(timer)
      settle()
    }
  })
}

/** When every living member has seen that all copies are in place, and that nobody else is a member. */
async function allCopies(cluster: DevCluster): Promise<number> {
  const { living } = cluster
  const clients = living.map(({ address }) => new MemberClient(parseAddress(address)))
  const deadlineMs = performance.now() + copiesLimitMs
  for (;;) {
    const statuses = await Promise.all(clients.map(client => client.status()))
    if (statuses.every(status => hasAllCopies(status, living.length))) return performance.now()
    if (performance.now() > deadlineMs) {
      const seen = statuses.map(({ address, members, groups }) => ({ address, members: members.length, groups }))
      throw new CommandError(`not all copies were in place after ${copiesLimitMs} ms: ${JSON.stringify(seen)}`)
    }
    await new Promise(resume => setTimeout(resume, askEveryMs))
  }
}

function hasAllCopies({ members, groups }: MemberStatus, membersWanted: number): boolean {
  return members.length === membersWanted && groups.underReplicated + groups.unavailable + groups.lost + groups.copying === 0
}

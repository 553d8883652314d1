/**
 * For every fault that can be planted, and every rule that can be turned off: which promise has to be found broken, and within
 * how many seeds.
 */

import { rules } from './rules.js'
import { runSeed } from './run-seed.js'
import { type Plan, planFor } from './swarm.js'

type Promised =
  | 'agree'
  | 'complete'
  | 'linearizable'
  | 'leaks'
  | 'broken'
  | 'durable'
  | 'live'
  | 'converged'
  | 'locks'
  | 'copyReads'

export interface Expectation {
  readonly plant: string
  /** The rule that is off; null: none of the protocol's own. */
  readonly rule: string | null
  /** Any of these. */
  readonly promises: readonly Promised[]
  /** From 1 on. */
  readonly seeds: number
  readonly plan: (seed: number) => Plan
}

const brief = (seed: number): Plan => ({ ...planFor(seed), faultMs: 5000 })

const locking = (seed: number): Plan => ({ ...brief(seed), locking: { clients: 4, keys: 1, holdMs: 20 } })

/** Three members and one backup, hit so often that rare moments come. */
function stormy(seed: number): Plan {
  const basic = planFor(seed)
  return {
    ...basic,
    members: 3,
    oneMachine: false,
    knobs: { ...basic.knobs, initialMinClusterSize: 2 },
    map: { ...basic.map, backupCount: 1, asyncBackupCount: 0, readBackupData: false },
    lossesMax: 1,
    workload: { ...basic.workload, clients: 8, readers: 3, readTimeoutMs: 100, thinkMs: 2 },
    nemesis: { ...basic.nemesis, kinds: ['crash', 'pause', 'isolate', 'oneWay', 'reset'], gapMs: 300 },
    faultMs: 8000,
  }
}

/** Owners are replaced when they are silent for half a second: what an earlier one has sent comes late. */
function restless(seed: number): Plan {
  const storm = stormy(seed)
  const timing = { leaseMs: 400, heartbeatIntervalMs: 50, suspectAfterMs: 480 }
  return {
    ...storm,
    knobs: { ...storm.knobs, ...timing, partitionCount: 7 },
    nemesis: { ...storm.nemesis, leaseMs: timing.leaseMs },
  }
}

/** A cluster in which a lease that lasts too long is likely to be read under. */
function isolating(seed: number): Plan {
  const storm = stormy(seed)
  const leaseMs = 2000
  return {
    ...storm,
    knobs: { ...storm.knobs, leaseMs, heartbeatIntervalMs: 250, suspectAfterMs: 2400, partitionCount: 3 },
    workload: {
      ...planFor(seed).workload,
      clients: 8,
      readers: 5,
      readTimeoutMs: 100,
      mix: [
        [1, 'get'],
        [1, 'set'],
      ],
    },
    nemesis: { kinds: ['isolate'], gapMs: 1200, leaseMs, clockDrift: 0 },
    faultMs: 15_000,
  }
}

/** Copies behind a link that is cut for long, which clients beside them go on reading. */
const reading = (seed: number): Plan => {
  const plan = isolating(seed)
  return { ...plan, map: { ...plan.map, asyncBackupCount: 1 }, copyReaders: 4 }
}

const querying = (seed: number): Plan => {
  const plan = brief(seed)
  return {
    ...plan,
    map: { ...plan.map, isIndexed: true },
    workload: { ...plan.workload, mix: [...plan.workload.mix, [2, 'query']] },
  }
}

/** What clients see, and what members hold. */
const atHeart: readonly Promised[] = ['agree', 'complete', 'linearizable', 'broken']

/** Copies are taken out of the in-sync set, and filled again, many times over: two of three are not needed to acknowledge. */
function shrinking(seed: number): Plan {
  const storm = stormy(seed)
  const timing = { leaseMs: 2000, heartbeatIntervalMs: 250, suspectAfterMs: 6000, backupAckTimeoutMs: 150 }
  return {
    ...storm,
    members: 5,
    map: { ...storm.map, backupCount: 2 },
    lossesMax: 2,
    knobs: { ...storm.knobs, ...timing, minSync: 0, partitionCount: 7, initialMinClusterSize: 3 },
    // cuts of some hundred milliseconds: longer than a copy has for its answer, and shorter than a suspicion takes
    nemesis: { ...storm.nemesis, leaseMs: 400, kinds: ['oneWay', 'isolate'], gapMs: 200 },
  }
}

/** Suspected long before a lease is over, which the leader then has to wait for. */
function hasty(seed: number): Plan {
  const plan = isolating(seed)
  return { ...plan, knobs: { ...plan.knobs, suspectAfterMs: 500 } }
}

const of = (plant: string, promises: readonly Promised[], seeds: number, plan: Expectation['plan']): Expectation => ({
  plant,
  rule: rules[plant]?.rule ?? (plant === 'sameIds' ? 'R11' : null),
  promises,
  seeds,
  plan,
})

export const expectations: readonly Expectation[] = [
  of('ackEarly', ['linearizable'], 10, brief),
  of('staleReads', ['linearizable'], 5, brief),
  of('writeTwice', ['linearizable'], 10, brief),
  of('slowClock', ['linearizable'], 30, isolating),
  of('lostTimer', ['leaks'], 5, brief),
  of('everybodyLocks', ['locks'], 5, locking),
  of('orphanLocks', ['locks'], 5, locking),
  of('staleProposals', atHeart, 80, shrinking),
  of('noBarrier', atHeart, 10, stormy),
  of('noAcks', atHeart, 5, stormy),
  of('ackUnlogged', atHeart, 10, stormy),
  of('addLearners', atHeart, 10, stormy),
  of('noMark', atHeart, 40, stormy),
  of('noFence', atHeart, 80, restless),
  of('dirtyReads', atHeart, 30, stormy),
  of('unconfirmedReads', ['linearizable'], 20, isolating),
  of('agelessCopies', ['copyReads'], 10, reading),
  of('blindSessions', ['copyReads'], 10, reading),
  of('leakyIndexes', ['linearizable'], 30, querying),
  of('noMatching', atHeart, 200, stormy),
  of('forgetful', atHeart, 5, stormy),
  of('sameIds', ['linearizable', 'broken', 'durable'], 15, stormy),
  of('noLeaseWait', ['linearizable'], 10, hasty),
]

/** The first seed that finds it, and by what; null: none within the budget. */
export async function firstToFind({
  plant,
  promises,
  seeds,
  plan,
}: Expectation): Promise<{ readonly seed: number; readonly promise: string } | null> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = await runSeed({ seed, plant, plan: plan(seed) })
    const found = violations.find(({ promise }) => (promises as readonly string[]).includes(promise))
    if (found !== undefined) return { seed, promise: found.promise }
  }
  return null
}

/**
 * What not every run has: clusters of any size, members without data, other numbers of copies, values that live for a limited
 * time, listeners, `clear`, and more losses than there are copies. Drawn apart from the basic plan, and then made to fit.
 */

import { Prng } from '../src/base/prng.js'
import { type FaultKind, faultKinds } from './faults.js'
import { mild, type Plan, planFor } from './swarm.js'
import type { Mix } from './workload.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const lossy: readonly FaultKind[] = ['crash', 'powerLoss']
/** A cluster of one has no links, and whoever leaves it takes everything along. */
const alone: readonly FaultKind[] = ['pause', 'wallJump', 'clockRate']
/** Two members survive a loss only if it is proved while a lease runs: nothing else may go on then. */
const paired: readonly FaultKind[] = ['crash', 'reset', 'clockRate', 'leave']

/** Whatever happens twice, or not at all, stays to be seen. */
const appending: Mix = [
  [3, 'get'],
  [4, 'append'],
  [1, 'putIfAbsent'],
]

export function variedPlan(seed: number): Plan {
  const random = new Prng(seed ^ 0x7a21ed)
  return fitted(drawn(seed, random), random)
}

/** One kind of fault, often, and at most two others: finds in minutes what all kinds together meet once in an hour. */
export function aimedPlan(seed: number, kind: FaultKind): Plan {
  const random = new Prng(seed ^ 0x7a21ed)
  const plan = drawn(seed, random)
  // alone there is nobody to leave, and nobody to be cut off from
  if (plan.members === 1) plan.members = 2
  const others = random.shuffled(faultKinds.filter(other => other !== kind)).slice(0, random.below(3))
  plan.nemesis = { ...plan.nemesis, kinds: [kind, ...others], gapMs: random.pick([300, 700, 1200]) }
  return fitted(plan, random)
}

function drawn(seed: number, random: Prng): Mutable<Plan> {
  const plan: Mutable<Plan> = { ...planFor(seed) }
  if (random.chance(1, 3)) plan.members = random.pick([1, 2, 2, 3, 6, 7])
  if (plan.members >= 2 && random.chance(1, 5)) {
    plan.members++
    plan.lite = 1
  }
  if (random.chance(1, 3)) plan.map = { ...plan.map, backupCount: random.pick([0, 0, 1, 2, 3]) }
  // such a map answers reads from whatever copy there is, however old
  if (plan.map.backupCount === 0 && plan.map.asyncBackupCount > 0) plan.map = { ...plan.map, readBackupData: false }
  if (random.chance(1, 5)) giveTimeLimits(plan, random)
  if (random.chance(1, 4)) plan.listeners = 1 + random.below(2)
  if (random.chance(1, 8)) plan.workload = { ...plan.workload, mix: [...plan.workload.mix, [1, 'clear'], [3, 'putAll']] }
  plan.faultMs = random.pick([6000, 10_000, 15_000])
  plan.mayLose = plan.members - plan.lite >= 3 && random.chance(1, 8)
  if (plan.mayLose) giveFewCopies(plan, random)
  // what is appended to is no value that one call wrote, as listeners are judged by
  if (plan.listeners === 0 && plan.workload.ttlsMs.length === 0 && random.chance(1, 5))
    plan.workload = { ...plan.workload, mix: appending }
  if (!plan.mayLose) plan.locking = drawLocking(new Prng(seed ^ 0x10c5), plan.locking)
  if (!plan.mayLose && plan.map.backupCount > 0) plan.backupChangeGapMs = drawBackupChanges(new Prng(seed ^ 0xbac0))
  if (new Prng(seed ^ 0x1d8).chance(1, 6)) giveIndex(plan)
  if (!plan.mayLose && maySeeCopies(plan)) plan.copyReaders = drawCopyReaders(new Prng(seed ^ 0xc0b1))
  return plan
}

function giveIndex(plan: Mutable<Plan>): void {
  plan.map = { ...plan.map, isIndexed: true }
  plan.workload = { ...plan.workload, mix: [...plan.workload.mix, [2, 'query']] }
}

/** Values that each one call has written, that stay until another one comes, and no copy that takes over with old ones. */
const maySeeCopies = ({ workload, map }: Plan): boolean =>
  workload.mix.every(([, name]) => name !== 'append') && workload.ttlsMs.length === 0 && map.backupCount > 0

const drawCopyReaders = (random: Prng): number => (random.chance(1, 4) ? 1 + random.below(3) : 0)

/** All clocks run true, so that it is known when a value may vanish at the earliest. */
function giveTimeLimits(plan: Mutable<Plan>, random: Prng): void {
  plan.world = { ...plan.world, clockDrift: 0, wallErrorMs: 0 }
  plan.workload = { ...plan.workload, ttlsMs: [random.pick([5, 50]), random.pick([300, 1500])] }
  const kinds = plan.nemesis.kinds.filter(kind => kind !== 'wallJump' && kind !== 'clockRate')
  plan.nemesis = { ...plan.nemesis, clockDrift: 0, kinds: kinds.length > 0 ? kinds : ['pause'] }
}

function drawLocking(random: Prng, none: Plan['locking']): Plan['locking'] {
  if (!random.chance(1, 4)) return none
  return { clients: 2 + random.below(5), keys: random.pick([1, 1, 3]), holdMs: random.pick([3, 20, 100]) }
}

function drawBackupChanges(random: Prng): number {
  return random.chance(1, 8) ? random.pick([400, 1500, 4000]) : 0
}

/** An asynchronous copy that takes over goes back in time, as is its nature: so there are none. */
function giveFewCopies(plan: Mutable<Plan>, random: Prng): void {
  const backupCount = votersLost(plan.members) > 1 ? random.below(2) : 0
  plan.map = { ...plan.map, backupCount, asyncBackupCount: 0 }
  plan.nemesis = { ...plan.nemesis, kinds: [...new Set<FaultKind>([...plan.nemesis.kinds, 'crash'])] }
}

/** Of so many members three or five vote, and their majority has to live. */
const votersLost = (members: number): number => (members >= 5 ? 2 : members >= 3 ? 1 : 0)

/**
 * A window of one page is no network for many: what they have to say to each other would take minutes. Nor is it one for anybody
 * when every 30th piece stalls for 300 ms: it carries some 13 KB in a second, and no frame of records within its time. And where
 * nobody may be counted out, no dial is lost: after a reset both may be, and a short lease is over before the next.
 */
function weatherFor({ members, world }: Plan, isStale: boolean): Plan['world']['weather'] {
  if (world.weather === undefined) return undefined
  const weather = isStale ? { ...world.weather, dialLostOneIn: 0 } : world.weather
  const { tailOneIn = 0, tailMs = 0 } = weather
  const isTooSlow = tailOneIn > 0 && tailOneIn <= 30 && tailMs >= 300
  return members >= 6 || isTooSlow ? { ...weather, windowBytes: 256 * 1024 } : weather
}

function fitted(plan: Mutable<Plan>, random: Prng): Plan {
  const { members, lite, oneMachine, world, nemesis } = plan
  const isPair = members === 2
  const survivesPair = isPair && oneMachine && world.provesDeath === true
  const voters = survivesPair ? 1 : votersLost(members)
  const lossesMax = plan.mayLose ? voters : Math.min(voters, plan.map.backupCount, members - lite - 1)
  // what asynchronous copies alone answer is as old as it is, also of one that goes on for a member that was counted out
  const isStale = plan.map.backupCount === 0 && plan.map.asyncBackupCount > 0
  const isAllowed = (kind: FaultKind): boolean => {
    if (members === 1) return alone.includes(kind)
    // it would not be known when a value may vanish
    if (kind === 'wallJump' && plan.workload.ttlsMs.length > 0) return false
    if (isStale && !mild.has(kind)) return false
    if (survivesPair && lossesMax > 0) return paired.includes(kind)
    return lossesMax > 0 || !lossy.includes(kind)
  }
  const spare = (): readonly FaultKind[] => {
    if (members === 1) return ['pause']
    if (isStale) return ['leave', 'reset']
    return survivesPair && lossesMax > 0 ? ['crash', 'leave'] : ['pause', 'isolate']
  }
  const weather = weatherFor(plan, isStale)
  const kinds = nemesis.kinds.filter(isAllowed)
  return {
    ...plan,
    map: isStale ? { ...plan.map, readBackupData: false } : plan.map,
    world: weather === undefined ? world : { ...world, weather },
    lossesMax,
    nemesis: { ...nemesis, kinds: kinds.length > 0 ? kinds : [random.pick(spare())] },
    knobs: { ...plan.knobs, initialMinClusterSize: Math.floor(members / 2) + 1 },
  }
}

/** Names of what a plan has that not every run has. */
export function featuresOf(plan: Plan): string[] {
  const { members, lite, map, workload, listeners, locking, copyReaders, mayLose, backupChangeGapMs } = plan
  const features = [`members${members}`, `backups${map.backupCount}`]
  const present: readonly (readonly [boolean, string])[] = [
    [lite > 0, 'lite'],
    [map.asyncBackupCount > 0, 'async'],
    [map.readBackupData, 'backupReads'],
    [workload.ttlsMs.length > 0, 'timeLimits'],
    [workload.mix.some(([, name]) => name === 'clear'), 'clear'],
    [workload.mix.some(([, name]) => name === 'append'), 'append'],
    [map.isIndexed === true, 'queries'],
    [listeners > 0, 'listeners'],
    [locking.clients > 0, 'locks'],
    [copyReaders > 0, 'copyReads'],
    [backupChangeGapMs > 0, 'backupChanges'],
    [mayLose, 'mayLose'],
  ]
  return [...features, ...present.flatMap(([is, name]) => (is ? [name] : []))]
}

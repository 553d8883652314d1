/**
 * What one seed stands for: the cluster, its weather, its configuration, the work and the faults. Everything is drawn
 * first, so that a run can be described before it begins; what is absent matters as much as what is there. Here is drawn
 * what every run has; `variety.ts` changes some of it.
 */

import type { Knobs } from '../src/api/config.js'
import { Prng } from '../src/base/prng.js'
import { type FaultKind, faultKinds } from './faults.js'
import { fairWeather, type Weather } from './link.js'
import type { NemesisOptions } from './nemesis.js'
import type { SimMapOptions } from './sim-config.js'
import type { Mix, WorkloadOptions } from './workload.js'
import type { WorldOptions } from './world.js'

export interface Plan {
  readonly members: number
  /** Of these, members without data: the last ones. */
  readonly lite: number
  readonly oneMachine: boolean
  /** All processes begin within milliseconds; else the first member is there before the others look for it. */
  readonly startsAtOnce: boolean
  readonly world: WorldOptions
  readonly knobs: Partial<Knobs>
  readonly map: SimMapOptions
  readonly workload: WorkloadOptions
  readonly nemesis: NemesisOptions
  /** Members that may be lost at once. */
  readonly lossesMax: number
  /** More than the copies survive: what is lost has to be told, and nothing else may be wrong. */
  readonly mayLose: boolean
  /** Clients that listen to the entries. */
  readonly listeners: number
  /** Clients that lock keys of their own. */
  readonly locking: { readonly clients: number; readonly keys: number; readonly holdMs: number }
  /** Clients that read whatever copy there is. */
  readonly copyReaders: number
  /** Mean time between two changes of the map's backup counts; 0 = there are none. */
  readonly backupChangeGapMs: number
  /** Virtual time under faults. */
  readonly faultMs: number
}

/** The most that clock rates may differ from the truth: what the leases are computed with, less a hair. */
const CLOCK_DRIFT_MAX = 0.049

const mixes: readonly Mix[] = [
  // a register without removes: nothing explains a value that is gone
  [
    [4, 'get'],
    [2, 'set'],
    [2, 'put'],
  ],
  // compare and set: a write done twice, or taken back, shows
  [
    [3, 'get'],
    [3, 'replaceIfSame'],
    [1, 'putIfAbsent'],
    [1, 'put'],
  ],
  // everything
  [
    [4, 'get'],
    [1, 'containsKey'],
    [2, 'put'],
    [2, 'set'],
    [1, 'putIfAbsent'],
    [1, 'replace'],
    [1, 'replaceIfSame'],
    [1, 'remove'],
    [1, 'removeIfSame'],
    [1, 'delete'],
  ],
  // several keys at a time
  [
    [2, 'get'],
    [2, 'getAll'],
    [2, 'putAll'],
    [1, 'set'],
    [1, 'remove'],
  ],
]

/** The basic plan. Seeds found before there was more variety rest on it. */
export function planFor(seed: number): Plan {
  // Not the generator of the world: a draw more here shall not change what happens there.
  const random = new Prng(seed ^ 0x5eed)
  const members = random.pick([3, 3, 4, 5])
  const oneMachine = random.chance(1, 3)
  const backupCount = members >= 4 && random.chance(1, 3) ? 2 : 1
  const leaseMs = random.pick([400, 1000, 2000])
  const clients = 2 + random.below(7)
  const clockDrift = random.chance(1, 2) ? CLOCK_DRIFT_MAX : 0
  return {
    members,
    lite: 0,
    oneMachine,
    startsAtOnce: random.chance(1, 2),
    world: {
      weather: drawWeather(random),
      clockDrift,
      wallErrorMs: random.pick([0, 1000, 3_600_000]),
      timerLag: random.pick([
        { usualMs: 1, rareMs: 8 },
        { usualMs: 1, rareMs: 120 },
      ]),
      provesDeath: random.chance(3, 4),
    },
    knobs: {
      partitionCount: random.pick([1, 3, 7]),
      leaseMs,
      heartbeatIntervalMs: Math.round(leaseMs / 8),
      suspectAfterMs: Math.round(leaseMs * random.pick([1.2, 1.5, 3])),
      backupAckTimeoutMs: random.pick([150, 500, 1000]),
      callTimeoutMs: random.pick([3000, 10_000]),
      joinWindowMs: 300,
      // Fewer could not tell a cut network from an empty one, and would found a second cluster.
      initialMinClusterSize: Math.floor(members / 2) + 1,
    },
    map: {
      name: 'registers',
      backupCount,
      asyncBackupCount: random.pick([0, 0, 1]),
      readBackupData: random.chance(1, 3),
    },
    workload: {
      map: 'registers',
      clients,
      readers: random.below(clients),
      readTimeoutMs: random.pick([100, 500, 3000]),
      keys: random.pick([1, 4, 12]),
      callsPerKeyMax: 150,
      mix: random.pick(mixes),
      thinkMs: random.pick([2, 10, 40]),
      ttlsMs: [],
    },
    nemesis: { kinds: drawKinds(random), gapMs: random.pick([300, 1200, 4000]), leaseMs, clockDrift },
    // Of five members five vote, of fewer three: their majority has to live.
    lossesMax: Math.min(backupCount, members >= 5 ? 2 : 1),
    mayLose: false,
    listeners: 0,
    locking: { clients: 0, keys: 1, holdMs: 20 },
    copyReaders: 0,
    backupChangeGapMs: 0,
    faultMs: 15_000,
  }
}

/** These never get a member counted out, and so leave room for real losses. */
export const mild: ReadonlySet<FaultKind> = new Set(['crash', 'powerLoss', 'leave', 'reset', 'wallJump', 'clockRate'])

function drawKinds(random: Prng): FaultKind[] {
  const among = random.chance(2, 5) ? faultKinds.filter(kind => mild.has(kind)) : faultKinds
  const kinds = among.filter(() => random.chance(2, 5))
  return kinds.length > 0 ? kinds : [random.pick(among)]
}

function drawWeather(random: Prng): Weather {
  return {
    ...fairWeather,
    baseMs: random.pick([0.05, 0.5, 5]),
    jitterMs: random.pick([0.1, 2, 10]),
    tailOneIn: random.pick([0, 200, 30]),
    tailMs: random.pick([20, 300]),
    bytesPerMs: random.pick([100_000, 1000]),
    chopOneIn: random.pick([0, 16, 3]),
    splitOneIn: random.pick([1, 4]),
    dialLostOneIn: random.pick([0, 0, 8]),
    windowBytes: random.pick([4096, 256 * 1024]),
  }
}

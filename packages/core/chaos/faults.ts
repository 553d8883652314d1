/** What is done to a cluster of real processes, one thing at a time, each begun and ended here. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Prng } from '../src/base/prng.js'
import type { ChaosCluster, Seat } from './cluster.js'
import type { Worker } from './worker.js'

export interface FaultContext {
  readonly cluster: ChaosCluster
  readonly random: Prng
  /** Members that may be killed at once. */
  readonly lossesMax: number
}

type Taken = Seat & { worker: Worker }

/** Between `from` and `to`, small ones as likely as large ones. */
const spread = (random: Prng, from: number, to: number): number => from * (to / from) ** random.float()

const anyOf = ({ cluster, random }: FaultContext): Taken => random.pick(cluster.running) as Taken

const othersOf = ({ cluster }: FaultContext, { index }: Seat): number[] =>
  cluster.running.map(seat => seat.index).filter(other => other !== index)

const faultTable = {
  /** SIGKILL, and a new process some time later. */
  kill: async ({ cluster, random, lossesMax }) => {
    const victims = random.shuffled(cluster.running).slice(0, 1 + random.below(lossesMax))
    await Promise.all(victims.map(seat => cluster.kill(seat)))
    await sleep(spread(random, 20, 4000))
    await Promise.all(victims.map(seat => cluster.seat(seat)))
  },
  /** SIGSTOP and SIGCONT. */
  pause: async context => {
    const { worker } = anyOf(context)
    worker.signal('SIGSTOP')
    await sleep(spread(context.random, 100, 8000))
    worker.signal('SIGCONT')
  },
  /** The event loop of a member runs nothing else. */
  stall: async context => {
    await anyOf(context).worker.ask({ type: 'stall', forMs: spread(context.random, 50, 4000) })
  },
  /** A member leaves in good order, and another comes. */
  restart: async context => {
    const seat = anyOf(context)
    await context.cluster.leave(seat)
    await context.cluster.seat(seat)
  },
  /** Every member, one after the other, as a new version is rolled out. */
  rolling: async ({ cluster }) => {
    for (const seat of cluster.running) {
      await cluster.leave(seat)
      await cluster.seat(seat)
      await cluster.whole()
    }
  },
  /** One member more, which leaves again. */
  join: async ({ cluster, random }) => {
    const spare = cluster.seats.find(({ worker }) => worker === null) as Seat
    await cluster.seat(spare)
    await sleep(spread(random, 20, 2000))
    await cluster.leave(spare)
  },
  /** A member hears nobody and is heard by nobody; clients reach it. */
  cut: async context => {
    const { links } = context.cluster
    const seat = anyOf(context)
    for (const other of othersOf(context, seat)) {
      links.cut(seat.index, other)
      links.cut(other, seat.index)
    }
    await sleep(spread(context.random, 100, 8000))
    links.heal()
  },
  /** A member is heard and hears nobody, or the other way round. */
  oneWay: async context => {
    const { cluster, random } = context
    const seat = anyOf(context)
    const isDeaf = random.chance(1, 2)
    for (const other of othersOf(context, seat)) {
      if (isDeaf) cluster.links.cut(other, seat.index)
      else cluster.links.cut(seat.index, other)
    }
    await sleep(spread(random, 100, 8000))
    cluster.links.heal()
  },
  /** Everything between a member and the others comes late. */
  delay: async context => {
    const { cluster, random } = context
    const seat = anyOf(context)
    const ms = spread(random, 5, 500)
    for (const other of othersOf(context, seat)) {
      cluster.links.delay(seat.index, other, ms)
      cluster.links.delay(other, seat.index, ms)
    }
    await sleep(spread(random, 500, 6000))
    cluster.links.heal()
  },
  /** Connections break, and may be made again at once. */
  reset: async context => {
    const { cluster, random } = context
    for (let i = random.below(4); i >= 0; i--) {
      cluster.links.reset([anyOf(context).index])
      await sleep(spread(random, 1, 300))
    }
  },
} as const satisfies Record<string, (context: FaultContext) => Promise<void>>

export type ChaosFault = keyof typeof faultTable
export const faults: Readonly<Record<ChaosFault, (context: FaultContext) => Promise<void>>> = faultTable
export const chaosFaults = Object.keys(faults) as ChaosFault[]

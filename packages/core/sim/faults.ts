/** The kinds of faults. Each draws its victims and its strength, begins, and at its end says whether anybody noticed. */

import type { Prng } from '../src/base/prng.js'
import type { LogFields } from '../src/env/env.js'
import type { Cluster, Seated } from './cluster.js'
import type { CrashBudget } from './crash-budget.js'
import type { Link } from './link.js'
import { SimPipe } from './pipe.js'

export const faultKinds = [
  'crash',
  'powerLoss',
  'pause',
  'halves',
  'isolate',
  'oneWay',
  'flapping',
  'reset',
  'slow',
  'wallJump',
  'clockRate',
  'leave',
] as const

export type FaultKind = (typeof faultKinds)[number]

export interface FaultContext {
  readonly cluster: Cluster
  readonly budget: CrashBudget
  readonly map: string
  readonly random: Prng
  readonly leaseMs: number
  readonly clockDrift: number
  /** The key of the write that was acknowledged just now, if the fault waited for one. */
  readonly ackedKey: string | null
}

export interface Begun {
  readonly fields: LogFields
  readonly forMs: number
  /** Heals. True if the fault had any effect. */
  readonly end: () => boolean
}

/** Null: nobody can be hit by it now. */
export type Fault = (context: FaultContext) => Begun | null

export const faults: Readonly<Record<FaultKind, Fault>> = {
  crash: context => crash(context, 'process'),
  powerLoss: context => crash(context, 'power'),
  pause,
  halves: context => {
    const hosts = context.random.shuffled(context.cluster.seats)
    return cut(context, 'both', hosts.slice(0, 1 + context.random.below(hosts.length - 1)))
  },
  isolate: context => cut(context, 'both', [victim(context, context.cluster.seats)]),
  oneWay: context => cut(context, context.random.chance(1, 2) ? 'in' : 'out', [victim(context, context.cluster.seats)]),
  flapping,
  reset,
  slow,
  wallJump,
  clockRate,
  leave,
}

/** The member that plans changes, the owner of what was just acknowledged, or anybody. */
function victim({ cluster, random, ackedKey, map }: FaultContext, among: readonly Seated[]): Seated {
  const running = among.filter(seat => cluster.running().includes(seat))
  const aim = random.below(3)
  const aimed = running.find(({ member }) => {
    if (aim === 0) return member!.word().coordinator === member!.id
    return aim === 1 && ackedKey !== null && member!.owns(map, ackedKey)
  })
  return aimed ?? random.pick(running.length > 0 ? running : among)
}

/** Between `from` and `to`, small ones as likely as large ones. */
function spread(random: Prng, from: number, to: number): number {
  return from * (to / from) ** random.float()
}

function crash(context: FaultContext, how: 'process' | 'power'): Begun | null {
  const { cluster, budget, random } = context
  const machines = new Set(cluster.seats.map(seat => seat.host.machine))
  if (how === 'power' && machines.size < cluster.seats.length) return null
  const victims: Seated[] = []
  const wanted = 1 + random.below(Math.max(1, budget.lossesLeft()))
  for (let i = 0; i < wanted; i++) {
    const candidates = cluster.running().filter(seat => budget.mayCrash(seat))
    if (candidates.length === 0) break
    const seat = victim(context, candidates)
    budget.spend(seat)
    cluster.crash(seat, how)
    victims.push(seat)
  }
  if (victims.length === 0) return null
  return {
    fields: { members: namesOf(victims) },
    forMs: spread(random, 5, 6 * context.leaseMs),
    end: () => {
      for (const seat of victims) if (!seat.host.isAlive) cluster.restart(seat)
      return true
    },
  }
}

function pause(context: FaultContext): Begun | null {
  const { cluster, budget, random } = context
  const candidates = cluster.seats.filter(({ host }) => host.isAlive && !host.isPaused)
  if (candidates.length === 0) return null
  const seat = victim(context, candidates)
  const { process } = seat.host
  const healed = budget.impair([seat])
  process.pause()
  return {
    fields: { members: namesOf([seat]) },
    forMs: spread(random, 1, 10 * context.leaseMs),
    end: () => {
      healed()
      return process.resume() > 0
    },
  }
}

function cut(context: FaultContext, direction: 'in' | 'out' | 'both', apart: readonly Seated[]): Begun {
  const { cluster, budget, random } = context
  const links = linksOf(cluster, direction, apart)
  const healed = budget.impair(smallerSide(cluster, apart))
  const before = heldOn(links)
  for (const link of links) link.cut()
  return {
    fields: { members: namesOf(apart), direction },
    forMs: spread(random, 20, 8 * context.leaseMs),
    end: () => {
      const hadEffect = heldOn(links) > before
      for (const link of links) link.heal()
      healed()
      return hadEffect
    },
  }
}

/** Cut and healed again and again, each time for about as long as the failure detector needs to make up its mind. */
function flapping(context: FaultContext): Begun {
  const { cluster, budget, random, leaseMs } = context
  const { world } = cluster
  const apart = [victim(context, cluster.seats)]
  const links = linksOf(cluster, 'both', apart)
  const healed = budget.impair(apart)
  const before = heldOn(links)
  let isCut = false
  let isOver = false
  const flap = (): void => {
    if (isOver) return
    for (const link of links) {
      if (isCut) link.heal()
      else link.cut()
    }
    isCut = !isCut
    world.after(spread(random, 5, 2 * leaseMs), flap)
  }
  flap()
  return {
    fields: { members: namesOf(apart) },
    forMs: spread(random, 100, 8 * leaseMs),
    end: () => {
      isOver = true
      const hadEffect = heldOn(links) > before
      if (isCut) for (const link of links) link.heal()
      healed()
      return hadEffect
    },
  }
}

function reset(context: FaultContext): Begun | null {
  const { cluster, random } = context
  const { host } = victim(context, cluster.seats)
  const pipes = [...host.process.resources].filter(resource => resource instanceof SimPipe)
  if (pipes.length === 0) return null
  const broken = random.chance(1, 3) ? pipes : [random.pick(pipes)]
  for (const pipe of broken) pipe.breakDown()
  return { fields: { member: host.name, pipes: broken.length }, forMs: 0, end: () => true }
}

function slow(context: FaultContext): Begun {
  const { cluster, budget, random, leaseMs } = context
  const apart = [victim(context, cluster.seats)]
  const links = linksOf(cluster, random.pick(['in', 'out', 'both']), apart)
  const factor = spread(random, 2, 500)
  const healed = budget.impair(apart)
  const before = cluster.world.network.stats.slowed
  for (const link of links) link.slowDown(factor)
  return {
    fields: { members: namesOf(apart), factor: Math.round(factor) },
    forMs: spread(random, 50, 8 * leaseMs),
    end: () => {
      for (const link of links) link.slowDown(1)
      healed()
      return cluster.world.network.stats.slowed > before
    },
  }
}

function wallJump(context: FaultContext): Begun {
  const { random } = context
  const { host } = victim(context, context.cluster.seats)
  const byMs = spread(random, 10, 86_400_000) * (random.chance(1, 2) ? 1 : -1)
  host.machine.jumpWall(byMs)
  return { fields: { member: host.name, byMs: Math.round(byMs) }, forMs: 0, end: () => true }
}

function clockRate(context: FaultContext): Begun {
  const { random, clockDrift } = context
  const { host } = victim(context, context.cluster.seats)
  const rate = 1 + (2 * random.float() - 1) * clockDrift
  host.machine.setRate(rate)
  return { fields: { member: host.name, rate }, forMs: 0, end: () => clockDrift > 0 }
}

/** A member leaves as on SIGTERM, and comes back as another. */
function leave(context: FaultContext): Begun | null {
  const { cluster, budget, random } = context
  const candidates = cluster.running().filter(seat => budget.mayLeave(seat) && !seat.host.isPaused)
  if (candidates.length === 0) return null
  const seat = victim(context, candidates)
  const { process } = seat.host
  const member = seat.member!
  const healed = budget.impair([seat])
  let hasLeft = false
  void seat.host.start(async () => {
    await member.shutdown()
    hasLeft = true
  })
  return {
    fields: { member: seat.host.name },
    forMs: spread(random, 10, 10 * context.leaseMs),
    end: () => {
      healed()
      if (hasLeft && seat.host.process === process) {
        if (seat.host.isAlive) cluster.crash(seat, 'process')
        cluster.restart(seat)
      }
      return hasLeft
    },
  }
}

function namesOf(seats: readonly Seated[]): string[] {
  return seats.map(seat => seat.host.name)
}

function heldOn(links: readonly Link[]): number {
  return links.reduce((sum, link) => sum + link.held, 0)
}

/** The links that lead into or out of a group of hosts. */
function linksOf(cluster: Cluster, direction: 'in' | 'out' | 'both', apart: readonly Seated[]): Link[] {
  const links: Link[] = []
  for (const inside of apart) {
    for (const outside of cluster.seats) {
      if (apart.includes(outside)) continue
      const [a, b] = [inside.host.name, outside.host.name]
      if (direction !== 'in') links.push(cluster.world.network.link(a, b))
      if (direction !== 'out') links.push(cluster.world.network.link(b, a))
    }
  }
  return links
}

/** Whom the others may count out. With equal sides, nobody knows: both. */
function smallerSide(cluster: Cluster, apart: readonly Seated[]): readonly Seated[] {
  const others = cluster.seats.filter(seat => !apart.includes(seat))
  if (apart.length === others.length) return cluster.seats
  return apart.length < others.length ? apart : others
}

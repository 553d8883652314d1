import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cluster, Seated } from '../../../sim/cluster.js'
import { CrashBudget } from '../../../sim/crash-budget.js'
import { World } from '../../../sim/world.js'

/** A cluster of which only what it says matters. */
function clusterOf(members: number): { cluster: Cluster; seats: Seated[]; world: World; say(whole: boolean): void } {
  const world = new World(1)
  const seats = Array.from({ length: members }, (_, i) => {
    return { host: world.host(`m${i + 1}`), lite: false, member: null, incarnations: 1, startFailed: false }
  })
  let isWhole = true
  const cluster = { world, seats, isWhole: () => isWhole } as unknown as Cluster
  const say = (whole: boolean): void => {
    isWhole = whole
  }
  return { cluster, seats, world, say }
}

test('as many losses at once as promised, and more only after the cluster has said for a while that it is safe', async () => {
  const { cluster, seats, world, say } = clusterOf(5)
  const [a, b, c] = seats as [Seated, Seated, Seated]
  const budget = new CrashBudget(cluster, 2)
  budget.spend(a)
  say(false)
  assert.ok(budget.mayCrash(b))
  budget.spend(b)
  assert.equal(budget.mayCrash(c), false)
  assert.equal(budget.lossesLeft(), 0)
  await world.run(60_000)
  assert.equal(budget.mayCrash(c), false)
  say(true)
  await world.run(1000)
  assert.equal(budget.mayCrash(c), false)
  await world.run(1000)
  assert.ok(budget.mayCrash(c))
})

test('who is cut off counts as lost as long as it lasts, but may itself be crashed', async () => {
  const { cluster, seats, world } = clusterOf(3)
  const [a, b] = seats as [Seated, Seated, Seated]
  const budget = new CrashBudget(cluster, 1)
  const healed = budget.impair([a])
  await world.run(60_000)
  assert.equal(budget.mayCrash(b), false)
  assert.ok(budget.mayCrash(a))
  healed()
  await world.run(2000)
  assert.ok(budget.mayCrash(b))
})

test('without backups nobody may be lost', () => {
  const { cluster, seats } = clusterOf(3)
  const budget = new CrashBudget(cluster, 0)
  assert.ok(seats.every(seat => !budget.mayCrash(seat)))
})

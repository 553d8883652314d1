import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cluster, Seated } from '../../../sim/cluster.js'
import { CrashBudget } from '../../../sim/crash-budget.js'
import { World } from '../../../sim/world.js'

/** A cluster of which only what it says matters. */
function clusterOf(size: number): {
  cluster: Cluster
  seats: Seated[]
  world: World
  members: Set<string>
  say(whole: boolean): void
} {
  const world = new World(1)
  const ids = Array.from({ length: size }, (_, i) => `m${i + 1}`)
  const members = new Set(ids)
  let isWhole = true
  const seats = ids.map(id => {
    const member = { id, members: () => [...members], state: () => 'running', word: () => ({ safe: isWhole }) }
    return { host: world.host(id), lite: false, member, incarnations: 1, startFailed: false } as unknown as Seated
  })
  const cluster = { world, seats, isWhole: () => isWhole, running: () => seats } as unknown as Cluster
  const say = (whole: boolean): void => {
    isWhole = whole
  }
  return { cluster, seats, world, members, say }
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

test('who is counted out without a fault of its own counts as lost', async () => {
  const { cluster, seats, world, members, say } = clusterOf(3)
  const [a, b] = seats as [Seated, Seated, Seated]
  const budget = new CrashBudget(cluster, 1)
  await world.run(100)
  assert.ok(budget.mayCrash(b))
  members.delete('m1')
  say(false)
  await world.run(100)
  assert.equal(budget.mayCrash(b), false)
  assert.ok(budget.mayCrash(a))
})

test('without backups nobody may be lost', () => {
  const { cluster, seats } = clusterOf(3)
  const budget = new CrashBudget(cluster, 0)
  assert.ok(seats.every(seat => !budget.mayCrash(seat)))
})

test('who is back may hold the last copy, once the cluster was safe and no fault explains why it is not any more', async () => {
  const { cluster, seats, world, say } = clusterOf(3)
  const [a] = seats as [Seated, Seated, Seated]
  const budget = new CrashBudget(cluster, 1)
  budget.spend(a)
  say(false)
  await world.run(100)
  assert.ok(budget.mayCrash(a), 'it is still the one that is lost')
  say(true)
  await world.run(100)
  assert.ok(budget.mayCrash(a), 'every copy is there')
  say(false)
  assert.equal(budget.mayCrash(a), false)
})

test('of two, nobody may be lost while the other one does not say that it is safe: it could not prove the death', () => {
  const { cluster, seats, say } = clusterOf(2)
  const [a] = seats as [Seated, Seated]
  const budget = new CrashBudget(cluster, 1)
  assert.ok(budget.mayCrash(a))
  say(false)
  assert.equal(budget.mayCrash(a), false)
})

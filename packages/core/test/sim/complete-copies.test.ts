/**
 * What simulation seed 2079 of 2026-11-23 found, as a play of its own: the members that hold all of a partition go silent
 * one after the other, and whichever comes back first has to bring every acknowledged write with it.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cluster, type Seated } from '../../sim/cluster.js'
import { fairWeather } from '../../sim/link.js'
import { MemberSubject } from '../../sim/member-subject.js'
import { simConfig } from '../../sim/sim-config.js'
import { World } from '../../sim/world.js'

const members = 5
const keys = Array.from({ length: 200 }, (_, i) => `k${i}`)
const map = { name: 'registers', backupCount: 1, asyncBackupCount: 0, readBackupData: false }

function worldOf(seed: number): World {
  const timerLag = { usualMs: 1, rareMs: 8 }
  return new World(seed, { weather: fairWeather, clockDrift: 0, wallErrorMs: 0, timerLag, provesDeath: false })
}

for (const seed of [1, 2, 3]) {
  test(`seed ${seed}: one stands still, another dies, and the first returns with every write`, async () => {
    const world = worldOf(seed)
    const subject = new MemberSubject(seeds => simConfig(seeds, [map], { initialMinClusterSize: 3, partitionCount: 31 }), 1)
    const cluster = new Cluster(world, subject, { members, oneMachine: false })
    for (const seat of cluster.seats) cluster.start(seat)
    assert.ok(await world.runUntil(() => cluster.isWhole(), 60_000), cluster.describe())

    const [first] = cluster.running() as [Seated]
    const all = (seat: Seated): Promise<(string | null)[]> =>
      world.settle(
        seat.host.start(() => Promise.all(keys.map(key => seat.member!.map(map.name).get(key)))),
        20_000,
      )
    const writes = first.host.start(() => Promise.all(keys.map(key => first.member!.map(map.name).set(key, key))))
    await world.settle(writes, 20_000)
    // of 31 partitions on five members every two hold all of some
    const { coordinator } = first.member!.word()
    const others = cluster.running().filter(({ member }) => member!.id !== coordinator)
    const [witness, still, dead] = [others[0], others[1 + (seed % 3)], others[1 + ((seed + 1) % 3)]] as [Seated, Seated, Seated]
    still.host.pause()
    await world.run(300)
    cluster.crash(dead, 'process')
    const counted = (): number => witness.member!.members().length
    assert.ok(await world.runUntil(() => counted() === members - 2, 20_000), cluster.describe())
    still.host.resume()
    assert.ok(await world.runUntil(() => counted() === members - 1, 20_000), cluster.describe())
    assert.deepEqual(await all(witness), keys)
    assert.deepEqual(await all(still), keys)
    assert.deepEqual(cluster.complaints(), [])
    assert.equal(cluster.lostReports(), 0)
  })
}

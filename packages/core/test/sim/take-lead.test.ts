/** An operator vouches for it that those who decided are gone: `Admin.takeLead`. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCobnutError } from '../../src/base/errors.js'
import { Prng } from '../../src/base/prng.js'
import type { Env } from '../../src/env/env.js'
import { DividedWorld, keys, type Player } from './divided-world.js'

const entries = keys.map(key => [key, `${key} before`] as const)

async function strict(seed: number, members: number): Promise<DividedWorld> {
  const play = new DividedWorld(seed)
  await play.start(members, 'strict', 'PutIfAbsentMergePolicy')
  await play.set(play.players[0] as Player, entries)
  await play.world.run(1_000)
  return play
}

const unled = ({ member }: Player): boolean => member.status().coordinator === null
const takeLead = (play: DividedWorld, at: Player): Promise<readonly string[]> =>
  play.call(at, member => member.admin.takeLead({ acceptDataLoss: true }))
const clusterOf = ({ member }: Player): string => member.status().clusterId

test('three of five voters are gone for good: the other two go on together, with all that either of them has', async () => {
  const play = await strict(101, 5)
  const [a, b, c, d, e] = play.players as [Player, Player, Player, Player, Player]
  const left = new Set([d, e].map(({ member }) => member.id as string))
  const views = d.member.admin.groups('m')
  const lost = views.filter(({ owner, inSyncBackups }) => ![owner, ...inSyncBackups].some(m => m !== null && left.has(m)))
  for (const { host } of [a, b, c]) host.crash('power')
  await play.until(() => [d, e].every(unled), 'somebody is thought to lead')
  await play.world.run(2_000)
  const ended = [a, b, c].map(({ member }) => member.id)
  assert.deepEqual([...(await takeLead(play, d))].sort(), [...ended].sort())
  const changes: string[] = []
  await play.world.run(1_000)
  for (const { member } of [d, e]) member.on('membership', ({ type }) => changes.push(type))
  for (let s = 0; s < 10; s++) {
    await play.world.run(1_000)
    for (const { member } of [d, e])
      assert.deepEqual(
        member
          .members()
          .map(m => m.id)
          .sort(),
        [...left].sort(),
      )
  }
  assert.deepEqual(changes, [])
  assert.equal(clusterOf(d), clusterOf(e))
  assert.ok(lost.length > 0 && lost.length < views.length)
  const gone = new Set(lost.map(({ partitionId }) => partitionId))
  assert.deepEqual(
    d.member.admin.groups('m').map(({ partitionId, status }) => [partitionId, status]),
    views.map(({ partitionId }) => [partitionId, gone.has(partitionId) ? 'lost' : 'ok']),
  )
  for (const [key, value] of entries) {
    const { partitionId } = await play.call(d, m => m.getMap('m').whereIs(key))
    if (!gone.has(partitionId)) assert.equal(await play.call(d, m => m.getMap('m').get(key)), value)
  }
})

/** Of two the older one was only cut off: it counted the younger one out, which was told to lead. They hear each other again. */
async function apart(seed: number): Promise<{ play: DividedWorld; older: Player; younger: Player; before: string }> {
  const play = await strict(seed, 2)
  const [one, other] = play.players as [Player, Player]
  play.divide([one], [other])
  await play.until(() => play.players.some(unled), 'both have a leader')
  const [older, younger] = unled(one) ? [other, one] : [one, other]
  await play.until(() => older.member.members().length === 1, 'the younger one was not counted out')
  const before = clusterOf(older)
  assert.deepEqual(await takeLead(play, younger), [older.member.id])
  play.heal()
  return { play, older, younger, before }
}

test('the older of two was only cut off: the two are two clusters from then on, and stay apart when they hear each other', async () => {
  const { play, older, younger, before } = await apart(102)
  await play.world.run(20_000)
  assert.equal(clusterOf(older), before)
  assert.notEqual(clusterOf(younger), before)
  for (const { member } of play.players) {
    assert.deepEqual(
      member.members().map(m => m.id),
      [member.id],
    )
  }
  await play.set(older, [['k1', 'older']])
  await play.set(younger, [['k1', 'younger']])
  assert.equal(await play.call(older, m => m.getMap('m').get('k1')), 'older')
  assert.equal(await play.call(younger, m => m.getMap('m').get('k1')), 'younger')
})

test('where another one hears the leader, nothing is forced', async () => {
  const play = await strict(103, 3)
  const leader = play.players.find(({ member }) => member.status().coordinator === member.id) as Player
  const [cut, other] = play.players.filter(p => p !== leader) as [Player, Player]
  play.divide([leader], [cut])
  await play.until(() => unled(cut), 'it hears the leader')
  const clusterId = clusterOf(cut)
  const refused = takeLead(play, cut)
  await assert.rejects(refused, e => isCobnutError(e, 'LEADER_PRESENT') && e.details.by === other.member.id)
  assert.equal(clusterOf(cut), clusterId)
  play.heal()
  await play.until(() => play.isWhole(), 'it was not taken in again')
})

test('two are told to take the lead at once: neither takes the other for dead', async () => {
  const play = await strict(104, 5)
  const [a, b, c, d, e] = play.players as [Player, Player, Player, Player, Player]
  for (const { host } of [a, b, c]) host.crash('power')
  await play.until(() => [d, e].every(unled), 'somebody is thought to lead')
  await play.world.run(2_000)
  const orders = await Promise.allSettled([takeLead(play, d), takeLead(play, e)])
  assert.ok(orders.every(o => o.status === 'rejected' && isCobnutError(o.reason, 'LEADER_PRESENT')))
  assert.equal((await takeLead(play, e)).length, 3)
  await play.world.run(5_000)
  assert.deepEqual([d.member.members().length, e.member.members().length], [2, 2])
})

for (const seed of [111, 112, 113]) {
  test(`seed ${seed}: one that finds both clusters belongs to one of them only`, async () => {
    const { play, older, younger } = await apart(seed)
    const third = await play.enter('m3')
    await play.world.run(10_000)
    const clusterId = clusterOf(third)
    const [own, foreign] = clusterId === clusterOf(older) ? [older, younger] : [younger, older]
    assert.equal(clusterId, clusterOf(own))
    assert.deepEqual(
      [own, third, foreign].map(({ member }) => member.members().length),
      [2, 2, 1],
    )
    assert.deepEqual(play.errors, [])
  })
}

for (const seed of [141, 142, 143, 148]) {
  test(`seed ${seed}: most end in the middle of writing and moving: what the others have is every acknowledged write`, async () => {
    const random = new Prng(seed)
    const play = await strict(seed, 4)
    const acked = new Map<string, number>()
    let isOver = false
    const all = [...play.players, await play.enter('m5')]
    const left = random.shuffled(all).slice(0, 2) as [Player, Player]
    for (const [i, { host, member }] of left.entries()) {
      const map = member.getMap<string, string>('m')
      const mine = keys.filter((_, k) => k % 2 === i)
      const write = async (env: Env): Promise<void> => {
        for (let n = 1; !isOver; n++) {
          const key = mine[n % mine.length] as string
          const done = map.set(key, String(n), { timeoutMs: 1_000 }).then(() => void acked.set(key, n))
          await done.catch(() => undefined)
          await new Promise<void>(resume => env.clock.after(3, resume))
        }
      }
      void host.start(write)
    }
    await play.world.run(random.below(1_500))
    // the one that is told to lead may lack what was decided meanwhile, its own removal too
    if (random.chance(2, 3))
      play.divide(
        [left[0]],
        all.filter(p => p !== left[0]),
      )
    await play.world.run(random.below(6_000))
    for (const { host } of random.shuffled(all.filter(p => !left.includes(p)))) {
      host.crash('power')
      await play.world.run(random.below(40))
    }
    play.heal(all)
    await play.until(() => left.every(unled), 'somebody is thought to lead')
    await play.world.run(3_000)
    await takeLead(play, left[0])
    await play.world.run(3_000)
    isOver = true
    await play.world.run(2_000)
    assert.deepEqual(
      left.map(({ member }) => member.members().length),
      [2, 2],
    )
    let read = 0
    for (const [key, n] of acked) {
      for (const player of left) {
        const found = await play.call(player, m => m.getMap('m').get(key)).catch((e: unknown) => e)
        if (isCobnutError(found, 'PARTITION_LOST')) continue
        read++
        assert.ok(Number(found) >= n, `${key}: ${String(found)} after ${n}`)
      }
    }
    assert.ok(read > 0)
    assert.deepEqual(
      play.errors.filter(line => !line.includes('partition.lost')),
      [],
    )
  })
}

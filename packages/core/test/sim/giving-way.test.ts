/** What a member brings from a side that gives way is kept until another side has it, whatever comes in between. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GroupView } from '../../src/api/admin.js'
import type { MapConfig } from '../../src/api/config.js'
import { DividedWorld, keys, type Player } from './divided-world.js'

const policy = 'PassThroughMergePolicy'

const all = (value: string): [string, string][] => keys.map(key => [key, value])
const isForked = ({ member }: Player): boolean => member.status().fork !== null
const isIn = (player: Player, side: Player): boolean =>
  player.member.state === 'running' && player.member.status().clusterId === side.member.status().clusterId

test('what a side brought to another one, and had not sent when that gave way too, comes to the third', async () => {
  const play = new DividedWorld(81)
  const slowly = { mergePolicy: { className: policy, batchSize: 1 } } as const
  await play.start(6, 'available', policy, 1, maps => new Map([...maps].map(([name, map]) => [name, { ...map, ...slowly }])))
  const [a, b, c, d, e, f] = play.byAge() as [Player, Player, Player, Player, Player, Player]
  await play.set(a, all('before'))
  play.divide([a, b, c], [d, e], [f])
  await play.until(() => [d, e, f].every(isForked) && a.member.members().length === 3, 'nobody went on')
  await play.set(f, all('alone'))
  const merged: string[] = []
  f.member.on('merged', ({ clusterId }) => merged.push(clusterId))
  const links = [d, e].map(other => play.world.network.link(f.host.name, other.host.name))
  for (const link of links) link.slowDown(100)
  play.heal([d, e, f])
  await play.until(() => isIn(f, d), 'one did not come to the two')
  const arrived = async (): Promise<string | undefined> => {
    const found = await play.call(d, member => member.getMap<string, string>('m').getAll(keys))
    return [...found].find(([, value]) => value === 'alone')?.[0]
  }
  let first = await arrived()
  for (let i = 0; first === undefined && i < 200; i++) {
    await play.world.run(50)
    first = await arrived()
  }
  assert.ok(first !== undefined)
  // newer than what was brought: it is not brought again
  await play.set(d, [[first, 'later']])
  play.heal()
  await play.until(() => isIn(f, a) && isIn(d, a), 'the three did not come to the others')
  for (const link of links) link.slowDown(1)
  await play.until(() => merged.length > 0 && play.isWhole(), 'the sides did not become one')
  await play.world.run(5_000)
  assert.deepEqual(merged, [a.member.status().clusterId])
  assert.deepEqual(await play.read(), Object.fromEntries([...all('alone'), [first, 'later']]))
})

test('a group that was begun before all came who had it is filled by those who come later', async () => {
  const play = new DividedWorld(85)
  await play.start(6, 'available', policy)
  const [a, ...others] = play.byAge() as [Player, ...Player[]]
  await play.set(a, all('before'))
  const holders = ({ owner, inSyncBackups }: GroupView): Player[] =>
    others.filter(({ member }) => member.id === owner || inSyncBackups.some(id => id === member.id))
  // neither the oldest, which leads, nor any other of the three that vote on that side
  const two = a.member.admin
    .groups('m')
    .map(holders)
    .find(found => found.length === 2) as Player[]
  const one = others.filter(player => !two.includes(player)).at(-1) as Player
  const many = [a, ...others.filter(player => player !== one && !two.includes(player))]
  play.divide(many, two, [one])
  await play.until(() => [...two, one].every(isForked) && a.member.members().length === 3, 'nobody went on')
  let merged = 0
  for (const { member } of [...two, one]) member.on('merged', () => merged++)
  play.heal([...many, one])
  await play.until(() => a.member.members().length === 4, 'the one did not come')
  await play.world.run(1_000)
  play.heal()
  await play.until(() => merged === 3 && play.isWhole(), 'the sides did not become one')
  assert.deepEqual(await play.read(), Object.fromEntries(all('before')))
})

test('a member whose own patterns fit a map equally well brings it as its side had it, by the policy of its default', async () => {
  const play = new DividedWorld(84)
  await play.start(5, 'available', policy, 1, (maps, i) => {
    const map = maps.get('m') as MapConfig
    const discards = { ...map, mergePolicy: { className: 'DiscardMergePolicy', batchSize: 7 } } as const
    const patterns = ['m*', '*m'].map(name => [name, { ...discards, name }] as const)
    return i < 3 ? maps : new Map([...[...maps].filter(([name]) => name !== 'm'), ...patterns])
  })
  const [a, b, c, d, e] = play.players as [Player, Player, Player, Player, Player]
  await play.set(a, all('before'))
  play.divide([a, b, c], [d, e])
  await play.until(() => [d, e].every(isForked) && a.member.members().length === 3, 'nobody went on')
  await play.set(d, all('few'))
  await play.call(a, member => member.getMap('m').destroy())
  let merged = 0
  for (const { member } of [d, e]) member.on('merged', () => merged++)
  play.heal()
  await play.until(() => merged === 2 && play.isWhole(), 'the sides did not become one')
  assert.ok(play.logged.has('merge.ambiguous'))
  assert.deepEqual(await play.read(), Object.fromEntries(all('few')))
})

const moments = {
  'that has found the other side': (play: DividedWorld) => play.logged.has('cluster.givesWay'),
  'that goes over': (_: DividedWorld, { member }: Player) => member.state === 'starting',
  'that has just gone over': (_: DividedWorld, { member }: Player) =>
    member.state === 'running' && !isForked({ member } as Player),
}

for (const [which, isNow] of Object.entries(moments)) {
  for (const i of [3, 4]) {
    test(`member ${i} of a side ${which} is shut down: it brings everything first, and hands it over`, async () => {
      const play = new DividedWorld(82)
      await play.start(5, 'available', policy)
      const [a, b, c, d, e] = play.players as [Player, Player, Player, Player, Player]
      await play.set(a, all('before'))
      play.divide([a, b, c], [d, e])
      await play.until(() => [d, e].every(isForked) && a.member.members().length === 3, 'nobody went on')
      await play.set(d, all('few'))
      const merged: string[] = []
      for (const { member } of [d, e]) member.on('merged', ({ clusterId }) => merged.push(clusterId))
      play.heal()
      const leaver = play.players[i] as Player
      await play.until(() => isNow(play, leaver), 'the moment did not come')
      assert.deepEqual(await play.call(leaver, member => member.shutdown(), 60_000), { handedOver: true })
      play.players = play.players.filter(player => player !== leaver)
      await play.until(() => merged.length === 2 && play.isWhole(), 'the sides did not become one')
      assert.deepEqual(await play.read(), Object.fromEntries(all('few')))
    })
  }
}

/** A member that was counted out for its silence, and dies. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simConfig } from '../../sim/sim-config.js'
import { World } from '../../sim/world.js'
import { isCobnutError } from '../../src/base/errors.js'
import { MemberNode } from '../../src/member/member-node.js'

test('both holders stand still, are counted out, and die: what waited for them is lost, and says so at once', async () => {
  const world = new World(11)
  const hosts = [1, 2, 3, 4, 5].map(i => world.host(`m${i}`, 'one machine'))
  const address = hosts[0]?.machine.address as string
  const addresses = hosts.map((_, i) => ({ host: address, port: 5701 + i }))
  const named = addresses.map(({ host, port }) => `${host}:${port}`)
  const maps = [{ name: 'm', backupCount: 1, asyncBackupCount: 0, readBackupData: false }]
  const config = simConfig(named, maps, { initialMinClusterSize: 5 })
  const seeds = { candidates: async () => addresses, exhaustive: true, named: true }
  const members = await Promise.all(
    hosts.map(host =>
      world.settle(
        host.start(env => MemberNode.start(config, env, { seeds, version: 'sim', host: address })),
        20_000,
      ),
    ),
  )
  const places = hosts.map((host, i) => ({ host, member: members[i] as MemberNode }))
  assert.ok(await world.runUntil(() => members.every(m => m.isSafe()), 20_000))
  // entries are spread by then
  await world.run(5_000)
  const leader = places.find(({ member }) => member.status().coordinator === member.id) as (typeof places)[0]
  const at = <T>(run: (member: MemberNode) => Promise<T>): Promise<T> =>
    world.settle(
      leader.host.start(() => run(leader.member)),
      30_000,
    )
  const keys = Array.from({ length: 40 }, (_, i) => `k${i}`)
  const holdersOf = async (key: string): Promise<(string | null)[]> => {
    const { owner, inSyncBackups } = await at(m => m.getMap('m').whereIs(key))
    return [owner, ...inSyncBackups]
  }
  let key = ''
  for (const k of keys) if (!(await holdersOf(k)).includes(leader.member.id)) key = k
  await at(m => m.getMap('m').set(key, 'v'))
  const ids = await holdersOf(key)
  const holders = places.filter(({ member }) => ids.includes(member.id))
  assert.equal(holders.length, 2)
  const lost: number[] = []
  leader.member.on('partitionLost', ({ partitionId }) => lost.push(partitionId))
  for (const { host } of holders) host.pause()
  assert.ok(await world.runUntil(() => leader.member.members().length === 3, 20_000))
  await world.run(5_000)
  const { partitionId } = await at(m => m.getMap('m').whereIs(key))
  const statusOf = (): string | undefined => leader.member.admin.groups('m').find(g => g.partitionId === partitionId)?.status
  assert.equal(statusOf(), 'unavailable')
  for (const { host } of holders) host.crash()
  assert.ok(await world.runUntil(() => statusOf() === 'lost', 5_000), statusOf())
  assert.ok(lost.includes(partitionId))
  await assert.rejects(
    at(m => m.getMap('m').get(key)),
    e => isCobnutError(e, 'PARTITION_LOST'),
  )
})

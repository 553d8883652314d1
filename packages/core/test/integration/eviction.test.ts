/** Eviction over real processes: the limit, and copies that stay equal. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LocalMapStats } from '../../src/api/map.js'
import { sum, type TestMember, until, using } from './test-cluster.js'

const partitions = '<properties><property name="hazelcast.partition.count">20</property></properties>'
const limited = `${partitions}<map name="m"><backup-count>1</backup-count><eviction size="100" eviction-policy="LRU"/></map>`

test('a full map stays at its limit, and backups hold what owners hold, also after a member was killed', () =>
  using({ xml: limited }, async cluster => {
    const fill = async (member: TestMember, from: number): Promise<void> => {
      for (let i = from; i < from + 2_000; i += 500) {
        const entries = Array.from({ length: 500 }, (_, k) => [`key-${i + k}`, k])
        await member.call('putAll', 'm', entries)
      }
      for (let i = 0; i < 50; i++) await member.call('put', 'm', `single-${from}-${i}`, i)
    }
    const check = async (members: number): Promise<void> => {
      // 20 partitions, each of which may hold 100 * members / 20
      const most = 100 * members
      await until('backups to have what owners have', async () => {
        const { owned, backups } = await cluster.held('m')
        return sum(owned) === sum(backups) && sum(owned) <= most && sum(owned) > most / 2
      })
      const [asked] = cluster.members as [TestMember]
      assert.equal((await asked.call<unknown[]>('keySet', 'm')).length, sum((await cluster.held('m')).owned))
    }
    await fill(cluster.members[0] as TestMember, 0)
    await check(3)
    const stats = await Promise.all(cluster.members.map(m => m.call<{ evictionCount: number }>('localStats', 'm')))
    assert.equal(sum(stats.map(s => s.evictionCount)), 2_050 - sum((await cluster.held('m')).owned))
    await cluster.kill(cluster.members[2] as TestMember)
    await fill(cluster.members[1] as TestMember, 10_000)
    await cluster.settled()
    await check(2)
  }))

test('statistics: calls where they are made, use where the entry is owned, nothing where none are wanted', () =>
  using(
    { xml: `${partitions}<map name="m"/><map name="quiet"><statistics-enabled>false</statistics-enabled></map>`, members: 2 },
    async cluster => {
      const [a, b] = cluster.members as [TestMember, TestMember]
      for (const map of ['m', 'quiet']) {
        for (let i = 0; i < 40; i++) await a.call('put', map, i, 'v', i < 10 ? { ttlMs: 1 } : {})
        for (let i = 0; i < 20; i++) await b.call('get', map, 10 + i)
        await b.call('get', map, 'absent')
        await until('all expiries', async () => sum((await cluster.held(map)).owned) === 30)
      }
      const stats = (map: string): Promise<LocalMapStats[]> =>
        Promise.all(cluster.members.map(m => m.call<LocalMapStats>('localStats', map)))
      const totalOf = (all: LocalMapStats[], field: Exclude<keyof LocalMapStats, 'query'>): number => sum(all.map(s => s[field]))
      const [ofA, ofB] = (await stats('m')) as [LocalMapStats, LocalMapStats]
      assert.deepEqual([ofA.putCount, ofA.getCount, ofB.putCount, ofB.getCount], [40, 0, 0, 21])
      const both = [ofA, ofB]
      assert.deepEqual([totalOf(both, 'hits'), totalOf(both, 'expirationCount'), totalOf(both, 'evictionCount')], [20, 10, 0])
      for (const one of both) {
        assert.ok(one.lastUpdateTime >= one.creationTime - 1_000 && one.lastAccessTime > 0)
        assert.equal(one.backupCount, 1)
        assert.equal(one.heapCost, one.ownedEntryMemoryCost + one.backupEntryMemoryCost)
      }
      const quiet = await stats('quiet')
      assert.equal(totalOf(quiet, 'ownedEntryCount'), 30)
      for (const field of ['putCount', 'getCount', 'hits', 'expirationCount', 'lastUpdateTime'] as const) {
        assert.equal(totalOf(quiet, field), 0)
      }
    },
  ))

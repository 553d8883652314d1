/** Near caches of hazelcast-client over real processes: what they hold follows what the cluster holds, whoever dies or joins. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Client, IMap } from 'hazelcast-client'
import type { ClientView } from '../../src/api/member.js'
import { type TestCluster, type TestMember, until, using } from './test-cluster.js'

const require = createRequire(import.meta.url)
const library = require('hazelcast-client') as typeof import('hazelcast-client')
const xml = '<map name="default"><backup-count>1</backup-count></map>'
const keys = Array.from({ length: 300 }, (_, i) => `key-${i}`)

/** As far as a test has to look inside: how often an answer came from memory. */
interface Cached extends IMap<string, number> {
  readonly nearCache: { getStatistics(): { hitCount: number; entryCount: number } }
}

interface Connected {
  readonly client: Client
  readonly map: Cached
}

/** Reconciliation, the client's own remedy, is put off beyond the end of the test. */
async function connect(cluster: TestCluster, near: boolean, smart = true): Promise<Connected> {
  const client = await library.Client.newHazelcastClient({
    clusterName: 'test',
    network: {
      clusterMembers: cluster.ports.map(port => `127.0.0.1:${port}`),
      smartRouting: smart,
      redoOperation: true,
    },
    properties: { 'hazelcast.logging.level': 'OFF', 'hazelcast.invalidation.reconciliation.interval.seconds': 3_600 },
    nearCaches: near ? { m: { invalidateOnChange: true } } : {},
  })
  return { client, map: (await client.getMap<string, number>('m')) as Cached }
}

const hits = (map: Cached): number => map.nearCache.getStatistics().hitCount

/** Reads everything often enough that it is answered from memory, and finds these values there. */
async function showsCached(map: Cached, expected: (key: string) => number | null): Promise<void> {
  await until('the near cache to be right, and full', async () => {
    const before = hits(map)
    const values = await Promise.all(keys.map(key => map.get(key)))
    return hits(map) - before === keys.length && values.every((value, i) => value === expected(keys[i] as string))
  })
}

/** Reads until nothing is older than this; a value that is cached and wrong would stay. */
async function isFresh(map: Cached, expected: (key: string) => number | null): Promise<void> {
  await until('every old value to be dropped', async () => {
    const values = await Promise.all(keys.map(key => map.get(key)))
    return values.every((value, i) => value === expected(keys[i] as string))
  })
}

/** A cluster of three, a client that caches and one that writes. */
const usingBoth = (smart: boolean, run: (cluster: TestCluster, reader: Connected, writer: Connected) => Promise<void>) =>
  using({ xml }, async cluster => {
    const reader = await connect(cluster, true, smart)
    const writer = await connect(cluster, false)
    try {
      await run(cluster, reader, writer)
    } finally {
      await reader.client.shutdown()
      await writer.client.shutdown()
    }
  })

for (const smart of [true, false]) {
  test(`what one client changes, the near cache of another drops (smart routing: ${smart})`, () =>
    usingBoth(smart, async (cluster, reader, writer) => {
      const other = cluster.members[0] as TestMember
      for (const key of keys) assert.equal(await reader.map.get(key), null)
      await showsCached(reader.map, () => null)
      await until('the near cache to be reported', async () => {
        const views = (await Promise.all(cluster.members.map(m => m.call<ClientView[]>('clients')))).flat()
        const nearCaches = views.flatMap(({ statistics }) => statistics?.nearCaches ?? [])
        return nearCaches.some(({ map, entries, hits }) => map === 'm' && entries === keys.length && hits >= keys.length)
      })
      await writer.map.putAll(keys.map(key => [key, 1]))
      await isFresh(reader.map, () => 1)
      await showsCached(reader.map, () => 1)
      await other.call('set', 'm', 'key-5', 2)
      await writer.map.delete('key-6')
      await writer.map.setTtl('key-7', 1)
      await writer.map.evict('key-8')
      await writer.map.replace('key-9', 3)
      const changed: Record<string, number | null> = { 'key-5': 2, 'key-6': null, 'key-7': null, 'key-8': null, 'key-9': 3 }
      const now = (key: string): number | null => (key in changed ? (changed[key] as number | null) : 1)
      const before = hits(reader.map)
      await isFresh(reader.map, now)
      assert.ok(hits(reader.map) - before >= keys.length - 5, 'what nobody changed is still there')
      await showsCached(reader.map, now)
      await other.call('clear', 'm')
      await isFresh(reader.map, () => null)
      await writer.map.putAll(keys.map(key => [key, 4]))
      await isFresh(reader.map, () => 4)
      await showsCached(reader.map, () => 4)
      await writer.map.destroy()
      await isFresh(reader.map, () => null)
      const again = await writer.client.getMap<string, number>('m')
      await again.putAll(keys.map(key => [key, 5]))
      await isFresh(reader.map, () => 5)
    }))
}

test('a near cache holds nothing old after its owner was killed, and after others have taken partitions over', () =>
  usingBoth(true, async (cluster, reader, writer) => {
    const acknowledged = new Map<string, number>()
    let round = 0
    const write = async (): Promise<void> => {
      round++
      await Promise.all(
        keys.map(async key => {
          await writer.map.set(key, round)
          acknowledged.set(key, round)
        }),
      )
    }
    const read = async (): Promise<void> => {
      await Promise.all(keys.map(key => reader.map.get(key).catch(() => null)))
      // what is cached is answered without leaving the turn: nobody else would ever get his
      await new Promise(resume => setImmediate(resume))
    }
    let goesOn = true
    const load = async (step: () => Promise<void>): Promise<void> => {
      while (goesOn) await step()
    }
    await write()
    const work = Promise.all([load(write), load(read)])
    try {
      await cluster.kill(cluster.members[1] as TestMember)
      await cluster.settled()
      await cluster.add()
      await cluster.settled()
    } finally {
      goesOn = false
      await work
    }
    await isFresh(reader.map, key => acknowledged.get(key) ?? null)
    await showsCached(reader.map, key => acknowledged.get(key) ?? null)
  }))

/** Joining, leaving, failing and coming back, with real processes. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { sum, type TestMember, until, using } from './test-cluster.js'

const require = createRequire(import.meta.url)

const noBackup = '<map name="default"><backup-count>0</backup-count></map>'
const oneBackup = '<map name="default"><backup-count>1</backup-count></map>'

const keys = (n: number): string[] => Array.from({ length: n }, (_, i) => `key-${i}`)
const fill = (member: TestMember, n: number): Promise<unknown> =>
  member.call(
    'putAll',
    'm',
    keys(n).map(key => [key, key]),
  )

async function checkAll(member: TestMember, n: number): Promise<void> {
  const found = await member.call<[string, string][]>('entrySet', 'm')
  assert.deepEqual(found.map(([key]) => key).sort(), keys(n).sort())
  for (const [key, value] of found) assert.equal(value, key)
}

test('owners are balanced to within one partition after joins and after a leave', () =>
  using({ xml: oneBackup, members: 4 }, async cluster => {
    const owned = async (): Promise<number[]> =>
      (await Promise.all(cluster.members.map(m => m.status()))).map(s => s.groups.owned)
    const isEven = (counts: number[]): boolean => sum(counts) === 271 && Math.max(...counts) - Math.min(...counts) <= 1
    await until('even ownership of four', async () => isEven(await owned()))
    const [, leaving] = cluster.members as [TestMember, TestMember]
    await leaving.call('shutdown', { timeoutMs: 20_000 })
    await cluster.kill(leaving)
    await until('even ownership of three', async () => isEven(await owned()))
  }))

test('a member that leaves hands everything over first, even what has no backup', () =>
  using({ xml: noBackup }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    await fill(a, 1000)
    const done = await b.call<{ handedOver: boolean }>('shutdown', { timeoutMs: 20_000 })
    assert.deepEqual(done, { handedOver: true })
    await cluster.kill(b)
    await checkAll(a, 1000)
  }))

test('either of two members on one host may be killed: the other proves the death and goes on', async () => {
  for (const which of [0, 1]) {
    await using({ xml: oneBackup, members: 2 }, async cluster => {
      const victim = cluster.members[which] as TestMember
      const survivor = cluster.members[1 - which] as TestMember
      await fill(survivor, 300)
      await cluster.kill(victim)
      await survivor.call('put', 'm', 'key-0', 'key-0')
      await checkAll(survivor, 300)
    })
  }
})

test('one after the other is killed and replaced, and nothing is lost', () =>
  using({ xml: oneBackup }, async cluster => {
    await fill(cluster.members[0] as TestMember, 500)
    for (let i = 0; i < 3; i++) {
      await cluster.kill(cluster.members[0] as TestMember)
      await cluster.add()
      await cluster.settled()
    }
    await checkAll(cluster.members[1] as TestMember, 500)
  }))

test('a member that stood still for long is removed, and comes back by itself', () =>
  using(
    { xml: `<properties><property name="cobnut.suspect.after.millis">1000</property></properties>${oneBackup}` },
    async cluster => {
      const [a, b, c] = cluster.members as [TestMember, TestMember, TestMember]
      await fill(a, 300)
      c.signal('SIGSTOP')
      await until('its removal', async () => (await a.call<unknown[]>('members')).length === 2)
      await b.call('put', 'm', 'key-0', 'key-0')
      c.signal('SIGCONT')
      await cluster.settled()
      await checkAll(c, 300)
      assert.ok(c.child.exitCode === null)
    },
  ))

test('another cluster name or partition count is refused, with the reason on both sides', () =>
  using({ xml: '', members: 1 }, async cluster => {
    const [a] = cluster.members as [TestMember]
    const refusedBy = async (xml: string, expected: RegExp): Promise<void> => {
      const before = cluster.members.length
      await assert.rejects(cluster.add(xml), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'JOIN_REFUSED')
        assert.match(error.message, expected)
        return true
      })
      cluster.members.splice(before)
      await until('the other side to say so', () =>
        a.log.some(l => l.event === 'link.refused' && expected.test(String(l.reason))),
      )
    }
    await refusedBy(
      '<properties><property name="hazelcast.partition.count">13</property></properties>',
      /partition\.count is 13 there and 271/,
    )
    const other = cluster.xml.bind(cluster)
    cluster.xml = (more?: string): string => other(more).replace('<cluster-name>test<', '<cluster-name>elsewhere<')
    await refusedBy('', /cluster-name is "elsewhere" there and "test"/)
  }))

test('a lite member holds nothing and may call everything', () =>
  using({ xml: oneBackup, members: 2 }, async cluster => {
    const lite = await cluster.add(`<lite-member enabled="true"/>${oneBackup}`)
    await cluster.settled()
    await fill(lite, 100)
    await checkAll(lite, 100)
    const { groups, maps } = await lite.status()
    assert.equal(groups.owned + groups.backups, 0)
    assert.deepEqual(
      maps.map(m => m.ownedEntries + m.backupEntries),
      [0],
    )
  }))

test('entries expire to their time, and not with their owner', () =>
  using({ xml: oneBackup, members: 2 }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    await a.call('put', 'm', 'short', 1, { ttlMs: 300 })
    await a.call('put', 'm', 'long', 1, { ttlMs: 3_600_000 })
    assert.equal(await b.call('get', 'm', 'short'), 1)
    await cluster.kill(a)
    await until('the expiry', async () => (await b.call('get', 'm', 'short')) === null)
    assert.equal(await b.call('get', 'm', 'long'), 1)
    await until('its removal', async () => sum((await cluster.held('m')).owned) === 1)
  }))

for (const name of ['hazelcast-client', 'hazelcast-client-57']) {
  test(`${name} reads what a member has put, and the other way round, while a member is killed`, () =>
    using({ xml: oneBackup }, async cluster => {
      const { Client } = require(name) as typeof import('hazelcast-client')
      const [a, , c] = cluster.members as [TestMember, TestMember, TestMember]
      await fill(a, 200)
      const client = await Client.newHazelcastClient({
        clusterName: 'test',
        network: { clusterMembers: cluster.ports.map(port => `127.0.0.1:${port}`) },
        properties: { 'hazelcast.logging.level': 'OFF' },
      })
      try {
        const map = await client.getMap<string, unknown>('m')
        for (const key of keys(200)) assert.equal(await map.get(key), key)
        await cluster.kill(c)
        await map.put('from the client', { deep: [1, 'two', null] })
        assert.deepEqual(await a.call('get', 'm', 'from the client'), { deep: [1, 'two', null] })
        for (const key of keys(200)) assert.equal(await map.get(key), key)
        assert.equal(await map.size(), 201)
      } finally {
        await client.shutdown()
      }
    }))
}

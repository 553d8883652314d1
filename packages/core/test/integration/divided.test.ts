/**
 * A cluster of processes whose majority stands still for longer than `cobnut.fork.after.seconds`: the member that is left goes
 * on alone, for its application and its clients, and brings what it has changed when the others are back.
 */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { MergeConflict } from '../../src/api/admin.js'
import { type TestMember, until, using } from './test-cluster.js'

const { Client } = createRequire(import.meta.url)('hazelcast-client') as typeof import('hazelcast-client')

const xml = `
  <properties>
    <property name="cobnut.consistency">available</property>
    <property name="cobnut.fork.after.seconds">2</property>
    <property name="hazelcast.partition.count">31</property>
    <property name="hazelcast.initial.min.cluster.size">3</property>
  </properties>
  <map name="m"><backup-count>2</backup-count></map>`

test('what one of three took alone, by members and clients, is merged when the others are back', () =>
  using({ xml }, async cluster => {
    const [a, b, c] = cluster.members as [TestMember, TestMember, TestMember]
    for (const key of ['both', 'removed', 'one side', 'none']) await a.call('set', 'm', key, 'before')
    const client = await Client.newHazelcastClient({
      clusterName: 'test',
      network: { clusterMembers: [`127.0.0.1:${c.port}`], smartRouting: false },
      connectionStrategy: { connectionRetry: { clusterConnectTimeoutMillis: 60_000 } },
      properties: { 'hazelcast.logging.level': 'OFF' },
    })
    const theirs = await client.getMap<string, string>('m')

    for (const other of [a, b]) other.signal('SIGSTOP')
    await until('a fork', async () => (await c.status()).fork !== null)
    const { id, clusterId, members } = await c.status()
    assert.equal(members.length, 1)
    await c.call('set', 'm', 'both', 'few')
    await c.call('delete', 'm', 'removed')
    await theirs.set('new', 'few')
    assert.deepEqual([await theirs.get('both'), await theirs.get('removed')], ['few', null])

    for (const other of [a, b]) other.signal('SIGCONT')
    await until('the sides to be one', async () => (await c.status().catch(() => null))?.members.length === 3, 40_000)
    await until('everything to be sent', () => c.log.some(line => line.event === 'cluster.merged'))
    await cluster.settled()
    const after = await c.status()
    assert.notEqual(after.id, id)
    assert.notEqual(after.clusterId, clusterId)
    assert.equal(after.fork, null)
    // PutIfAbsent: what the others had stays
    for (const member of [a, b, c]) {
      const entries = new Map(
        await member.call<[string, string][]>('getAll', 'm', ['both', 'removed', 'one side', 'none', 'new']),
      )
      const expected = { both: 'before', removed: 'before', 'one side': 'before', none: 'before', new: 'few' }
      assert.deepEqual(Object.fromEntries(entries), expected)
    }
    const conflicts = await c.call<MergeConflict[]>('conflicts')
    const noted = conflicts.map(({ key, kept, existing, incoming }) => `${String(key)}: ${kept} ${existing} ${incoming}`)
    assert.deepEqual(noted.sort(), ['both: existing before few', 'removed: existing before null'])
    // the client has come back by itself
    assert.equal(await theirs.get('new'), 'few')
    await client.shutdown()
  }))

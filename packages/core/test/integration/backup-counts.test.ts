/** `setBackups` on real processes, under the load of Hazelcast's own client. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { BackupProgress } from '../../src/api/admin.js'
import { sum, type TestMember, until, using } from './test-cluster.js'

const require = createRequire(import.meta.url)
const { Client } = require('hazelcast-client') as typeof import('hazelcast-client')

test('a map in use gets another backup and loses it again, without one failed call', () =>
  using({ xml: '<map name="m"><backup-count>1</backup-count></map>' }, async cluster => {
    const [a, b, c] = cluster.members as [TestMember, TestMember, TestMember]
    const client = await Client.newHazelcastClient({
      clusterName: 'test',
      network: { clusterMembers: cluster.ports.map(port => `127.0.0.1:${port}`) },
      properties: { 'hazelcast.logging.level': 'OFF' },
    })
    const keys = 400
    const last = new Map<number, number>()
    let isOver = false
    try {
      const map = await client.getMap<number, number>('m')
      for (let key = 0; key < keys; key++) await map.set(key, 0)
      const load = async (from: number): Promise<void> => {
        for (let i = 1; !isOver; i++) {
          const key = (from + 4 * i) % keys
          await map.set(key, i)
          last.set(key, i)
          assert.equal(await map.get(key), i)
        }
      }
      const loads = [0, 1, 2, 3].map(load)
      await until('some load', () => last.size > 50)
      const first = await a.call<BackupProgress>('setBackups', 'm', { backupCount: 2, asyncBackupCount: 0 })
      assert.deepEqual([first.asked.backupCount, first.kept.backupCount, first.sharedWith], [2, 2, []])
      const progress = (): Promise<BackupProgress> => b.call('backups', 'm')
      const settled = async (backupCount: number): Promise<boolean> => {
        const { asked, settled } = await progress()
        return asked.backupCount === backupCount && settled
      }
      await until('the copies', () => settled(2))
      assert.equal((await progress()).complete, 271)
      assert.equal(sum((await cluster.held('m')).backups), 2 * keys)
      await a.call('setBackups', 'm', { backupCount: 1, asyncBackupCount: 0 })
      await until('fewer copies', async () => sum((await cluster.held('m')).backups) === keys)
      await b.call('setBackups', 'm', { backupCount: 2, asyncBackupCount: 0 })
      await until('the copies again', () => settled(2))
      isOver = true
      await Promise.all(loads)
      // with two backups of everything the last of three has it all
      await cluster.kill(b)
      await until('one to be gone', async () => (await a.call<unknown[]>('members')).length === 2)
      await cluster.kill(c)
      for (const [key, value] of last) assert.equal(await a.call('get', 'm', key), value)
    } finally {
      isOver = true
      await client.shutdown()
    }
  }))

test('counts out of range, and maps that nobody uses, are refused', () =>
  using({ xml: '', members: 1 }, async ({ members: [member] }) => {
    const refused = (map: string, backupCount: number): Promise<void> =>
      assert.rejects((member as TestMember).call('setBackups', map, { backupCount, asyncBackupCount: 0 }), { code: 'ARGUMENT' })
    await refused('nobody', 1)
    await (member as TestMember).call('put', 'm', 'key', 1)
    await refused('m', 7)
    await refused('m', -1)
    await refused('m', 1.5)
  }))

/** Whether a client wants to hear of backups itself or not: what it was told is done survives the owner. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Client } from 'hazelcast-client'
import { using } from './test-cluster.js'

const library = createRequire(import.meta.url)('hazelcast-client') as { Client: typeof Client }
const keys = Array.from({ length: 500 }, (_, i) => i)

for (const backupAckToClientEnabled of [true, false]) {
  test(`with backupAckToClientEnabled ${backupAckToClientEnabled} a put that returned survives its owner`, async () => {
    await using({ xml: '' }, async cluster => {
      const client = await library.Client.newHazelcastClient({
        clusterName: 'test',
        network: { clusterMembers: cluster.ports.map(port => `127.0.0.1:${port}`) },
        backupAckToClientEnabled,
        properties: { 'hazelcast.logging.level': 'OFF' },
      })
      try {
        const map = await client.getMap<number, number>('numbers')
        await Promise.all(keys.map(key => map.put(key, key)))
        const [owner, other] = cluster.members as [(typeof cluster.members)[0], (typeof cluster.members)[0]]
        await cluster.kill(owner)
        for (const key of keys) assert.equal(await other.call('get', 'numbers', key), key)
      } finally {
        await client.shutdown()
      }
    })
  })
}

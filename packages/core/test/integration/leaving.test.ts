/** Members that leave under load: their clients turn to the others, and no call fails. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Client } from 'hazelcast-client'
import { using } from './test-cluster.js'

const library = createRequire(import.meta.url)('hazelcast-client') as { Client: typeof Client }

test('no call of a client fails while members leave one after the other', async () => {
  await using({ xml: '' }, async cluster => {
    const clusterMembers = cluster.ports.map(port => `127.0.0.1:${port}`)
    const client = await library.Client.newHazelcastClient({
      clusterName: 'test',
      network: { clusterMembers },
      properties: { 'hazelcast.logging.level': 'OFF' },
    })
    try {
      const map = await client.getMap<number, number>('numbers')
      const written = new Map<number, number>()
      let isOver = false
      const write = async (worker: number): Promise<void> => {
        for (let i = 0; !isOver; i++) {
          const key = worker * 100 + (i % 100)
          await map.set(key, i)
          written.set(key, i)
        }
      }
      const load = Promise.all(Array.from({ length: 16 }, (_, worker) => write(worker)))
      const leaveAll = async (): Promise<void> => {
        for (let round = 0; round < 5; round++) {
          const leaving = cluster.members.shift()
          assert.deepEqual(await leaving?.call('shutdown'), { handedOver: true })
          await leaving?.kill()
          await cluster.add()
          await cluster.settled()
        }
      }
      await Promise.race([leaveAll(), load]).finally(() => {
        isOver = true
      })
      await load
      for (const [key, value] of written) assert.equal(await map.get(key), value)
    } finally {
      await client.shutdown()
    }
  })
})

/** Every member tells its clients of maps made and destroyed, in the order in which the cluster decided it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientTable, eventTable } from '../../src/protocol/client-table.js'
import { usingLocal } from './local-cluster.js'
import { RawClient } from './raw-client.js'
import { until } from './test-cluster.js'

test('each change of the maps is told once, in order, at every member', () =>
  usingLocal(2, {}, async ({ members }) => {
    const clients = await Promise.all(members.map(member => RawClient.connect(member.address.port)))
    const heard = clients.map((): string[] => [])
    try {
      for (const [i, client] of clients.entries()) {
        client.hear(eventTable.distributedObject, ({ name, type }) => heard[i]!.push(`${name} ${type}`))
        await client.call(clientTable.addDistributedObjectListener, { localOnly: false })
      }
      const service = 'hz:impl:mapService'
      const expected: string[] = []
      for (let i = 0; i < 20; i++) {
        const name = `m${i % 3}`
        await clients[i % 2]!.call(clientTable.createProxy, { name, service })
        await clients[(i >> 1) % 2]!.call(clientTable.destroyProxy, { name, service })
        expected.push(`${name} CREATED`, `${name} DESTROYED`)
      }
      await until('all events', () => heard.every(({ length }) => length >= expected.length))
      assert.deepEqual(heard, [expected, expected])
    } finally {
      for (const client of clients) client.close()
    }
  }))

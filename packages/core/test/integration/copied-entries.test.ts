/** Entries that a tool copies from another cluster keep their times, hits and versions, and go to every copy. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapTable } from '../../src/protocol/client-table.js'
import { SerializationService } from '../../src/serialization/serialization-service.js'
import { usingLocal } from './local-cluster.js'
import { RawClient } from './raw-client.js'

const NEVER = Number.POSITIVE_INFINITY

test('putAllWithMetadata keeps what is known of an entry', () =>
  usingLocal(2, { maps: { m: { perEntryStatsEnabled: true } } }, async ({ members }) => {
    const service = new SerializationService()
    const client = await RawClient.connect(members[1]!.address.port)
    const nowMs = Date.now()
    const times = {
      creationTime: nowMs - 9_000,
      lastUpdateTime: nowMs - 5_000,
      lastAccessTime: nowMs - 3_000,
      lastStoredTime: -1,
    }
    const known = { ...times, cost: 0, hits: 17, version: 4, ttl: NEVER, maxIdle: NEVER, expirationTime: NEVER }
    const entries = Array.from({ length: 20 }, (_, i) => ({
      ...known,
      key: service.toData(`k${i}`),
      value: service.toData(i),
      ...(i === 1 ? { ttl: 600_000, expirationTime: nowMs + 595_000 } : {}),
      ...(i === 2 ? { ttl: 1_000, expirationTime: nowMs - 1_000 } : {}),
    }))
    try {
      const map = members[0]!.getMap<string, number>('m')
      await map.set('k0', -1)
      await client.call(mapTable.putAllWithMetadata, { name: 'm', entries })
      assert.equal(await map.size(), 19)
      assert.equal(await map.containsKey('k2'), false)
      const { creationTime, lastUpdateTime, hits, version, expirationTime, value } = (await map.getEntryView('k0'))!
      assert.deepEqual(
        { creationTime, lastUpdateTime, hits, version, expirationTime, value },
        { creationTime: nowMs - 9_000, lastUpdateTime: nowMs - 5_000, hits: 17, version: 4, expirationTime: NEVER, value: 0 },
      )
      const timed = (await map.getEntryView('k1'))!
      assert.equal(timed.expirationTime, nowMs + 595_000)
      await members[0]!.shutdown()
      const left = members[1]!.getMap<string, number>('m')
      assert.equal((await left.getEntryView('k1'))!.expirationTime, nowMs + 595_000)
      assert.equal(await left.size(), 19)
    } finally {
      client.close()
    }
  }))

/** Messages of clients that are neither calls of a map nor needed by every client. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultConfig, type MapInput } from '../../../src/config/index.js'
import type { RequestOf } from '../../../src/protocol/client-row.js'
import { clientTable, eventTable, mapTable } from '../../../src/protocol/client-table.js'
import { dynamicConfigTable } from '../../../src/protocol/dynamic-config-table.js'
import { javaMapConfigs } from './support/java-map-configs.js'
import { errorText, loggedIn } from './support/raw-calls.js'
import { decodeEvent, decodeResponse, type Message } from './support/raw-session.js'

describe('client messages', () => {
  it('tells of lost partitions, of all maps or of one', async () => {
    const session = loggedIn()
    session.send(clientTable.addPartitionLostListener, 2, { localOnly: true })
    session.send(mapTable.addPartitionLostListener, 3, { name: 'm', localOnly: false })
    const registrations = (await session.settled()).sort((a, b) => a.id - b.id)
    const registration = decodeResponse(clientTable.addPartitionLostListener, registrations[0] as Message)
    session.pipe.arrived.length = 0
    const lose = (partitionId: number, ...maps: string[]): void => {
      for (const listener of session.cluster.lossListeners) listener({ partitionId, backupCount: 1, maps })
    }
    lose(5, 'm', 'other')
    lose(6, 'other')
    const told = session.messages()
    const source = session.cluster.members[0]?.id
    const ofAll = told.filter(({ id }) => id === 2).map(message => decodeEvent(eventTable.partitionLost, message))
    const ofOne = told.filter(({ id }) => id === 3).map(message => decodeEvent(eventTable.mapPartitionLost, message))
    assert.deepEqual(ofAll, [
      { partitionId: 5, lostBackupCount: 1, source },
      { partitionId: 6, lostBackupCount: 1, source },
    ])
    assert.deepEqual(ofOne, [{ partitionId: 5, member: source }])
    session.pipe.arrived.length = 0
    session.send(clientTable.removePartitionLostListener, 4, { registration })
    const [removed] = await session.settled()
    assert.equal(decodeResponse(clientTable.removePartitionLostListener, removed as Message), true)
    session.pipe.arrived.length = 0
    session.cluster.members.unshift({ id: 'older', address: { host: 'h', port: 1 }, lite: false })
    session.send(clientTable.addPartitionLostListener, 5, { localOnly: true })
    lose(7, 'other')
    assert.deepEqual(
      session.messages().map(({ type }) => type),
      [clientTable.addPartitionLostListener.code + 1],
      'who listens everywhere hears it from the oldest member only',
    )
  })

  it('adds the configurations of clients, and refuses what would do nothing', async () => {
    const session = loggedIn()
    const plain: RequestOf<typeof dynamicConfigTable.addMapConfig> = {
      name: 'm*',
      backupCount: 2,
      asyncBackupCount: 1,
      timeToLiveSeconds: 3,
      maxIdleSeconds: 4,
      eviction: { size: 0x7fff_ffff, maxSizePolicy: 'PER_NODE', evictionPolicy: 'LRU', comparatorClass: null, comparator: null },
      readBackupData: true,
      cacheDeserializedValues: 'INDEX-ONLY',
      mergePolicy: 'PutIfAbsentMergePolicy',
      mergeBatchSize: 100,
      inMemoryFormat: 'BINARY',
      listeners: false,
      partitionLostListeners: false,
      statisticsEnabled: true,
      splitBrainProtection: null,
      mapStore: null,
      nearCache: true,
      wanReplication: false,
      indexes: [{ type: 2, name: null, attributes: ['a'], bitmapOptions: { transformation: 1, uniqueKey: 'id' } }],
      attributes: false,
      queryCaches: false,
      metadataPolicy: 0,
      perEntryStatsEnabled: true,
    }
    session.send(dynamicConfigTable.addMapConfig, 2, plain)
    session.send(dynamicConfigTable.addMapConfig, 3, { ...plain, name: 'stored', mapStore: { enabled: true } })
    const eviction = { ...plain.eviction, comparator: new Uint8Array(8) } as typeof plain.eviction
    session.send(dynamicConfigTable.addMapConfig, 4, { ...plain, name: 'ordered', eviction })
    const [added, refused, ordered] = (await session.settled()).sort((a, b) => a.id - b.id)
    assert.equal(added?.type, dynamicConfigTable.addMapConfig.code + 1)
    assert.match(errorText(refused as Message), /the map stored: a map store cannot be added here/)
    assert.match(errorText(ordered as Message), /the map ordered: .* cannot choose what is evicted/)
    assert.deepEqual(
      [...session.cluster.mapConfigs],
      [
        [
          'm*',
          {
            backupCount: 2,
            asyncBackupCount: 1,
            readBackupData: true,
            timeToLiveSeconds: 3,
            maxIdleSeconds: 4,
            statisticsEnabled: true,
            perEntryStatsEnabled: true,
            inMemoryFormat: 'BINARY',
            eviction: { size: 0, maxSizePolicy: 'PER_NODE', evictionPolicy: 'LRU' },
            mergePolicy: { className: 'PutIfAbsentMergePolicy', batchSize: 100 },
            indexes: [{ type: 'BITMAP', attributes: ['a'], uniqueKey: 'id', uniqueKeyTransformation: 'LONG' }],
          },
        ],
      ],
    )
  })

  it('adds the configurations of the Java client, which says of everything that it is not there', async () => {
    const session = loggedIn()
    for (const bytes of javaMapConfigs) session.pipe.receive(bytes)
    const answers = await session.settled()
    const refused = answers.filter(({ type }) => type !== dynamicConfigTable.addMapConfig.code + 1)
    const [stored, heard, ...others] = refused.sort((a, b) => a.id - b.id).map(errorText)
    assert.match(stored as string, /the map stored: a map store cannot be added here/)
    assert.match(heard as string, /the map heard: entry listeners of a configuration cannot be added here/)
    assert.deepEqual(others, [])
    const { mapConfigs } = session.cluster
    assert.deepEqual([...mapConfigs.keys()], ['plain', 'rich'])
    const given = defaultConfig({ maps: Object.fromEntries(mapConfigs) as Readonly<Record<string, MapInput>> }).maps
    assert.deepEqual(given.get('plain'), defaultConfig({ maps: { plain: {} } }).maps.get('plain'))
    const rich = given.get('rich')
    assert.deepEqual(rich?.mergePolicy, { className: 'LatestUpdateMergePolicy', batchSize: 50 })
    assert.deepEqual([rich.perEntryStatsEnabled, rich.timeToLiveSeconds], [true, 60])
    assert.deepEqual(rich.indexes, [{ type: 'HASH', attributes: ['age'] }])
  })

  it('shows what clients report', () => {
    const session = loggedIn()
    const text =
      'os.processors=2,nc.a.b\\=c.hits=9,nc.a.b\\=c.misses=1,nc.a.b\\=c.ownedEntryCount=4,clientName=x\\,y,nc=,=,nc.m.hits=many'
    session.send(clientTable.statistics, 2, { timestamp: 77, attributes: text, metrics: new Uint8Array(0) })
    const [client] = session.server.clients()
    assert.equal(client?.statistics?.reportedAtMs, 77)
    assert.deepEqual(client.statistics.attributes, { 'os.processors': '2', clientName: 'x,y', nc: '' })
    const none = { evictions: 0, expirations: 0, createdAtMs: 0 }
    assert.deepEqual(client.statistics.nearCaches, [
      { map: 'a.b=c', entries: 4, hits: 9, misses: 1, ...none },
      { map: 'm', entries: 0, hits: 0, misses: 0, ...none },
    ])
  })
})

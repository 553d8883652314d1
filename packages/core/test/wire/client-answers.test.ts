/** What this member says to clients, as the codecs of the official client read it. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { CobnutError, errorTable } from '../../src/base/errors.js'
import { errorHolders, writeError } from '../../src/protocol/client-errors.js'
import { clientTable, eventTable, mapTable } from '../../src/protocol/client-table.js'
import { codec, event, key, response, theirMessage, uuid, value, written } from './official-codecs.js'

const require = createRequire(import.meta.url)

describe('wire: answers as the official client reads them', () => {
  const read = (name: string, bytes: Buffer) => codec(name).decodeResponse(theirMessage(bytes))

  it('values of every form', () => {
    assert.equal(read('MapGet', response(mapTable.get, 1, null)), null)
    assert.deepEqual(read('MapGet', response(mapTable.get, 1, value)).toBuffer(), value)
    assert.equal(read('MapContainsKey', response(mapTable.containsKey, 1, true)), true)
    assert.equal(read('MapSize', response(mapTable.size, 1, 77)), 77)
    assert.deepEqual(read('MapKeySet', response(mapTable.keySet, 1, [key, value])).length, 2)
    assert.deepEqual(read('MapEntrySet', response(mapTable.entrySet, 1, [[key, value]]))[0][1].toBuffer(), value)
    assert.deepEqual(read('MapEntrySet', response(mapTable.entrySet, 1, [])), [])
    assert.equal(read('MapAddEntryListener', response(mapTable.addEntryListener, 1, uuid)).toString(), uuid)
    assert.deepEqual(read('ClientSendSchema', response(clientTable.sendSchema, 1, [uuid, uuid])).size, 2)
    const objects = read(
      'ClientGetDistributedObjects',
      response(clientTable.getDistributedObjects, 1, [{ service: 's', name: 'n' }]),
    )
    assert.deepEqual([objects[0].serviceName, objects[0].name], ['s', 'n'])
  })

  it('an entry view', () => {
    const times = {
      creationTime: 1,
      expirationTime: Number.POSITIVE_INFINITY,
      lastAccessTime: -1,
      lastStoredTime: -1,
      lastUpdateTime: 4,
    }
    const view = { key, value, cost: 90, hits: 3, version: 2, ttl: 5, maxIdle: Number.POSITIVE_INFINITY, ...times }
    const answer = read('MapGetEntryView', response(mapTable.getEntryView, 1, { view, maxIdle: 6 }))
    assert.equal(answer.maxIdle.toNumber(), 6)
    assert.equal(answer.response.expirationTime.toString(), '9223372036854775807')
    assert.equal(answer.response.lastAccessTime.toNumber(), -1)
    assert.deepEqual([answer.response.cost, answer.response.hits, answer.response.version].map(Number), [90, 3, 2])
    assert.equal(read('MapGetEntryView', response(mapTable.getEntryView, 1, { view: null, maxIdle: 0 })).response, null)
  })

  it('views and events', () => {
    const member = { address: { host: 'h', port: 5 }, uuid, attributes: [['a', 'b']] as const, lite: true }
    const members = [{ ...member, version: { major: 5, minor: 7, patch: 0 }, addressMap: [] }]
    let seen: unknown[] = []
    const note = (...args: unknown[]): void => {
      seen = args
    }
    codec('ClientAddClusterViewListener').handle(theirMessage(event(eventTable.membersView, 1, { version: 8, members })), note)
    const [version, [their]] = seen as [number, { uuid: object; liteMember: boolean; attributes: Map<string, string> }[]]
    assert.deepEqual([version, String(their?.uuid), their?.liteMember, their?.attributes.get('a')], [8, uuid, true, 'b'])

    const entry = { key, value, oldValue: null, mergingValue: null, type: 4, member: uuid, affected: 1 }
    codec('MapAddEntryListener').handle(theirMessage(event(eventTable.entry, 1, entry)), note)
    assert.deepEqual([seen[2], seen[4], String(seen[5]), seen[6]], [null, 4, uuid, 1])
  })

  it('what near caches are told', () => {
    const state = { sequences: [['m', [[5, 77]]] as const], partitionUuids: [[5, uuid] as const] }
    const answer = read('MapFetchNearCacheInvalidationMetadata', response(mapTable.fetchNearCacheInvalidationMetadata, 1, state))
    const [[name, [[partition, sequence]]]] = answer.namePartitionSequenceList
    assert.deepEqual([name, partition, Number(sequence)], ['m', 5, 77])
    assert.deepEqual(answer.partitionUuidList.map(String), [`5,${uuid}`])
    let seen: unknown[] = []
    const note = (...args: unknown[]): void => {
      seen = args
    }
    const told = { source: uuid, partitionUuid: uuid, sequence: 9 }
    const their = codec('MapAddNearCacheInvalidationListener')
    their.handle(theirMessage(event(eventTable.invalidation, 1, { key: null, ...told })), note, null)
    assert.deepEqual([seen[0], String(seen[1]), String(seen[2]), Number(seen[3])], [null, uuid, uuid, 9])
    const batch = { keys: [key, value], sources: [uuid, uuid], partitionUuids: [uuid, uuid], sequences: [1, 2] }
    their.handle(theirMessage(event(eventTable.invalidations, 1, batch)), null, note)
    const [keys, sources, , sequences] = seen as [{ toBuffer(): Buffer }[], object[], object[], object[]]
    assert.deepEqual(
      keys.map(one => one.toBuffer()),
      [key, value],
    )
    assert.deepEqual(
      [sources.map(String), sequences.map(Number)],
      [
        [uuid, uuid],
        [1, 2],
      ],
    )
  })

  it('lost partitions, which the client for Node.js does not know', () => {
    const lost = event(eventTable.partitionLost, 1, { partitionId: 7, lostBackupCount: 2, source: null })
    assert.equal(lost.subarray(22, 30).toString('hex'), '0700000002000000')
    const ofMap = event(eventTable.mapPartitionLost, 1, { partitionId: 7, member: uuid })
    assert.equal(ofMap.subarray(22).toString('hex'), `0700000000${'0807060504030201'}${'100f0e0d0c0b0a09'}`)
  })

  it('errors, with their causes', () => {
    const { ErrorsCodec } = require('hazelcast-client/lib/codec/builtin/ErrorsCodec')
    const error = new CobnutError('TIMEOUT', 'too late', { cause: new CobnutError('LINK_CLOSED', 'gone') })
    const holders = errorHolders(error, { repeatable: false, where: '10.0.0.1:5701', what: 'Map.put' })
    const [first, second] = ErrorsCodec.decode(theirMessage(written(to => writeError(to, holders, 3, 0))))
    assert.deepEqual([first.errorCode, first.message, second.errorCode], [80, 'TIMEOUT: too late', 80])
    assert.deepEqual(first.stackTraceElements[0].fileName, '10.0.0.1:5701')
  })

  it('no error that may have had an effect makes a client repeat a write', () => {
    const repeated = new Set([8, 15, 19, 22, 33, 36, 39, 46, 47, 50, 53, 90])
    for (const code of Object.keys(errorTable) as (keyof typeof errorTable)[]) {
      const unknown = new CobnutError(code, undefined, { outcome: 'unknown' })
      const [holder] = errorHolders(unknown, { repeatable: false, where: '', what: '' })
      assert.ok(!repeated.has(holder?.code ?? -1), code)
      const nothing = new CobnutError(code, undefined, { outcome: 'not-applied' })
      const [other] = errorHolders(nothing, { repeatable: false, where: '', what: '' })
      if (errorTable[code].retry) assert.ok(repeated.has(other?.code ?? -1) || [20, 42].includes(other?.code ?? -1), code)
    }
  })
})

/**
 * The client protocol byte for byte: against captured bytes, and against the codecs of the official client, request by
 * request.
 */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import { CobnutError, errorTable } from '../../src/base/errors.js'
import { errorHolders, writeError } from '../../src/protocol/client-errors.js'
import { int32At, REQUEST_HEAD_BYTES } from '../../src/protocol/client-frame.js'
import { MessageReader } from '../../src/protocol/client-reader.js'
import { type EventRow, type Row, writeEvent, writeResponse } from '../../src/protocol/client-row.js'
import { clientTable, eventTable, mapTable } from '../../src/protocol/client-table.js'
import { MessageWriter } from '../../src/protocol/client-writer.js'
import { encodeRequest, loginRequest } from '../unit/server/support/raw-session.js'

const require = createRequire(import.meta.url)
const { ClientMessage, Frame } = require('hazelcast-client/lib/protocol/ClientMessage')
const { HeapData } = require('hazelcast-client/lib/serialization/HeapData')
const { Schema } = require('hazelcast-client/lib/serialization/compact/Schema')
const { FieldDescriptor } = require('hazelcast-client/lib/serialization/generic_record/FieldDescriptor')
const { UUID } = require('hazelcast-client')
const Long = require('long')

/** The codec of the client for a message, with its functions. */
const codec = (name: string) => require(`hazelcast-client/lib/codec/${name}Codec`)[`${name}Codec`]

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[\s|]/g, ''), 'hex')
const written = (write: (to: MessageWriter) => void): Buffer => {
  const writer = new MessageWriter()
  write(writer)
  return Buffer.concat(writer.take())
}
const response = <A>(row: Row<unknown, A>, id: number, value: A): Buffer => written(to => writeResponse(to, row, id, 0, value))
const event = <E>(row: EventRow<E>, id: number, value: E): Buffer => written(to => writeEvent(to, row, id, 0, value))

/** Bytes as the client's decoders want them. */
function theirMessage(bytes: Buffer) {
  let message: typeof ClientMessage = null
  for (let at = 0; at < bytes.length; ) {
    const length = int32At(bytes, at)
    const frame = new Frame(bytes.subarray(at + 6, at + length), bytes.readUInt16LE(at + 4))
    if (message === null) message = ClientMessage.createForDecode(frame)
    else message.addFrame(frame)
    at += length
  }
  return message
}

const key = hex('00000000 fffffff5 00000001 6b')
const value = hex('00000000 fffffff5 00000001 76')
const [theirKey, theirValue] = [new HeapData(key), new HeapData(value)]
const uuid = '01020304-0506-0708-090a-0b0c0d0e0f10'
const theirUuid = new UUID(new Long(0x05060708, 0x01020304), new Long(0x0d0e0f10, 0x090a0b0c))
const long = (n: number) => Long.fromNumber(n)

describe('wire: captured bytes', () => {
  it('put and its answers', () => {
    const request = hex(`26000000 00c1 00010100 0500000000000000 00000000 0000000000000000 ffffffffffffffff
      07000000 0000 6d | 13000000 0000 00000000 fffffff5 00000001 6b | 13000000 0020 00000000 fffffff5 00000001 76`)
    assert.deepEqual(encodeRequest(mapTable.put, 5, { name: 'm', key, value, threadId: 0, ttl: -1 }), request)
    const reader = new MessageReader()
    reader.open(request, 0, request.length, REQUEST_HEAD_BYTES)
    const { name, ttl, threadId } = mapTable.put.request.read(reader)
    assert.deepEqual([reader.type, reader.idLow, reader.idHigh, name, ttl, threadId], [0x010100, 5, 0, 'm', -1, 0])
    assert.deepEqual(response(mapTable.put, 5, null), hex('13000000 00c0 01010100 0500000000000000 00 | 06000000 0024'))
    assert.deepEqual(
      response(mapTable.put, 6, value),
      hex('13000000 00c0 01010100 0600000000000000 00 | 13000000 0020 00000000 fffffff5 00000001 76'),
    )
  })

  it('the login of 5.7.0', () => {
    const request = hex(`28000000 00c1 00010000 0100000000000000 ffffffff 00 aab5a873936ea105 5aaaa85bb7110882 01
      09000000 0000 646576 | 06000000 0004 | 06000000 0004 | 09000000 0000 4e4a53 | 0b000000 0000 352e372e30
      08000000 0000 6331 | 06000000 0010 | 06000000 0028`)
    const reader = new MessageReader()
    reader.open(request, 0, request.length, REQUEST_HEAD_BYTES)
    assert.deepEqual(clientTable.authenticate.request.read(reader), {
      ...loginRequest,
      uuid: '05a16e93-73a8-b5aa-8208-11b75ba8aa5a',
      clientName: 'c1',
    })
  })

  it('the views', () => {
    assert.deepEqual(
      response(clientTable.addClusterViewListener, 2, undefined),
      hex('13000000 00e0 01030000 0200000000000000 00'),
    )
    assert.deepEqual(
      event(eventTable.partitionsView, 2, {
        version: 1,
        partitions: new Map([['aaaaaaaa-0000-0000-0000-000000000001', [0, 1, 2]]]),
      }),
      hex(`1a000000 00c2 03030000 0200000000000000 ffffffff 01000000
        06000000 0010 | 12000000 0000 00000000 01000000 02000000 | 06000000 0008
        17000000 0020 00 00000000aaaaaaaa 0100000000000000`),
    )
  })
})

describe('wire: requests as the official client writes them', () => {
  const name = 'things'
  const keyed = { name, key, threadId: 7 }
  const keyedArgs = [name, theirKey, long(7)]
  const stored = { name, key, value, threadId: 7, ttl: 60_000 }
  const storedArgs = [name, theirKey, theirValue, long(7), long(60_000)]
  const idle = { ...stored, maxIdle: -1 }
  const idleArgs = [...storedArgs, long(-1)]
  const { routingMode: _, cpDirectToLeaderRouting: __, ...login } = { ...loginRequest, uuid, labels: ['a', 'é'] }
  const theirLogin = [theirUuid, 'NJS', 1, '5.7.0', 'raw', ['a', 'é']]
  const descriptor = (fieldName: string, kind: number) => new FieldDescriptor(fieldName, kind)
  const theirSchema = new Schema('employee', [descriptor('a', 9), descriptor('b', 17)])
  const schema = {
    typeName: 'employee',
    fields: [
      { fieldName: 'a', kind: 9 },
      { fieldName: 'b', kind: 17 },
    ],
  }
  const { username: ___, password: ____, ...tokenLogin } = { ...login, credentials: key }

  const cases: readonly (readonly [string, Row<unknown, unknown>, object, readonly unknown[]])[] = [
    [
      'ClientAuthentication',
      clientTable.authenticate,
      { ...login, username: 'u', password: null },
      ['dev', 'u', null, ...theirLogin],
    ],
    ['ClientAuthenticationCustom', clientTable.authenticateCustom, tokenLogin, ['dev', key, ...theirLogin]],
    ['ClientAddClusterViewListener', clientTable.addClusterViewListener, {}, []],
    ['ClientCreateProxy', clientTable.createProxy, { name, service: 's' }, [name, 's']],
    ['ClientDestroyProxy', clientTable.destroyProxy, { name, service: 's' }, [name, 's']],
    ['ClientGetDistributedObjects', clientTable.getDistributedObjects, {}, []],
    ['ClientAddDistributedObjectListener', clientTable.addDistributedObjectListener, { localOnly: true }, [true]],
    ['ClientRemoveDistributedObjectListener', clientTable.removeDistributedObjectListener, { registration: uuid }, [theirUuid]],
    ['ClientPing', clientTable.ping, {}, []],
    [
      'ClientStatistics',
      clientTable.statistics,
      { timestamp: 2 ** 41, attributes: 'a=1', metrics: key },
      [long(2 ** 41), 'a=1', key],
    ],
    [
      'ClientCreateProxies',
      clientTable.createProxies,
      {
        proxies: [
          ['a', 'b'],
          ['c', 'd'],
        ],
      },
      [
        [
          ['a', 'b'],
          ['c', 'd'],
        ],
      ],
    ],
    ['ClientLocalBackupListener', clientTable.localBackupListener, {}, []],
    ['ClientSendSchema', clientTable.sendSchema, { schema }, [theirSchema]],
    [
      'ClientFetchSchema',
      clientTable.fetchSchema,
      { id: -4_611_686_018_427_387_909n },
      [Long.fromString('-4611686018427387909')],
    ],
    ['ClientSendAllSchemas', clientTable.sendAllSchemas, { schemas: [schema] }, [[theirSchema]]],
    ['MapPut', mapTable.put, stored, storedArgs],
    ['MapGet', mapTable.get, keyed, keyedArgs],
    ['MapRemove', mapTable.remove, keyed, keyedArgs],
    ['MapReplace', mapTable.replace, { name, key, value, threadId: 7 }, [name, theirKey, theirValue, long(7)]],
    [
      'MapReplaceIfSame',
      mapTable.replaceIfSame,
      { name, key, expected: key, value, threadId: 7 },
      [name, theirKey, theirKey, theirValue, long(7)],
    ],
    ['MapContainsKey', mapTable.containsKey, keyed, keyedArgs],
    ['MapContainsValue', mapTable.containsValue, { name, value }, [name, theirValue]],
    [
      'MapRemoveIfSame',
      mapTable.removeIfSame,
      { name, key, expected: value, threadId: 7 },
      [name, theirKey, theirValue, long(7)],
    ],
    ['MapDelete', mapTable.delete, keyed, keyedArgs],
    ['MapFlush', mapTable.flush, { name }, [name]],
    ['MapTryRemove', mapTable.tryRemove, { ...keyed, timeout: 5 }, [...keyedArgs, long(5)]],
    ['MapTryPut', mapTable.tryPut, { name, key, value, threadId: 7, timeout: 5 }, [name, theirKey, theirValue, long(7), long(5)]],
    ['MapLock', mapTable.lock, { ...keyed, lease: 5, reference: 6 }, [...keyedArgs, long(5), long(6)]],
    ['MapTryLock', mapTable.tryLock, { ...keyed, lease: 5, timeout: 6, reference: 8 }, [...keyedArgs, long(5), long(6), long(8)]],
    ['MapIsLocked', mapTable.isLocked, { name, key }, [name, theirKey]],
    ['MapUnlock', mapTable.unlock, { ...keyed, reference: 6 }, [...keyedArgs, long(6)]],
    ['MapForceUnlock', mapTable.forceUnlock, { name, key, reference: 6 }, [name, theirKey, long(6)]],
    ['MapPutTransient', mapTable.putTransient, stored, storedArgs],
    ['MapPutIfAbsent', mapTable.putIfAbsent, stored, storedArgs],
    ['MapSet', mapTable.set, stored, storedArgs],
    [
      'MapAddEntryListenerToKey',
      mapTable.addEntryListenerToKey,
      { name, key, includeValue: true, flags: 0x253, localOnly: true },
      [name, theirKey, true, 0x253, true],
    ],
    [
      'MapAddEntryListener',
      mapTable.addEntryListener,
      { name, includeValue: true, flags: 3, localOnly: false },
      [name, true, 3, false],
    ],
    ['MapRemoveEntryListener', mapTable.removeEntryListener, { name, registration: uuid }, [name, theirUuid]],
    ['MapGetEntryView', mapTable.getEntryView, keyed, keyedArgs],
    ['MapEvict', mapTable.evict, keyed, keyedArgs],
    ['MapEvictAll', mapTable.evictAll, { name }, [name]],
    ['MapLoadAll', mapTable.loadAll, { name, replaceExisting: true }, [name, true]],
    ['MapLoadGivenKeys', mapTable.loadGivenKeys, { name, keys: [key], replaceExisting: false }, [name, [theirKey], false]],
    ['MapKeySet', mapTable.keySet, { name }, [name]],
    ['MapGetAll', mapTable.getAll, { name, keys: [key, value] }, [name, [theirKey, theirValue]]],
    ['MapValues', mapTable.values, { name }, [name]],
    ['MapEntrySet', mapTable.entrySet, { name }, [name]],
    ['MapSize', mapTable.size, { name }, [name]],
    ['MapIsEmpty', mapTable.isEmpty, { name }, [name]],
    [
      'MapPutAll',
      mapTable.putAll,
      { name, entries: [[key, value]], triggerLoader: true },
      [name, [[theirKey, theirValue]], true],
    ],
    ['MapClear', mapTable.clear, { name }, [name]],
    [
      'MapExecuteOnKey',
      mapTable.executeOnKey,
      { name, processor: value, key, threadId: 7 },
      [name, theirValue, theirKey, long(7)],
    ],
    [
      'MapExecuteWithPredicate',
      mapTable.executeWithPredicate,
      { name, processor: value, predicate: key },
      [name, theirValue, theirKey],
    ],
    ['MapExecuteOnAllKeys', mapTable.executeOnAllKeys, { name, processor: value }, [name, theirValue]],
    [
      'MapExecuteOnKeys',
      mapTable.executeOnKeys,
      { name, processor: value, keys: [key, value] },
      [name, theirValue, [theirKey, theirValue]],
    ],
    [
      'MapFetchNearCacheInvalidationMetadata',
      mapTable.fetchNearCacheInvalidationMetadata,
      { names: ['a', 'b'], member: uuid },
      [['a', 'b'], theirUuid],
    ],
    [
      'MapAddNearCacheInvalidationListener',
      mapTable.addNearCacheInvalidationListener,
      { name, flags: 256, localOnly: true },
      [name, 256, true],
    ],
    ['MapSetTtl', mapTable.setTtl, { name, key, ttl: 5 }, [name, theirKey, long(5)]],
    ['MapPutWithMaxIdle', mapTable.putWithMaxIdle, idle, idleArgs],
    ['MapPutTransientWithMaxIdle', mapTable.putTransientWithMaxIdle, idle, idleArgs],
    ['MapPutIfAbsentWithMaxIdle', mapTable.putIfAbsentWithMaxIdle, idle, idleArgs],
    ['MapSetWithMaxIdle', mapTable.setWithMaxIdle, idle, idleArgs],
  ]

  for (const [name, row, request, args] of cases) {
    it(name, () => {
      const theirs = codec(name).encodeRequest(...args)
      theirs.setCorrelationId(9)
      theirs.setPartitionId(0)
      const bytes: Buffer = theirs.toBuffer()
      const ours = encodeRequest(row, 9, request)
      // Ours says that it could count backup acknowledgements, as the client does when it sends; and has the newest fields.
      ours[5]! &= 0xfe
      const reader = new MessageReader()
      reader.open(bytes, 0, bytes.length, REQUEST_HEAD_BYTES)
      const missing = name.startsWith('ClientAuthentication')
        ? { routingMode: undefined, cpDirectToLeaderRouting: undefined }
        : {}
      assert.deepEqual(row.request.read(reader), { ...request, ...missing })
      if (Object.keys(missing).length === 0) assert.equal(ours.toString('hex'), bytes.toString('hex'))
    })
  }

  it('every message that both know is compared', () => {
    const compared = new Set(cases.map(([, row]) => row.code))
    const unsent = new Set([
      clientTable.triggerPartitionAssignment.code,
      mapTable.submitToKey.code,
      mapTable.addInterceptor.code,
      mapTable.removeInterceptor.code,
    ])
    for (const row of [...Object.values(clientTable), ...Object.values(mapTable)]) {
      assert.ok(compared.has(row.code) || unsent.has(row.code), `0x${row.code.toString(16)}`)
    }
  })
})

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

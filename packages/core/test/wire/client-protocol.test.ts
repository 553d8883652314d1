/** The client protocol byte for byte: captured bytes, and requests as the official client writes them. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { REQUEST_HEAD_BYTES } from '../../src/protocol/client-frame.js'
import { MessageReader } from '../../src/protocol/client-reader.js'
import type { Row } from '../../src/protocol/client-row.js'
import { clientTable, eventTable, mapTable } from '../../src/protocol/client-table.js'
import { encodeRequest, loginRequest } from '../unit/server/support/raw-session.js'
import {
  codec,
  event,
  FieldDescriptor,
  hex,
  key,
  Long,
  long,
  response,
  Schema,
  theirKey,
  theirUuid,
  theirValue,
  uuid,
  value,
} from './official-codecs.js'

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
      clientTable.addPartitionLostListener.code,
      clientTable.removePartitionLostListener.code,
      mapTable.addPartitionLostListener.code,
      mapTable.removePartitionLostListener.code,
      mapTable.putAllWithMetadata.code,
      mapTable.submitToKey.code,
      mapTable.addInterceptor.code,
      mapTable.removeInterceptor.code,
    ])
    for (const row of [...Object.values(clientTable), ...Object.values(mapTable)]) {
      assert.ok(compared.has(row.code) || unsent.has(row.code), `0x${row.code.toString(16)}`)
    }
  })
})

/**
 * THE TABLE of the client protocol: every message that this member answers and every event that it sends. Fields are
 * in the order of the protocol's definition. A message of a known service that has no row here is refused by name.
 */

import {
  bool,
  both,
  byte,
  bytes,
  data,
  exactLong,
  int,
  list,
  long,
  nullable,
  optional,
  packed,
  pairs,
  partitionsByMember,
  string,
  uuid,
} from './client-fields.js'
import { body, empty, event, once, only, repeatable, struct } from './client-row.js'

const address = struct({ host: string, port: int })
const strings = pairs(string, string)
const memberInfo = struct({
  address,
  uuid,
  attributes: strings,
  lite: bool,
  version: struct({ major: byte, minor: byte, patch: byte }),
  addressMap: pairs(struct({ type: int, identifier: nullable(string) }), address),
})
const schema = struct({ typeName: string, fields: list(struct({ fieldName: string, kind: int })) })
const entryView = struct({
  key: data,
  value: data,
  cost: long,
  creationTime: long,
  expirationTime: long,
  hits: long,
  lastAccessTime: long,
  lastStoredTime: long,
  lastUpdateTime: long,
  version: long,
  ttl: long,
  maxIdle: long,
})

const newerLoginFields = { routingMode: optional(byte), cpDirectToLeaderRouting: optional(bool) }
const loginAnswer = body({
  status: byte,
  address: nullable(address),
  memberUuid: uuid,
  serializationVersion: byte,
  serverVersion: string,
  partitionCount: int,
  clusterId: uuid,
  failoverSupported: bool,
  tpcPorts: nullable(packed(int)),
  tpcToken: nullable(bytes),
  memberListVersion: int,
  members: list(memberInfo),
  partitionListVersion: int,
  partitions: partitionsByMember,
  keyValuePairs: strings,
})
const client = { uuid, clientType: string, serializationVersion: byte, clientVersion: string, clientName: string }

export const clientTable = {
  authenticate: once(
    0x000100,
    {
      clusterName: string,
      username: nullable(string),
      password: nullable(string),
      ...client,
      labels: list(string),
      ...newerLoginFields,
    },
    loginAnswer,
  ),
  authenticateCustom: once(
    0x000200,
    { clusterName: string, credentials: bytes, ...client, labels: list(string), ...newerLoginFields },
    loginAnswer,
  ),
  addClusterViewListener: repeatable(0x000300, {}, empty),
  createProxy: repeatable(0x000400, { name: string, service: string }, empty),
  destroyProxy: once(0x000500, { name: string, service: string }, empty),
  addPartitionLostListener: once(0x000600, { localOnly: bool }, only(uuid)),
  removePartitionLostListener: repeatable(0x000700, { registration: uuid }, only(bool)),
  getDistributedObjects: repeatable(0x000800, {}, only(list(struct({ service: string, name: string })))),
  addDistributedObjectListener: once(0x000900, { localOnly: bool }, only(uuid)),
  removeDistributedObjectListener: repeatable(0x000a00, { registration: uuid }, only(bool)),
  ping: repeatable(0x000b00, {}, empty),
  statistics: repeatable(0x000c00, { timestamp: long, attributes: string, metrics: bytes }, empty),
  createProxies: repeatable(0x000e00, { proxies: strings }, empty),
  localBackupListener: repeatable(0x000f00, {}, only(uuid)),
  triggerPartitionAssignment: repeatable(0x001000, {}, empty),
  sendSchema: repeatable(0x001300, { schema }, only(packed(uuid))),
  fetchSchema: repeatable(0x001400, { id: exactLong }, only(nullable(schema))),
  sendAllSchemas: repeatable(0x001500, { schemas: list(schema) }, empty),
} as const

const name = { name: string }
const keyed = { name: string, key: data, threadId: long }
const stored = { name: string, key: data, value: data, threadId: long, ttl: long }
const storedWithIdle = { ...stored, maxIdle: long }
const dataOrNull = only(nullable(data))
const yesOrNo = only(bool)
const dataList = only(list(data))
const entryList = only(pairs(data, data))
const listened = { includeValue: bool, flags: int, localOnly: bool }

export const mapTable = {
  put: once(0x010100, stored, dataOrNull),
  get: repeatable(0x010200, keyed, dataOrNull),
  remove: once(0x010300, keyed, dataOrNull),
  replace: once(0x010400, { name: string, key: data, value: data, threadId: long }, dataOrNull),
  replaceIfSame: once(0x010500, { name: string, key: data, expected: data, value: data, threadId: long }, yesOrNo),
  containsKey: repeatable(0x010600, keyed, yesOrNo),
  containsValue: repeatable(0x010700, { name: string, value: data }, yesOrNo),
  removeIfSame: once(0x010800, { name: string, key: data, expected: data, threadId: long }, yesOrNo),
  delete: once(0x010900, keyed, yesOrNo),
  flush: once(0x010a00, name, empty),
  tryRemove: once(0x010b00, { ...keyed, timeout: long }, yesOrNo),
  tryPut: once(0x010c00, { name: string, key: data, value: data, threadId: long, timeout: long }, yesOrNo),
  putTransient: once(0x010d00, stored, empty),
  putIfAbsent: once(0x010e00, stored, dataOrNull),
  set: once(0x010f00, stored, empty),
  lock: once(0x011000, { ...keyed, lease: long, reference: long }, empty),
  tryLock: once(0x011100, { ...keyed, lease: long, timeout: long, reference: long }, yesOrNo),
  isLocked: repeatable(0x011200, { name: string, key: data }, yesOrNo),
  unlock: once(0x011300, { ...keyed, reference: long }, empty),
  addInterceptor: once(0x011400, { name: string, interceptor: data }, only(string)),
  removeInterceptor: once(0x011500, { name: string, id: string }, yesOrNo),
  addEntryListenerToKey: once(0x011800, { name: string, key: data, ...listened }, only(uuid)),
  addEntryListener: once(0x011900, { name: string, ...listened }, only(uuid)),
  removeEntryListener: repeatable(0x011a00, { name: string, registration: uuid }, yesOrNo),
  addPartitionLostListener: once(0x011b00, { name: string, localOnly: bool }, only(uuid)),
  removePartitionLostListener: repeatable(0x011c00, { name: string, registration: uuid }, yesOrNo),
  getEntryView: repeatable(0x011d00, keyed, body({ view: nullable(entryView), maxIdle: long })),
  evict: once(0x011e00, keyed, yesOrNo),
  evictAll: once(0x011f00, name, empty),
  loadAll: once(0x012000, { name: string, replaceExisting: bool }, empty),
  loadGivenKeys: once(0x012100, { name: string, keys: list(data), replaceExisting: bool }, empty),
  keySet: repeatable(0x012200, name, dataList),
  getAll: once(0x012300, { name: string, keys: list(data) }, entryList),
  values: repeatable(0x012400, name, dataList),
  entrySet: repeatable(0x012500, name, entryList),
  size: repeatable(0x012a00, name, only(int)),
  isEmpty: repeatable(0x012b00, name, yesOrNo),
  putAll: once(0x012c00, { name: string, entries: pairs(data, data), triggerLoader: optional(bool) }, empty),
  clear: once(0x012d00, name, empty),
  executeOnKey: once(0x012e00, { name: string, processor: data, key: data, threadId: long }, dataOrNull),
  submitToKey: once(0x012f00, { name: string, processor: data, key: data, threadId: long }, dataOrNull),
  executeOnAllKeys: once(0x013000, { name: string, processor: data }, entryList),
  executeWithPredicate: once(0x013100, { name: string, processor: data, predicate: data }, entryList),
  executeOnKeys: once(0x013200, { name: string, processor: data, keys: list(data) }, entryList),
  forceUnlock: once(0x013300, { name: string, key: data, reference: long }, empty),
  fetchNearCacheInvalidationMetadata: repeatable(
    0x013d00,
    { names: list(string), member: uuid },
    body({ sequences: pairs(string, packed(both(int, long))), partitionUuids: packed(both(int, uuid)) }),
  ),
  addNearCacheInvalidationListener: once(0x013f00, { name: string, flags: int, localOnly: bool }, only(uuid)),
  setTtl: once(0x014300, { name: string, key: data, ttl: long }, yesOrNo),
  putWithMaxIdle: once(0x014400, storedWithIdle, dataOrNull),
  putTransientWithMaxIdle: once(0x014500, storedWithIdle, dataOrNull),
  putIfAbsentWithMaxIdle: once(0x014600, storedWithIdle, dataOrNull),
  setWithMaxIdle: once(0x014700, storedWithIdle, dataOrNull),
  putAllWithMetadata: once(0x014900, { name: string, entries: list(entryView) }, empty),
} as const

const entryEvent = {
  key: nullable(data),
  value: nullable(data),
  oldValue: nullable(data),
  mergingValue: nullable(data),
  type: int,
  member: uuid,
  affected: int,
}

export const eventTable = {
  membersView: event(0x000302, { version: int, members: list(memberInfo) }),
  partitionsView: event(0x000303, { version: int, partitions: partitionsByMember }),
  partitionLost: event(0x000602, { partitionId: int, lostBackupCount: int, source: uuid }),
  mapPartitionLost: event(0x011b02, { partitionId: int, member: uuid }),
  distributedObject: event(0x000902, { name: string, service: string, type: string, source: uuid }),
  entryOfKeyWithPredicate: event(0x011602, entryEvent),
  entryWithPredicate: event(0x011702, entryEvent),
  entryOfKey: event(0x011802, entryEvent),
  entry: event(0x011902, entryEvent),
  invalidation: event(0x013f02, { key: nullable(data), source: uuid, partitionUuid: uuid, sequence: long }),
  invalidations: event(0x013f03, {
    keys: list(data),
    sources: packed(uuid),
    partitionUuids: packed(uuid),
    sequences: packed(long),
  }),
} as const

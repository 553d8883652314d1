/**
 * `DataMap` over the cluster: turns calls into requests for the groups that hold the keys. One instance per map and
 * member; the embedded API and the client protocol server share it.
 */

import type { GroupView } from '../api/admin.js'
import type { LocalMapStats } from '../api/map.js'
import { CobnutError } from '../base/errors.js'
import { type GroupId, groupId, type MemberId } from '../base/ids.js'
import type { DeclaredMap } from '../control/cluster-state.js'
import type { Clock } from '../env/env.js'
import type { Groups } from '../operation/groups.js'
import type { Invoker } from '../operation/invoker.js'
import { type MapRequest, type OpCode, opCode, type Result } from '../operation/request.js'
import { groupViewOf } from '../partition/group-view.js'
import { keyHash, partitionHash, partitionOf } from '../serialization/data.js'
import type { Data, DataCall, DataEntryView, DataListener, EmbeddedMap, Expiry } from './data-map.js'
import { eventType } from './data-map.js'
import { GroupMaps } from './group-maps.js'
import type { Listeners } from './listeners.js'
import { type CallKind, type EntryCounts, MapStats } from './map-stats.js'

/** Bulk calls go out in requests of about this size, so that no group's log gets one giant record. */
const bulkBytesMax = 256 * 1024

export interface RoutedMapOptions {
  readonly self: MemberId
  readonly clock: Clock
  readonly groups: Groups
  readonly invoker: Invoker
  readonly listeners: Listeners
  readonly callTimeoutMs: number
  /** Resolves to what the cluster has decided about this map; declares it on first use. */
  readonly declare: (name: string) => Promise<DeclaredMap>
}

const noItems: readonly Uint8Array[] = []
const nothing: Partial<MapRequest> = {}

export class RoutedMap implements EmbeddedMap {
  readonly name: string
  readonly #options: RoutedMapOptions
  readonly #stats: MapStats
  backupReads = 0

  constructor(name: string, options: RoutedMapOptions) {
    this.name = name
    this.#options = options
    this.#stats = new MapStats(options.clock.wallMs())
  }

  async get(key: Data, call?: DataCall): Promise<Data | null> {
    const map = this.#declared() ?? (await this.#options.declare(this.name))
    const startedMs = this.#options.clock.monotonicMs()
    const stored = plainKey(key)
    const group = this.#groupOf(map, key)
    const request = this.#request(map, opCode.get, stored)
    const local = map.settings.readBackupData ? this.#readBackup(group, request) : undefined
    const value = (local !== undefined ? local : await this.#invoke(group, request, call)) as Data | null
    this.#count('get', startedMs, value !== null)
    return value
  }

  /** Undefined = this member has no copy that may answer. */
  #readBackup(group: GroupId, request: MapRequest): Result | undefined {
    const replica = this.#options.groups.get(group)
    if (replica === undefined || replica.primary !== null) return undefined
    const result = replica.readLocally(request)
    if (result !== undefined) this.backupReads++
    return result
  }

  async put(key: Data, value: Data, expiry: Expiry, call?: DataCall): Promise<Data | null> {
    return (await this.#single('put', opCode.put, key, call, { value, ...expiry })) as Data | null
  }

  set(key: Data, value: Data, expiry: Expiry, call?: DataCall): Promise<void> {
    const { ttlMs, maxIdleMs } = expiry
    return this.#single('set', opCode.set, key, call, { value, ttlMs, maxIdleMs }) as Promise<unknown> as Promise<void>
  }

  async putIfAbsent(key: Data, value: Data, expiry: Expiry, call?: DataCall): Promise<Data | null> {
    return (await this.#single('put', opCode.putIfAbsent, key, call, { value, ...expiry })) as Data | null
  }

  async replace(key: Data, value: Data, call?: DataCall): Promise<Data | null> {
    return (await this.#single('put', opCode.replace, key, call, { value })) as Data | null
  }

  async replaceIfSame(key: Data, expected: Data, value: Data, call?: DataCall): Promise<boolean> {
    return (await this.#single('put', opCode.replaceIfSame, key, call, { value, expected })) as boolean
  }

  async remove(key: Data, call?: DataCall): Promise<Data | null> {
    return (await this.#single('remove', opCode.remove, key, call)) as Data | null
  }

  async removeIfSame(key: Data, expected: Data, call?: DataCall): Promise<boolean> {
    return (await this.#single('remove', opCode.removeIfSame, key, call, { expected })) as boolean
  }

  async delete(key: Data, call?: DataCall): Promise<boolean> {
    return (await this.#single('remove', opCode.delete, key, call)) as boolean
  }

  async evict(key: Data, call?: DataCall): Promise<boolean> {
    return (await this.#single('other', opCode.evict, key, call)) as boolean
  }

  async setTtl(key: Data, ttlMs: number, call?: DataCall): Promise<boolean> {
    return (await this.#single('other', opCode.setTtl, key, call, { ttlMs })) as boolean
  }

  async containsKey(key: Data, call?: DataCall): Promise<boolean> {
    return (await this.#single('other', opCode.containsKey, key, call)) as boolean
  }

  async getEntryView(key: Data, call?: DataCall): Promise<DataEntryView | null> {
    const fields = (await this.#single('other', opCode.getEntryView, key, call)) as readonly (Data | number)[] | null
    if (fields === null) return null
    const [value, ...numbers] = fields as [Data, ...number[]]
    const [cost, creationTime, lastUpdateTime, lastAccessTime, hits, expirationTime, version, ttlMs, maxIdleMs] = numbers as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    return { key, value, cost, creationTime, lastUpdateTime, lastAccessTime, hits, expirationTime, version, ttlMs, maxIdleMs }
  }

  async getAll(keys: readonly Data[], call?: DataCall): Promise<[Data, Data][]> {
    const found = (await this.#bulk(
      'get',
      opCode.getAll,
      keys.map(key => [key]),
      call,
    )) as readonly (readonly Data[])[]
    return found.flatMap(pairs)
  }

  async putAll(entries: readonly (readonly [Data, Data])[], call?: DataCall): Promise<void> {
    await this.#bulk('put', opCode.putAll, entries, call)
  }

  async executeOnKey(key: Data, processor: Data, call?: DataCall): Promise<Data | null> {
    return (await this.#single('other', opCode.executeOnKey, key, call, { value: processor })) as Data | null
  }

  async executeOnKeys(keys: readonly Data[], processor: Data, call?: DataCall): Promise<[Data, Data][]> {
    const single = keys.map(key => [key])
    return ((await this.#bulk('other', opCode.executeOnKeys, single, call, processor)) as readonly (readonly Data[])[]).flatMap(
      pairs,
    )
  }

  async executeOnEntries(processor: Data, call?: DataCall): Promise<[Data, Data][]> {
    return ((await this.#everywhere(opCode.executeOnEntries, call, processor)) as readonly (readonly Data[])[]).flatMap(pairs)
  }

  async size(call?: DataCall): Promise<number> {
    const sizes = (await this.#everywhere(opCode.size, call)) as readonly number[]
    return Math.min(sum(sizes), 0x7fffffff)
  }

  async containsValue(value: Data, call?: DataCall): Promise<boolean> {
    return ((await this.#everywhere(opCode.containsValue, call, value)) as readonly boolean[]).includes(true)
  }

  async clear(call?: DataCall): Promise<void> {
    await this.#clearAll(opCode.clear, eventType.cleared, call)
  }

  async evictAll(call?: DataCall): Promise<void> {
    await this.#clearAll(opCode.evictAll, eventType.allEvicted, call)
  }

  async #clearAll(op: OpCode, type: number, call: DataCall | undefined): Promise<void> {
    const affected = sum((await this.#everywhere(op, call)) as readonly number[])
    if (affected === 0) return
    const { listeners, self } = this.#options
    listeners.publish(this.name, { type, key: null, value: null, oldValue: null, memberId: self, affected })
  }

  async keySet(call?: DataCall): Promise<Data[]> {
    return ((await this.#everywhere(opCode.keySet, call)) as readonly (readonly Data[])[]).flat()
  }

  async values(call?: DataCall): Promise<Data[]> {
    return ((await this.#everywhere(opCode.values, call)) as readonly (readonly Data[])[]).flat()
  }

  async entrySet(call?: DataCall): Promise<[Data, Data][]> {
    return ((await this.#everywhere(opCode.entrySet, call)) as readonly (readonly Data[])[]).flatMap(pairs)
  }

  async addListener(listener: DataListener): Promise<string> {
    if (this.#declared() === undefined) await this.#options.declare(this.name)
    const { onEvent } = listener
    return this.#options.listeners.add(this.name, {
      ...listener,
      key: listener.key === null ? null : plainKey(listener.key),
      onEvent: event => {
        this.#stats.event()
        onEvent(event)
      },
    })
  }

  removeListener(id: string): Promise<boolean> {
    return this.#options.listeners.remove(this.name, id)
  }

  async whereIs(key: Data): Promise<GroupView> {
    const map = this.#declared() ?? (await this.#options.declare(this.name))
    return groupViewOf(this.#options.groups.state, this.#groupOf(map, key))
  }

  localKeySet(): Data[] {
    const keys: Data[] = []
    this.#eachLocal((owned, store) => {
      if (!owned) return
      for (let cursor = 0; cursor !== -1; ) cursor = store.scan(cursor, 1024, ref => keys.push(store.key(ref)))
    })
    return keys
  }

  /** An entry that this member owned went, and nobody removed it. */
  onDropped(reason: number): void {
    this.#stats.dropped(reason)
  }

  localStats(): LocalMapStats {
    return this.#stats.read(this.counts(), this.#declared()?.settings.backupCount ?? 0)
  }

  /** Entries and bytes that this member owns, and that it keeps for others. */
  counts(): EntryCounts {
    let [ownedEntries, ownedBytes, backupEntries, backupBytes] = [0, 0, 0, 0]
    this.#eachLocal((owned, store) => {
      if (owned) {
        ownedEntries += store.size
        ownedBytes += store.bytes
      } else {
        backupEntries += store.size
        backupBytes += store.bytes
      }
    })
    return { ownedEntries, ownedBytes, backupEntries, backupBytes }
  }

  #eachLocal(visit: (owned: boolean, store: NonNullable<ReturnType<GroupMaps['shard']>>['store']) => void): void {
    const map = this.#declared()
    if (map === undefined) return
    for (const replica of this.#options.groups.all()) {
      const shard = replica.data instanceof GroupMaps ? replica.data.shard(map.id) : undefined
      if (shard !== undefined) visit(replica.role === 'primary', shard.store)
    }
  }

  // --- routing

  #declared(): DeclaredMap | undefined {
    return this.#options.groups.state.maps.get(this.name)
  }

  #groupOf(map: DeclaredMap, key: Data): GroupId {
    const { partitionCount } = this.#options.groups.state.settings
    return groupId(map.classIndex * partitionCount + partitionOf(key, partitionCount))
  }

  #request(map: DeclaredMap, op: OpCode, key: Data | null, more: Partial<MapRequest> = nothing): MapRequest {
    const { value = null, expected = null, ttlMs = -1, maxIdleMs = -1, items = noItems } = more
    return { op, mapId: map.id, key, value, expected, ttlMs, maxIdleMs, items }
  }

  #invoke(group: GroupId, request: MapRequest, call: DataCall | undefined): Promise<Result> {
    return this.#options.invoker.invoke(group, request, {
      timeoutMs: call?.timeoutMs ?? this.#options.callTimeoutMs,
      signal: call?.signal,
      onDurable: call?.onDurable,
    })
  }

  #single(kind: CallKind, op: OpCode, key: Data, call: DataCall | undefined, more?: Partial<MapRequest>): Promise<Result> {
    const map = this.#declared()
    if (map !== undefined) return this.#singleIn(map, kind, op, key, call, more)
    return this.#options.declare(this.name).then(declared => this.#singleIn(declared, kind, op, key, call, more))
  }

  #singleIn(
    map: DeclaredMap,
    kind: CallKind,
    op: OpCode,
    key: Data,
    call: DataCall | undefined,
    more: Partial<MapRequest> | undefined,
  ): Promise<Result> {
    const startedMs = this.#options.clock.monotonicMs()
    return this.#invoke(this.#groupOf(map, key), this.#request(map, op, plainKey(key), more), call).then(result => {
      this.#count(kind, startedMs)
      return result
    })
  }

  /** One request per group and about `bulkBytesMax`; all at once. `entries` are the items of one key each, the key first. */
  async #bulk(
    kind: CallKind,
    op: OpCode,
    entries: readonly (readonly Data[])[],
    call: DataCall | undefined,
    value: Data | null = null,
  ): Promise<Result[]> {
    if (entries.length === 0) return []
    const map = this.#declared() ?? (await this.#options.declare(this.name))
    const startedMs = this.#options.clock.monotonicMs()
    const batches = new Map<GroupId, { items: Data[]; bytes: number }>()
    const calls: Promise<Result>[] = []
    const send = (group: GroupId, items: readonly Data[]): void => {
      calls.push(this.#invoke(group, this.#request(map, op, null, { items, value }), call))
    }
    for (const entry of entries) {
      const [key, ...rest] = entry as [Data, ...Data[]]
      const group = this.#groupOf(map, key)
      let batch = batches.get(group)
      if (batch === undefined || batch.bytes > bulkBytesMax) {
        if (batch !== undefined) send(group, batch.items)
        batch = { items: [], bytes: 0 }
        batches.set(group, batch)
      }
      batch.items.push(plainKey(key), ...rest)
      for (const item of entry) batch.bytes += item.length
    }
    for (const [group, { items }] of batches) send(group, items)
    const results = await settled(calls)
    this.#count(kind, startedMs, false, entries.length)
    return results
  }

  async #everywhere(op: OpCode, call: DataCall | undefined, value: Data | null = null): Promise<Result[]> {
    const map = this.#declared() ?? (await this.#options.declare(this.name))
    const startedMs = this.#options.clock.monotonicMs()
    const { partitionCount } = this.#options.groups.state.settings
    const request = this.#request(map, op, null, { value })
    const calls: Promise<Result>[] = []
    for (let p = 0; p < partitionCount; p++) {
      calls.push(this.#invoke(groupId(map.classIndex * partitionCount + p), request, call))
    }
    const results = await settled(calls)
    this.#count('other', startedMs)
    return results
  }

  #count(kind: CallKind, startedMs: number, hit = false, count = 1): void {
    const { clock } = this.#options
    this.#stats.call(kind, clock.monotonicMs() - startedMs, clock.wallMs(), hit, count)
  }
}

/** Waits for all, so that no part of a bulk call is still under way when the caller hears of a failure. */
async function settled(calls: readonly Promise<Result>[]): Promise<Result[]> {
  const outcomes = await Promise.allSettled(calls)
  const failures = outcomes.flatMap(o => (o.status === 'rejected' ? [o.reason as unknown] : []))
  const [first] = failures
  if (first === undefined) return outcomes.map(o => (o as PromiseFulfilledResult<Result>).value)
  const isUntouched =
    failures.length === calls.length && failures.every(f => f instanceof CobnutError && f.outcome === 'not-applied')
  if (first instanceof CobnutError && !isUntouched && first.outcome === 'not-applied') {
    throw new CobnutError(first.code, `${first.message} (other parts of the call may have been done)`, {
      cause: first,
      outcome: 'unknown',
    })
  }
  throw first as unknown
}

/** Some clients write the content's own hash into the header, others leave it out: both mean the same key. */
function plainKey(key: Data): Data {
  const explicit = partitionHash(key)
  if (explicit !== keyHash(key) || (key[0] === 0 && key[1] === 0 && key[2] === 0 && key[3] === 0)) return key
  const plain = key.slice()
  plain.fill(0, 0, 4)
  return plain
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

function pairs(items: readonly Data[]): [Data, Data][] {
  const out: [Data, Data][] = []
  for (let i = 0; i + 1 < items.length; i += 2) out.push([items[i] as Data, items[i + 1] as Data])
  return out
}

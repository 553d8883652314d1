/**
 * `DataMap` over the cluster: turns calls into requests for the groups that hold the keys. One instance per map and
 * member; the embedded API and the client protocol server share it.
 */

import type { GroupView } from '../api/admin.js'
import type { MergePolicyName } from '../api/config.js'
import type { Consistency, LocalMapStats } from '../api/map.js'
import type { IndexConfig } from '../api/query.js'
import { CobnutError } from '../base/errors.js'
import type { GroupId, MemberId } from '../base/ids.js'
import type { DeclaredMap } from '../control/cluster-state.js'
import { type MapRequest, type OpCode, opCode, type Result } from '../operation/request.js'
import { groupViewOf } from '../partition/group-view.js'
import type { Data, DataCall, DataEntryView, DataListener, EmbeddedMap, Expiry, LockTerms } from './data-map.js'
import { eventType } from './data-map.js'
import type { Listeners } from './listeners.js'
import { LocalEntries } from './local-entries.js'
import { unlessLocked, waiting } from './lock-calls.js'
import { MapCalls, type MapCallsOptions, pairs, plainKey } from './map-calls.js'
import { MapQueries } from './map-queries.js'
import { type EntryCounts, type EntryUse, MapStats } from './map-stats.js'
import { conflictsIn, type DataConflict, policyBytes, type Version, versionBytes } from './merging.js'
import type { NearCaches } from './near-caches.js'
import type { QueryContext } from './query-context.js'
import { QueryCounts } from './query-stats.js'

export interface RoutedMapOptions extends MapCallsOptions {
  readonly self: MemberId
  readonly listeners: Listeners
  readonly nearCaches: NearCaches
  readonly interception: Interception
  /** False: `localStats` shows what is held, and nothing of what was done. */
  readonly statisticsEnabled: boolean
  /** How old the answers of backups may be where the map reads them; 0 = latest. */
  readonly backupReadMaxAgeMs: number
  readonly queries: QueryContext
  /** Entries that one query may answer with; -1 = any number. */
  readonly queryResultSizeMax: number
  /** Resolves to what the map was; null = nobody had declared it. */
  readonly destroy: () => Promise<DeclaredMap | null>
  readonly addIndex: (index: IndexConfig) => Promise<void>
}

/** Attaches interceptors to the map, for the whole cluster. */
export interface Interception {
  /** Resolves to the name of the interceptor that was meant. */
  add(call: Data): Promise<string>
  remove(interceptor: string): Promise<boolean>
}

const configured: Expiry = { ttlMs: -1, maxIdleMs: -1 }
const unused: EntryUse = { hits: 0, lastAccessMs: 0, lastUpdateMs: 0 }

export class RoutedMap implements EmbeddedMap {
  readonly name: string
  readonly queries: MapQueries
  readonly #options: RoutedMapOptions
  readonly #stats: MapStats
  readonly #calls: MapCalls
  readonly #local: LocalEntries
  backupReads = 0

  constructor(name: string, options: RoutedMapOptions) {
    this.name = name
    this.#options = options
    this.#stats = new MapStats(options.clock.wallMs())
    this.#calls = new MapCalls(name, options, this.#stats)
    this.#local = new LocalEntries(options.groups, () => this.#calls.declared())
    const { queries, queryResultSizeMax: resultSizeMax, addIndex } = options
    this.queries = new MapQueries({ calls: this.#calls, context: queries, resultSizeMax, addIndex })
  }

  async get(key: Data, call?: DataCall): Promise<Data | null> {
    const map = await this.#calls.known()
    const startedMs = this.#options.clock.monotonicMs()
    const stored = plainKey(key)
    const group = this.#calls.groupOf(map, key)
    const request = this.#calls.request(map, opCode.get, stored)
    const local = this.#readCopy(map, group, request, call)
    const value = (local !== undefined ? local : await this.#calls.invoke(group, request, call)) as Data | null
    this.#calls.count('get', startedMs)
    return value
  }

  /** Undefined = this member has no copy that may answer. */
  #readCopy(map: DeclaredMap, group: GroupId, request: MapRequest, call: DataCall | undefined): Result | undefined {
    const { readBackupData } = map.settings
    const consistency = call?.consistency
    if (consistency === undefined && !readBackupData) return undefined
    const maxAgeMs = consistency === undefined ? this.#defaultMaxAgeMs(map) : maxAgeOf(consistency)
    // a backup that is removed while it still reads is waited for only where this is configured
    if (maxAgeMs === 0 && !readBackupData) return undefined
    const replica = this.#options.groups.get(group)
    if (replica === undefined || replica.primary !== null) return undefined
    const result = replica.readLocally(request, maxAgeMs, call?.session?.seenOf(group) ?? 0)
    if (result === undefined) return undefined
    call?.session?.saw(group, replica.commit)
    this.backupReads++
    return result
  }

  /**
   * Where all copies are asynchronous none could know what is latest: whoever asks for such reads takes what there is. With no
   * copies at all there are some while partitions move, and those know.
   */
  #defaultMaxAgeMs({ settings }: DeclaredMap): number {
    const { backupReadMaxAgeMs } = this.#options
    const isAsync = settings.backupCount === 0 && settings.asyncBackupCount > 0
    return backupReadMaxAgeMs === 0 && isAsync ? Number.POSITIVE_INFINITY : backupReadMaxAgeMs
  }

  async put(key: Data, value: Data, expiry: Expiry, call?: DataCall): Promise<Data | null> {
    return (await this.#calls.single('put', opCode.put, key, call, { value, ...expiry })) as Data | null
  }

  set(key: Data, value: Data, expiry: Expiry, call?: DataCall): Promise<void> {
    const { ttlMs, maxIdleMs } = expiry
    return this.#calls.single('set', opCode.set, key, call, { value, ttlMs, maxIdleMs }) as Promise<unknown> as Promise<void>
  }

  async putIfAbsent(key: Data, value: Data, expiry: Expiry, call?: DataCall): Promise<Data | null> {
    return (await this.#calls.single('put', opCode.putIfAbsent, key, call, { value, ...expiry })) as Data | null
  }

  async replace(key: Data, value: Data, call?: DataCall): Promise<Data | null> {
    return (await this.#calls.single('put', opCode.replace, key, call, { value })) as Data | null
  }

  async replaceIfSame(key: Data, expected: Data, value: Data, call?: DataCall): Promise<boolean> {
    return (await this.#calls.single('put', opCode.replaceIfSame, key, call, { value, expected })) as boolean
  }

  async remove(key: Data, call?: DataCall): Promise<Data | null> {
    return (await this.#calls.single('remove', opCode.remove, key, call)) as Data | null
  }

  async removeIfSame(key: Data, expected: Data, call?: DataCall): Promise<boolean> {
    return (await this.#calls.single('remove', opCode.removeIfSame, key, call, { expected })) as boolean
  }

  async delete(key: Data, call?: DataCall): Promise<boolean> {
    return (await this.#calls.single('remove', opCode.delete, key, call)) as boolean
  }

  async evict(key: Data, call?: DataCall): Promise<boolean> {
    return (await this.#calls.single('other', opCode.evict, key, call)) as boolean
  }

  async setTtl(key: Data, ttlMs: number, call?: DataCall): Promise<boolean> {
    return (await this.#calls.single('other', opCode.setTtl, key, call, { ttlMs })) as boolean
  }

  async containsKey(key: Data, call?: DataCall): Promise<boolean> {
    return (await this.#calls.single('other', opCode.containsKey, key, call)) as boolean
  }

  async getEntryView(key: Data, call?: DataCall): Promise<DataEntryView | null> {
    const fields = (await this.#calls.single('other', opCode.getEntryView, key, call)) as readonly (Data | number)[] | null
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
    const found = (await this.#calls.bulk(
      'get',
      opCode.getAll,
      keys.map(key => [key]),
      call,
    )) as readonly (readonly Data[])[]
    return found.flatMap(pairs)
  }

  async putAll(entries: readonly (readonly [Data, Data])[], call?: DataCall): Promise<void> {
    await this.#calls.bulk('put', opCode.putAll, entries, call)
  }

  /** What the other side of a divided cluster has: see `merging.ts`. Not heard by locks, which are of this side. */
  async merge(policy: MergePolicyName, entries: readonly (readonly [Data, Version])[]): Promise<DataConflict[]> {
    const items = entries.map(([key, version]) => [key, versionBytes(version)])
    return (await this.#calls.bulk('other', opCode.merge, items, undefined, policyBytes(policy))).flatMap(conflictsIn)
  }

  async putAllWithMetadata(entries: readonly Omit<DataEntryView, 'cost'>[], call?: DataCall): Promise<void> {
    const items = entries.map(({ key, value, creationTime, lastUpdateTime, lastAccessTime, expirationTime, ...same }) => {
      const times = { creationMs: creationTime, lastUpdateMs: lastUpdateTime, lastAccessMs: lastAccessTime }
      return [key, versionBytes({ value, meta: { ...same, ...times, expiresAtMs: expirationTime } })]
    })
    await this.#calls.bulk('put', opCode.putAllWithMetadata, items, call)
  }

  async executeOnKey(key: Data, processor: Data, call?: DataCall): Promise<Data | null> {
    return (await this.#calls.single('other', opCode.executeOnKey, key, call, { value: processor })) as Data | null
  }

  async executeOnKeys(keys: readonly Data[], processor: Data, call?: DataCall): Promise<[Data, Data][]> {
    const single = keys.map(key => [key])
    return (
      (await this.#calls.bulk('other', opCode.executeOnKeys, single, call, processor)) as readonly (readonly Data[])[]
    ).flatMap(pairs)
  }

  async size(call?: DataCall): Promise<number> {
    const sizes = (await this.#calls.everywhere(opCode.size, call)) as readonly number[]
    return Math.min(sum(sizes), 0x7fffffff)
  }

  async containsValue(value: Data, call?: DataCall): Promise<boolean> {
    return ((await this.#calls.everywhere(opCode.containsValue, call, { value })) as readonly boolean[]).includes(true)
  }

  async clear(call?: DataCall): Promise<void> {
    await this.#clearAll(opCode.clear, eventType.cleared, call)
  }

  async evictAll(call?: DataCall): Promise<void> {
    await this.#clearAll(opCode.evictAll, eventType.allEvicted, call)
  }

  async destroy(): Promise<void> {
    const destroyed = await this.#options.destroy()
    if (destroyed !== null) await this.#calls.ended(destroyed)
  }

  async #clearAll(op: OpCode, type: number, call: DataCall | undefined): Promise<void> {
    const affected = sum((await this.#calls.everywhere(op, call)) as readonly number[])
    if (affected === 0) return
    const { listeners, self } = this.#options
    listeners.publish(this.name, { type, key: null, value: null, oldValue: null, memberId: self, affected })
  }

  async keySet(call?: DataCall): Promise<Data[]> {
    return this.queries.limited((await this.#all(opCode.keySet, call)).flat())
  }

  async values(call?: DataCall): Promise<Data[]> {
    return this.queries.limited((await this.#all(opCode.values, call)).flat())
  }

  async entrySet(call?: DataCall): Promise<[Data, Data][]> {
    return this.queries.limited((await this.#all(opCode.entrySet, call)).flatMap(pairs))
  }

  /** By partition. */
  async #all(op: OpCode, call?: DataCall): Promise<readonly (readonly Data[])[]> {
    return (await this.#calls.everywhere(op, call)) as readonly (readonly Data[])[]
  }

  async lock(key: Data, { leaseMs, waitMs }: LockTerms, call?: DataCall): Promise<number | null> {
    const { holders, callTimeoutMs } = this.#options
    if (call?.caller === undefined) holders.isUsedHere = true
    const patient = waiting(call, waitMs, callTimeoutMs)
    return (await this.#calls.single('other', opCode.lock, key, patient, { ttlMs: leaseMs })) as number | null
  }

  async unlock(key: Data, call?: DataCall): Promise<void> {
    const wasHeld = await this.#calls.single('other', opCode.unlock, key, call)
    if (wasHeld === false) throw new CobnutError('NOT_LOCK_OWNER', 'the key is not locked, or its lease is over')
  }

  async forceUnlock(key: Data, call?: DataCall): Promise<void> {
    await this.#calls.single('other', opCode.forceUnlock, key, call)
  }

  async isLocked(key: Data, call?: DataCall): Promise<boolean> {
    return (await this.#calls.single('other', opCode.isLocked, key, call)) as boolean
  }

  tryPut(key: Data, value: Data, waitMs: number, call?: DataCall): Promise<boolean> {
    const stored = this.set(key, value, configured, waiting(call, waitMs, this.#options.callTimeoutMs))
    return unlessLocked(stored.then(() => true))
  }

  tryRemove(key: Data, waitMs: number, call?: DataCall): Promise<boolean> {
    return unlessLocked(this.delete(key, waiting(call, waitMs, this.#options.callTimeoutMs)))
  }

  async addListener(listener: DataListener): Promise<string> {
    await this.#calls.known()
    const { onEvent, where, ...rest } = listener
    const id = await this.#options.listeners.add(this.name, {
      ...rest,
      wants: where === null ? null : this.#options.queries.eventFilter(where),
      key: listener.key === null ? null : plainKey(listener.key),
      onEvent: event => {
        if (event.type !== eventType.invalidated) this.#stats.event()
        return onEvent(event)
      },
    })
    // a cache that was connected elsewhere before may have missed anything
    if ((listener.flags & eventType.invalidated) !== 0) onEvent(this.#options.nearCaches.allChanged(this.name))
    return id
  }

  removeListener(id: string): Promise<boolean> {
    return this.#options.listeners.remove(this.name, id)
  }

  addInterceptor(interceptor: Data): Promise<string> {
    return this.#options.interception.add(interceptor)
  }

  removeInterceptor(id: string): Promise<boolean> {
    return this.#options.interception.remove(id)
  }

  async whereIs(key: Data): Promise<GroupView> {
    const map = await this.#calls.known()
    return groupViewOf(this.#options.groups.state, this.#calls.groupOf(map, key))
  }

  localKeySet(): Data[] {
    return this.#local.ownedKeys()
  }

  /** An entry that this member owned went, and nobody removed it. */
  onDropped(reason: number): void {
    this.#stats.dropped(reason)
  }

  /** Calls made by this member's users and clients since it started. */
  operations(): { readonly reads: number; readonly writes: number } {
    return this.#stats.operations()
  }

  localStats(): LocalMapStats {
    const { statisticsEnabled, clock, queries } = this.#options
    const stats = statisticsEnabled ? this.#stats : new MapStats(clock.wallMs())
    const map = this.#calls.declared()
    const { backupCount = 0, asyncBackupCount = 0 } = map?.settings ?? {}
    const query = statisticsEnabled && map !== undefined ? queries.counts(map.id) : new QueryCounts()
    return {
      ...stats.read(this.counts(), statisticsEnabled ? this.#local.use() : unused, backupCount + asyncBackupCount),
      query: query.read(map?.indexes.map(({ name }) => name) ?? []),
    }
  }

  /** Entries and bytes that this member owns, and that it keeps for others. */
  counts(): EntryCounts {
    return this.#local.counts()
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

function maxAgeOf(consistency: Consistency): number {
  if (consistency === 'latest') return 0
  if (consistency === 'any') return Number.POSITIVE_INFINITY
  if (consistency.boundedMs > 0) return consistency.boundedMs
  throw new CobnutError('ARGUMENT', "consistency is 'latest', 'any' or { boundedMs } with a number above 0")
}

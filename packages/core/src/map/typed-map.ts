/** The embedded API: `IMap` of JavaScript values over an `EmbeddedMap` of serialized ones. */

import type { GroupView } from '../api/admin.js'
import type {
  CallOptions,
  EntryEvent,
  EntryEventType,
  EntryListener,
  EntryView,
  IMap,
  ListenerOptions,
  LocalMapStats,
  LockOptions,
  MapEvent,
  PageOptions,
  QueryOptions,
  ReadOptions,
  TryLockOptions,
  WriteOptions,
} from '../api/map.js'
import type { Aggregation, IndexConfig, Projection, Where } from '../api/query.js'
import { CobnutError } from '../base/errors.js'
import { writeCall } from '../serialization/function-call.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import { expiryOf, leaseOf, milliseconds, processorCall, waitOf } from './call-terms.js'
import { type Computation, computeEntry } from './computing.js'
import { type Data, type DataEntryEvent, type EmbeddedMap, eventType } from './data-map.js'
import { TypedQueries, whereOrNull } from './typed-queries.js'

const eventNames: ReadonlyMap<number, EntryEventType> = new Map([
  [eventType.added, 'added'],
  [eventType.updated, 'updated'],
  [eventType.removed, 'removed'],
  [eventType.evicted, 'evicted'],
  [eventType.expired, 'expired'],
])

export class TypedMap<K, V> implements IMap<K, V> {
  readonly #data: EmbeddedMap
  readonly #serialization: SerializationService
  readonly #queries: TypedQueries<K, V>

  constructor(data: EmbeddedMap, serialization: SerializationService) {
    this.#data = data
    this.#serialization = serialization
    this.#queries = new TypedQueries(data, serialization)
  }

  get name(): string {
    return this.#data.name
  }

  #key(key: K): Data {
    if (key === null || key === undefined) throw new CobnutError('NULL_ARGUMENT', 'Null key is not allowed!')
    return this.#serialization.toData(key)
  }

  #value(value: V): Data {
    if (value === null || value === undefined) throw new CobnutError('NULL_ARGUMENT', 'Null value is not allowed!')
    return this.#serialization.toData(value)
  }

  #read(data: Data | null): V | null {
    return data === null ? null : (this.#serialization.toObject(data) as V)
  }

  #readKey(data: Data): K {
    return this.#serialization.toObject(data) as K
  }

  async put(key: K, value: V, options?: WriteOptions): Promise<V | null> {
    return this.#read(await this.#data.put(this.#key(key), this.#value(value), expiryOf(options), options))
  }

  async set(key: K, value: V, options?: WriteOptions): Promise<void> {
    await this.#data.set(this.#key(key), this.#value(value), expiryOf(options), options)
  }

  async get(key: K, options?: ReadOptions): Promise<V | null> {
    return this.#read(await this.#data.get(this.#key(key), options))
  }

  async getAll(keys: Iterable<K>, options?: CallOptions): Promise<Map<K, V>> {
    const found = await this.#data.getAll(
      [...keys].map(key => this.#key(key)),
      options,
    )
    return new Map(found.map(([key, value]) => [this.#readKey(key), this.#read(value) as V]))
  }

  async putAll(entries: Iterable<readonly [K, V]>, options?: CallOptions): Promise<void> {
    await this.#data.putAll(
      [...entries].map(([key, value]) => [this.#key(key), this.#value(value)] as const),
      options,
    )
  }

  async putIfAbsent(key: K, value: V, options?: WriteOptions): Promise<V | null> {
    return this.#read(await this.#data.putIfAbsent(this.#key(key), this.#value(value), expiryOf(options), options))
  }

  async replace(key: K, value: V, options?: CallOptions): Promise<V | null> {
    return this.#read(await this.#data.replace(this.#key(key), this.#value(value), options))
  }

  async replaceIfSame(key: K, expected: V, value: V, options?: CallOptions): Promise<boolean> {
    return this.#data.replaceIfSame(this.#key(key), this.#value(expected), this.#value(value), options)
  }

  async remove(key: K, options?: CallOptions): Promise<V | null> {
    return this.#read(await this.#data.remove(this.#key(key), options))
  }

  async removeIfSame(key: K, expected: V, options?: CallOptions): Promise<boolean> {
    return this.#data.removeIfSame(this.#key(key), this.#value(expected), options)
  }

  async delete(key: K, options?: CallOptions): Promise<boolean> {
    return this.#data.delete(this.#key(key), options)
  }

  async containsKey(key: K, options?: CallOptions): Promise<boolean> {
    return this.#data.containsKey(this.#key(key), options)
  }

  async containsValue(value: V, options?: CallOptions): Promise<boolean> {
    return this.#data.containsValue(this.#value(value), options)
  }

  async size(options?: CallOptions): Promise<number> {
    return this.#data.size(options)
  }

  async isEmpty(options?: CallOptions): Promise<boolean> {
    return (await this.#data.size(options)) === 0
  }

  async clear(options?: CallOptions): Promise<void> {
    await this.#data.clear(options)
  }

  destroy(): Promise<void> {
    return this.#data.destroy()
  }

  async keySet({ where, ...call }: QueryOptions = {}): Promise<K[]> {
    const keys = await (where === undefined ? this.#data.keySet(call) : this.#queries.keys(where, call))
    return keys.map(key => this.#readKey(key))
  }

  async values({ where, ...call }: QueryOptions = {}): Promise<V[]> {
    const values = await (where === undefined ? this.#data.values(call) : this.#queries.values(where, call))
    return values.map(value => this.#read(value) as V)
  }

  async entrySet({ where, ...call }: QueryOptions = {}): Promise<[K, V][]> {
    const entries = await (where === undefined ? this.#data.entrySet(call) : this.#queries.entries(where, call))
    return entries.map(([key, value]) => [this.#readKey(key), this.#read(value) as V])
  }

  aggregate(aggregation: Aggregation, options?: QueryOptions): Promise<unknown> {
    return this.#queries.aggregate(aggregation, options)
  }

  project(attributes: string | Projection, options?: QueryOptions): Promise<unknown[]> {
    return this.#queries.project(attributes, options)
  }

  removeAll(where: Where, options?: CallOptions): Promise<void> {
    return this.#queries.removeAll(where, options)
  }

  pages(options: PageOptions = {}): AsyncGenerator<[K, V][]> {
    return this.#queries.pages(options)
  }

  addIndex(index: IndexConfig): Promise<void> {
    return this.#queries.addIndex(index)
  }

  async evict(key: K, options?: CallOptions): Promise<boolean> {
    return this.#data.evict(this.#key(key), options)
  }

  async evictAll(options?: CallOptions): Promise<void> {
    await this.#data.evictAll(options)
  }

  async setTtl(key: K, ttlMs: number, options?: CallOptions): Promise<boolean> {
    return this.#data.setTtl(this.#key(key), milliseconds('ttlMs', ttlMs), options)
  }

  async getEntryView(key: K, options?: CallOptions): Promise<EntryView<K, V> | null> {
    const view = await this.#data.getEntryView(this.#key(key), options)
    if (view === null) return null
    const kept = (ms: number): number => (ms === 0 ? -1 : ms)
    const limit = (ms: number): number => (ms === 0 ? Number.POSITIVE_INFINITY : ms)
    return {
      key,
      value: this.#read(view.value) as V,
      cost: view.cost,
      creationTime: kept(view.creationTime),
      lastUpdateTime: kept(view.lastUpdateTime),
      lastAccessTime: kept(view.lastAccessTime),
      hits: view.creationTime === 0 ? -1 : view.hits,
      expirationTime: view.expirationTime,
      version: view.version,
      ttlMs: limit(view.ttlMs),
      maxIdleMs: limit(view.maxIdleMs),
    }
  }

  async executeOnKey<R = unknown>(key: K, processor: string, argument?: unknown, options?: CallOptions): Promise<R | null> {
    const answer = await this.#data.executeOnKey(this.#key(key), processorCall(processor, argument), options)
    return this.#serialization.toObject(answer) as R | null
  }

  submitToKey<R = unknown>(key: K, processor: string, argument?: unknown, options?: CallOptions): Promise<R | null> {
    return this.executeOnKey(key, processor, argument, options)
  }

  async executeOnKeys<R = unknown>(
    keys: Iterable<K>,
    processor: string,
    argument?: unknown,
    options?: CallOptions,
  ): Promise<Map<K, R>> {
    const wanted = [...keys].map(key => this.#key(key))
    return this.#answers(await this.#data.executeOnKeys(wanted, processorCall(processor, argument), options))
  }

  async executeOnEntries<R = unknown>(
    processor: string,
    argument?: unknown,
    { where, ...call }: QueryOptions = {},
  ): Promise<Map<K, R>> {
    return this.#answers(await this.#data.queries.execute(processorCall(processor, argument), whereOrNull(where), call))
  }

  #answers<R>(answers: readonly (readonly [Data, Data])[]): Map<K, R> {
    return new Map(answers.map(([key, answer]) => [this.#readKey(key), this.#serialization.toObject(answer) as R]))
  }

  compute(key: K, fn: (key: K, value: V | null) => V | null, options?: CallOptions): Promise<V | null> {
    return this.#compute(key, before => fn(key, before) ?? null, options)
  }

  computeIfAbsent(key: K, fn: (key: K) => V | null, options?: CallOptions): Promise<V | null> {
    return this.#compute(key, before => (before === null ? (fn(key) ?? null) : undefined), options)
  }

  computeIfPresent(key: K, fn: (key: K, value: V) => V | null, options?: CallOptions): Promise<V | null> {
    return this.#compute(key, before => (before === null ? undefined : (fn(key, before) ?? null)), options)
  }

  merge(key: K, value: V, fn: (before: V, value: V) => V | null, options?: CallOptions): Promise<V | null> {
    return this.#compute(key, before => (before === null ? value : (fn(before, value) ?? null)), options)
  }

  async #compute(key: K, fn: (before: V | null) => V | null | undefined, options: CallOptions | undefined): Promise<V | null> {
    return (await computeEntry(this.#data, this.#serialization, this.#key(key), fn as Computation, options)) as V | null
  }

  async addInterceptor(name: string): Promise<string> {
    return this.#data.addInterceptor(writeCall(name, null))
  }

  async removeInterceptor(id: string): Promise<boolean> {
    return this.#data.removeInterceptor(id)
  }

  async lock(key: K, options: LockOptions = {}): Promise<number> {
    const terms = { leaseMs: leaseOf(options), waitMs: Number.POSITIVE_INFINITY }
    return (await this.#data.lock(this.#key(key), terms, options)) as number
  }

  async tryLock(key: K, options: TryLockOptions = {}): Promise<number | null> {
    return this.#data.lock(this.#key(key), { leaseMs: leaseOf(options), waitMs: waitOf(options.waitMs ?? 0) }, options)
  }

  async unlock(key: K, options?: CallOptions): Promise<void> {
    await this.#data.unlock(this.#key(key), options)
  }

  async forceUnlock(key: K, options?: CallOptions): Promise<void> {
    await this.#data.forceUnlock(this.#key(key), options)
  }

  async isLocked(key: K, options?: CallOptions): Promise<boolean> {
    return this.#data.isLocked(this.#key(key), options)
  }

  async tryPut(key: K, value: V, waitMs: number, options?: CallOptions): Promise<boolean> {
    return this.#data.tryPut(this.#key(key), this.#value(value), waitOf(waitMs), options)
  }

  async tryRemove(key: K, waitMs: number, options?: CallOptions): Promise<boolean> {
    return this.#data.tryRemove(this.#key(key), waitOf(waitMs), options)
  }

  async addEntryListener(listener: EntryListener<K, V>, options: ListenerOptions<K> = {}): Promise<string> {
    let flags = 0
    for (const [flag, name] of eventNames) if (listener[name] !== undefined) flags |= flag
    if (listener.cleared !== undefined) flags |= eventType.cleared
    if (listener.allEvicted !== undefined) flags |= eventType.allEvicted
    if (flags === 0)
      throw new CobnutError('ARGUMENT', 'an entry listener needs at least one function: added, updated, removed, ...')
    return this.#data.addListener({
      flags,
      includeValue: options.includeValue ?? true,
      key: options.key === undefined ? null : this.#key(options.key),
      local: options.local ?? false,
      where: whereOrNull(options.where),
      onEvent: event => this.#tell(listener, event),
    })
  }

  /** @returns what the listener returned */
  #tell(listener: EntryListener<K, V>, event: DataEntryEvent): unknown {
    const { memberId } = event
    const name = eventNames.get(event.type)
    if (name === undefined) {
      const type = event.type === eventType.cleared ? 'cleared' : 'allEvicted'
      const mapEvent: MapEvent = { type, mapName: this.name, entries: event.affected, memberId }
      return listener[type]?.(mapEvent)
    }
    const entryEvent: EntryEvent<K, V> = {
      type: name,
      mapName: this.name,
      key: this.#readKey(event.key as Data),
      value: this.#read(event.value) ?? undefined,
      oldValue: this.#read(event.oldValue) ?? undefined,
      memberId,
    }
    return listener[name]?.(entryEvent)
  }

  async removeEntryListener(id: string): Promise<boolean> {
    return this.#data.removeListener(id)
  }

  async whereIs(key: K): Promise<GroupView> {
    return this.#data.whereIs(this.#key(key))
  }

  localKeySet(): K[] {
    return this.#data.localKeySet().map(key => this.#readKey(key))
  }

  localStats(): LocalMapStats {
    return this.#data.localStats()
  }
}

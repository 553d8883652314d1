/** The distributed map as an application sees it. Methods, argument rules and null behaviour are those of Hazelcast's IMap. */

import type { GroupView } from './admin.js'
import type { Aggregation, IndexConfig, Projection, Where } from './query.js'

export interface CallOptions {
  /** Milliseconds until the call fails with TIMEOUT (reads) or INDETERMINATE (writes). Default: `hazelcast.operation.call.timeout.millis`. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /**
   * Called before the promise resolves, once for each partition that the call has changed: who had the change when it was
   * acknowledged. Not called by what only reads, or changed nothing. A promise that it returns is waited for. What it throws, or
   * its promise is rejected with, comes to the caller as `cause` of a USER_CODE error with the outcome `applied`.
   */
  readonly onDurable?: (durability: Durability) => unknown
  /** Of `member.newSession()`: the call sees what earlier calls of the session have written or seen. */
  readonly session?: CallSession
  /**
   * Who of this process calls, where keys are locked: a lock is held by a member and this number. Tasks of one process that
   * exclude each other give different numbers, to every call they make under their locks. Default 1.
   */
  readonly threadId?: number
}

/**
 * How old the answer of a read may be. `latest`: never old. `{ boundedMs }`: no older than so many milliseconds. `any`: as old
 * as the copy that answers. All of them show only what was acknowledged, or would have survived.
 */
export type Consistency = 'latest' | { readonly boundedMs: number } | 'any'

export interface ReadOptions extends CallOptions {
  /**
   * What a copy on this member may answer, synchronous or not; where none may, the owner is asked. Default: `latest` of
   * in-sync backups if the map has `read-backup-data`, or as old as `cobnut.backup.read.max.age.millis` says; `any` of a map that
   * has it and no synchronous backups; else the owner.
   */
  readonly consistency?: Consistency
}

/**
 * Keeps the calls of one caller in order where copies answer: what was written or seen once is seen by every later call, on
 * this member. Has no limit in time and costs a number for each partition.
 */
export interface CallSession {
  /** How far the changes of a group were when a call was answered. */
  saw(group: number, commit: number): void
  seenOf(group: number): number
}

/** What an acknowledged change of one partition rests on. */
export interface Durability {
  readonly partitionId: number
  /** Ids of the members that had logged the change, the owner first. Each of them is in sync. */
  readonly members: readonly string[]
  /** `fork`: the cluster is divided, and this side goes on without a quorum; merging may give the change up. */
  readonly mode: 'strict' | 'fork'
  /** How many these are, and how many the map's `backup-count` asks for: fewer only where there are too few members. */
  readonly copies: number
  readonly copiesConfigured: number
  /** Place of the change among all changes of the partition: ordered by epoch, then by sequence. */
  readonly epoch: number
  readonly seq: number
}

export interface QueryOptions extends CallOptions {
  /** Only entries that meet this: made by `Predicates`, or text: `age > 30 AND name LIKE 'A%'`. */
  readonly where?: Where
}

export interface PageOptions extends QueryOptions {
  /** Entries of a page. Default 1,000. */
  readonly size?: number
  /** Attribute that decides about the order; default `__key`. Entries of one value are in the order of their keys. */
  readonly orderBy?: string
  /** Name of a comparator that every member has registered, in the place of `orderBy`. */
  readonly comparator?: string
  /** Any value that can be stored; default null. */
  readonly comparatorArgument?: unknown
  readonly descending?: boolean
}

export interface LockOptions extends CallOptions {
  /** Milliseconds after which the lock is gone by itself. Default: it is held until it is unlocked, or this member leaves. */
  readonly leaseMs?: number
  /** Milliseconds until the call gives up with TIMEOUT, and the lock is not held. Default: it waits for ever. */
  readonly timeoutMs?: number
}

export interface TryLockOptions extends LockOptions {
  /** Milliseconds to wait while somebody else holds the lock. Default 0. */
  readonly waitMs?: number
}

export interface WriteOptions extends CallOptions {
  /** Milliseconds to live; 0 = for ever; undefined or negative = the map's configuration. */
  readonly ttlMs?: number
  /** Milliseconds without access until the entry expires; 0 = no limit; undefined or negative = the map's configuration. */
  readonly maxIdleMs?: number
}

export type EntryEventType = 'added' | 'updated' | 'removed' | 'evicted' | 'expired'
export type MapEventType = 'cleared' | 'allEvicted'

export interface EntryEvent<K, V> {
  readonly type: EntryEventType
  readonly mapName: string
  readonly key: K
  /** Undefined when the listener asked for no values, or there is none. */
  readonly value: V | undefined
  readonly oldValue: V | undefined
  /** The member that owned the partition when the change was committed. */
  readonly memberId: string
}

export interface MapEvent {
  readonly type: MapEventType
  readonly mapName: string
  readonly entries: number
  readonly memberId: string
}

export interface EntryListener<K, V> {
  added?(event: EntryEvent<K, V>): void
  updated?(event: EntryEvent<K, V>): void
  removed?(event: EntryEvent<K, V>): void
  evicted?(event: EntryEvent<K, V>): void
  expired?(event: EntryEvent<K, V>): void
  cleared?(event: MapEvent): void
  allEvicted?(event: MapEvent): void
}

export interface ListenerOptions<K> {
  /** Only events of this key. */
  readonly key?: K
  /** Default true. */
  readonly includeValue?: boolean
  /** Only events of partitions that this member owns. Default false. */
  readonly local?: boolean
  /** Only events of entries that meet this: the new value counts, or the old one of an entry that went. */
  readonly where?: Where
}

export interface EntryView<K, V> {
  readonly key: K
  readonly value: V
  /** Bytes that the entry costs in the owner's record store, index included. */
  readonly cost: number
  /** Milliseconds since 1970; -1 when not kept (`per-entry-stats-enabled` is false). */
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly lastAccessTime: number
  readonly hits: number
  /** Milliseconds since 1970; Infinity = never. */
  readonly expirationTime: number
  /** Changes since creation. */
  readonly version: number
  /** Milliseconds; Infinity = none. */
  readonly ttlMs: number
  readonly maxIdleMs: number
}

/** A query counts once for each partition that this member was asked. */
export interface QueryStats {
  readonly queries: number
  /** Those that an index helped. */
  readonly indexedQueries: number
  /** `found`: entries that the index gave to be looked at, all queries together. */
  readonly indexes: readonly { readonly name: string; readonly queries: number; readonly found: number }[]
}

/**
 * Counters of one map on one member. Calls are counted at the member that makes them, for itself or for a client; entries and
 * their use at their owner. Times in milliseconds. With `statistics-enabled` false only what is held is shown.
 */
export interface LocalMapStats {
  readonly ownedEntryCount: number
  readonly backupEntryCount: number
  /** Copies beyond the owner that the map asks for, synchronous and asynchronous. */
  readonly backupCount: number
  /** Keys locked in partitions that this member owns, those without an entry included. */
  readonly lockedEntryCount: number
  readonly ownedEntryMemoryCost: number
  readonly backupEntryMemoryCost: number
  /** Owned and backup entries together. */
  readonly heapCost: number
  readonly creationTime: number
  /** Of entries owned here: milliseconds since 1970; 0 = never. */
  readonly lastAccessTime: number
  readonly lastUpdateTime: number
  /** Reads that found an entry owned here. */
  readonly hits: number
  readonly getCount: number
  readonly putCount: number
  readonly setCount: number
  readonly removeCount: number
  readonly otherCount: number
  readonly eventCount: number
  /** Entries owned here that went for want of room, or by `evict`; and that went past their time. */
  readonly evictionCount: number
  readonly expirationCount: number
  readonly totalGetLatencyMs: number
  readonly totalPutLatencyMs: number
  readonly totalSetLatencyMs: number
  readonly totalRemoveLatencyMs: number
  readonly maxGetLatencyMs: number
  readonly maxPutLatencyMs: number
  readonly maxSetLatencyMs: number
  readonly maxRemoveLatencyMs: number
  readonly query: QueryStats
}

export interface IMap<K = unknown, V = unknown> {
  readonly name: string
  /** Stores and returns the value that was there, or null. When it resolves, every synchronous backup has the entry. */
  put(key: K, value: V, options?: WriteOptions): Promise<V | null>
  /** As `put` without the old value: cheaper. */
  set(key: K, value: V, options?: WriteOptions): Promise<void>
  get(key: K, options?: ReadOptions): Promise<V | null>
  getAll(keys: Iterable<K>, options?: CallOptions): Promise<Map<K, V>>
  /** Each key is as safe as after `put`; atomic for the keys of one partition, not across partitions. */
  putAll(entries: Iterable<readonly [K, V]>, options?: CallOptions): Promise<void>
  putIfAbsent(key: K, value: V, options?: WriteOptions): Promise<V | null>
  /** Stores only if a value is there; returns that value, or null. */
  replace(key: K, value: V, options?: CallOptions): Promise<V | null>
  replaceIfSame(key: K, expected: V, value: V, options?: CallOptions): Promise<boolean>
  remove(key: K, options?: CallOptions): Promise<V | null>
  removeIfSame(key: K, expected: V, options?: CallOptions): Promise<boolean>
  /** As `remove` without the old value. True if something was removed. */
  delete(key: K, options?: CallOptions): Promise<boolean>
  containsKey(key: K, options?: CallOptions): Promise<boolean>
  containsValue(value: V, options?: CallOptions): Promise<boolean>
  size(options?: CallOptions): Promise<number>
  isEmpty(options?: CallOptions): Promise<boolean>
  clear(options?: CallOptions): Promise<void>
  /**
   * Ends the map, with its entries, locks, indexes and interceptors; whoever uses the name afterwards makes a new map. Resolves when
   * no member takes a call of the old one any more: one that is under way then has been done before, or is done in the new map.
   */
  destroy(): Promise<void>
  /**
   * Keys, values and entries of the map, or of what meets `where`. Every write acknowledged before the call is in it; each
   * partition shows one moment of its own.
   * @throws CobnutError QUERY for a condition that makes no sense, QUERY_RESULT_TOO_LARGE
   */
  keySet(options?: QueryOptions): Promise<K[]>
  values(options?: QueryOptions): Promise<V[]>
  entrySet(options?: QueryOptions): Promise<[K, V][]>
  /**
   * Computes over an attribute of the entries; null when there is nothing to compute it of. Whole numbers come as numbers
   * where they fit exactly, otherwise as bigints; `distinct` gives a list, `maxBy` and `minBy` an entry.
   */
  aggregate(aggregation: Aggregation, options?: QueryOptions): Promise<unknown>
  /** One attribute of each entry, or a list of them for a list of attributes. In no order. */
  project(attributes: string | Projection, options?: QueryOptions): Promise<unknown[]>
  /** Removes what meets the condition; atomic in each partition, not across them. */
  removeAll(where: Where, options?: CallOptions): Promise<void>
  /** Entries page by page, in order: no more than a page of each partition is in memory at once. */
  pages(options?: PageOptions): AsyncGenerator<[K, V][]>
  /** Resolves when every member knows of the index; one that is there already stays. Owners fill it with the first query. */
  addIndex(index: IndexConfig): Promise<void>
  /** Drops the entry from memory; true if it was there. */
  evict(key: K, options?: CallOptions): Promise<boolean>
  evictAll(options?: CallOptions): Promise<void>
  /** Changes the time to live of a present entry (0 = for ever, negative = the map's); false if it is absent. */
  setTtl(key: K, ttlMs: number, options?: CallOptions): Promise<boolean>
  getEntryView(key: K, options?: CallOptions): Promise<EntryView<K, V> | null>
  /**
   * Runs an entry processor, registered by this name at every member, on one entry where it is owned: nothing comes between
   * what it reads and what it writes, and a call that is repeated because a member died has its effect once. The entry
   * need not be there. Resolves to what the processor returned (null for undefined).
   *
   * @param argument any value that can be stored; default null.
   * @throws CobnutError USER_CODE when the processor threw, with what it threw as `cause` (its name and message where it
   * ran at another member); NOT_REGISTERED when the owner of the entry knows no such processor. Nothing is changed then.
   */
  executeOnKey<R = unknown>(key: K, processor: string, argument?: unknown, options?: CallOptions): Promise<R | null>
  /** The name that Hazelcast has for an `executeOnKey` that is not waited for: here they are the same. */
  submitToKey<R = unknown>(key: K, processor: string, argument?: unknown, options?: CallOptions): Promise<R | null>
  /**
   * The same on several entries, atomic for the keys of one partition (about 256 KiB of them), not across partitions:
   * where it fails in one, the others may have changed. Resolves to the answers that are not null.
   */
  executeOnKeys<R = unknown>(keys: Iterable<K>, processor: string, argument?: unknown, options?: CallOptions): Promise<Map<K, R>>
  /** The same on every entry that is there, or on those that meet `where` when the call comes to their partition. */
  executeOnEntries<R = unknown>(processor: string, argument?: unknown, options?: QueryOptions): Promise<Map<K, R>>
  /**
   * Makes a new value of the present one, or of null where there is none: `fn` runs here, at the caller, and again as long
   * as others change the entry meanwhile; an entry processor is the faster way for keys that many change. Null or undefined
   * removes. The new value has the map's time to live.
   *
   * @returns the new value, null = absent.
   * @throws what `fn` throws, and nothing is changed; CobnutError OVERLOADED after 1,000 times.
   */
  compute(key: K, fn: (key: K, value: V | null) => V | null, options?: CallOptions): Promise<V | null>
  /** As `compute`, where there is no entry; else returns what is there. */
  computeIfAbsent(key: K, fn: (key: K) => V | null, options?: CallOptions): Promise<V | null>
  /** As `compute`, where there is an entry; else returns null. */
  computeIfPresent(key: K, fn: (key: K, value: V) => V | null, options?: CallOptions): Promise<V | null>
  /** Stores `value`, or what `fn` makes of the present one and `value`. */
  merge(key: K, value: V, fn: (before: V, value: V) => V | null, options?: CallOptions): Promise<V | null>
  /**
   * Attaches an interceptor, registered by this name at every member, to this map for the whole cluster; once, however
   * often it is added. It is part of what the cluster has agreed on when this resolves: other owners follow within a
   * heartbeat. An owner that does not know the name refuses what the interceptor should have seen.
   *
   * @returns the id to remove it by.
   * @throws CobnutError NOT_REGISTERED when this member does not know the name.
   */
  addInterceptor(name: string): Promise<string>
  /** True if it was attached. */
  removeInterceptor(id: string): Promise<boolean>
  /**
   * Locks a key, whether there is an entry or not. Until it is unlocked, calls of others that would change this entry wait,
   * for most of their timeout, and then fail with LOCKED; reads do not wait, nor do calls for several keys.
   * The holder may lock again, and has to unlock as often.
   *
   * Resolves to the lock's token: larger than every token that was given for this key before. Whoever guards something
   * outside of the cluster by this lock passes the token along, and refuses what comes with a smaller one than it has seen.
   *
   * @throws CobnutError TIMEOUT, or ABORTED by the `signal`: the lock is not held then.
   */
  lock(key: K, options?: LockOptions): Promise<number>
  /** The same for callers who wait no longer than `waitMs`; null = somebody else holds the lock. */
  tryLock(key: K, options?: TryLockOptions): Promise<number | null>
  /** @throws CobnutError NOT_LOCK_OWNER when this member (and thread) does not hold the lock, or its lease is over. */
  unlock(key: K, options?: CallOptions): Promise<void>
  /** Unlocks whoever holds it, however often it was locked. */
  forceUnlock(key: K, options?: CallOptions): Promise<void>
  /** Whether anybody holds the lock, this member included. */
  isLocked(key: K, options?: CallOptions): Promise<boolean>
  /** As `set`, but waits for a lock no longer than `waitMs`, and is false then. */
  tryPut(key: K, value: V, waitMs: number, options?: CallOptions): Promise<boolean>
  /** As `delete`, but waits for a lock no longer than `waitMs`, and is false then. */
  tryRemove(key: K, waitMs: number, options?: CallOptions): Promise<boolean>
  /** Resolves to a registration id when every member has it. */
  addEntryListener(listener: EntryListener<K, V>, options?: ListenerOptions<K>): Promise<string>
  removeEntryListener(id: string): Promise<boolean>
  /** Where the entry of a key lives, whether there is one or not, and what an acknowledged write of it survives now. */
  whereIs(key: K): Promise<GroupView>
  /** Keys whose partition this member owns. */
  localKeySet(): K[]
  localStats(): LocalMapStats
}

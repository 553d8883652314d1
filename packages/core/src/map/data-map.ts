/**
 * A map of serialized keys and values: what the embedded API (after serialization) and the client protocol server
 * (after decoding) both call. A call routes to the owner wherever it is, retries what may be retried, and answers when
 * every copy that has to have the write has it.
 */

import type { GroupView } from '../api/admin.js'
import type { CallOptions, CallSession, Consistency, LocalMapStats } from '../api/map.js'
import type { IndexConfig } from '../api/query.js'

/** A serialized value with its 8-byte header (partition hash, type id, both big-endian), as in the client protocol. */
export type Data = Uint8Array

export interface DataCall {
  /** Undefined = the configured call timeout. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly onDurable?: CallOptions['onDurable']
  readonly session?: CallSession
  /** Of `get` only. */
  readonly consistency?: Consistency
  /** Who calls, as locks know it. Undefined = this member's own application. */
  readonly caller?: { readonly endpoint: string; readonly referenceId?: number }
  /** Which of the caller's threads, or what takes their place. */
  readonly threadId?: number
  /** How long to wait for a key that somebody else has locked. Undefined = most of the timeout. */
  readonly waitMs?: number
}

/** Milliseconds. */
export interface LockTerms {
  /** Negative = until it is unlocked. */
  readonly leaseMs: number
  /** Infinity = until it is granted. */
  readonly waitMs: number
}

/** Milliseconds; 0 = none; negative = the map's configuration. */
export interface Expiry {
  readonly ttlMs: number
  readonly maxIdleMs: number
}

export interface DataEntryView {
  readonly key: Data
  readonly value: Data
  readonly cost: number
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly lastAccessTime: number
  readonly hits: number
  /** Infinity = never. */
  readonly expirationTime: number
  readonly version: number
  readonly ttlMs: number
  readonly maxIdleMs: number
}

/** Codes of the client protocol. */
export const eventType = {
  added: 1,
  removed: 2,
  updated: 4,
  evicted: 8,
  expired: 16,
  allEvicted: 32,
  cleared: 64,
  /** For caches of entries: the entry of this key has changed, or, without a key, all of the map may have. */
  invalidated: 256,
} as const

/** Where a change stands among the changes of its map in its partition, so that a cache can see that it missed some. */
export interface Invalidation {
  /** Of the partition: a new one when its owner has changed, and what the old one did may not have been told. */
  readonly partitionUuid: string
  /** 1, 2, 3 ... as long as the uuid stays; 0 = tells of no change. */
  readonly sequence: number
}

/** What the owner of partitions knows, for caches that may have missed something. */
export interface InvalidationState {
  /** By map: partition, and number of its last change. Partitions without a change are left out. */
  readonly sequences: readonly (readonly [map: string, changes: readonly (readonly [partition: number, sequence: number])[]])[]
  readonly partitionUuids: readonly (readonly [partition: number, uuid: string])[]
}

export interface DataEntryEvent {
  readonly type: number
  readonly key: Data | null
  readonly value: Data | null
  readonly oldValue: Data | null
  readonly memberId: string
  /** For allEvicted and cleared. */
  readonly affected: number
  /** For invalidated. */
  readonly invalidation?: Invalidation
}

export interface DataListener {
  /** Bit mask of `eventType`. */
  readonly flags: number
  readonly includeValue: boolean
  readonly key: Data | null
  readonly local: boolean
  /** Events of entries that meet this: of their new value, or the old one of what went. Null = all. */
  readonly where: Data | null
  /** What it returns is looked at only if it is a promise, that fails. */
  onEvent(event: DataEntryEvent): unknown
}

/** Conditions, aggregations and projections are serialized as clients do it; see `query/`. */
export interface DataQueries {
  keySet(where: Data, call?: DataCall): Promise<Data[]>
  values(where: Data, call?: DataCall): Promise<Data[]>
  entrySet(where: Data, call?: DataCall): Promise<[Data, Data][]>
  page(request: PageRequest, call?: DataCall): Promise<DataPage>
  /** Null: there is nothing to compute it of. */
  aggregate(aggregation: Data, where: Data | null, call?: DataCall): Promise<Data | null>
  project(projection: Data, where: Data | null, call?: DataCall): Promise<Data[]>
  removeAll(where: Data, call?: DataCall): Promise<void>
  /** Runs an entry processor on what meets the condition; keys with their answers, those without one left out. */
  execute(processor: Data, where: Data | null, call?: DataCall): Promise<[Data, Data][]>
  /** Resolves when the cluster has it. Does nothing where the map has one of that name that is the same. */
  addIndex(index: IndexConfig): Promise<void>
  /** A part of a walk over one partition. */
  fetch(request: FetchRequest, call?: DataCall): Promise<Fetched>
}

export interface PageRequest {
  readonly where: Data | null
  /** Only the partition of this key is asked; null = all. */
  readonly partitionKey: Data | null
  /** Counted from 0. */
  readonly page: number
  /** Entries of a page. */
  readonly size: number
  /** The attribute that decides about the order; entries of one value are in the order of their keys. */
  readonly orderBy: string
  readonly descending: boolean
  /** Names a comparator, which decides in the place of the attribute, as `executeOnKey` a processor. Null = none. */
  readonly comparator: Data | null
  /** Of earlier answers: they make later pages cheaper. */
  readonly anchors: readonly PageAnchor[]
}

/** The last entry of a page. */
export interface PageAnchor {
  readonly page: number
  readonly entry: readonly [key: Data, value: Data]
}

export interface DataPage {
  readonly entries: readonly [Data, Data][]
  readonly anchors: readonly PageAnchor[]
}

export interface FetchRequest {
  readonly partition: number
  /** 0, then `next` of the answer before. */
  readonly cursor: number
  /** Entries to look at, about. */
  readonly batch: number
  readonly where: Data | null
  /** Null: keys and values in turns. */
  readonly projection: Data | null
}

export interface Fetched {
  /** -1 = the end. */
  readonly next: number
  readonly items: readonly Data[]
}

export interface DataMap {
  readonly queries: DataQueries
  readonly name: string
  get(key: Data, call?: DataCall): Promise<Data | null>
  getAll(keys: readonly Data[], call?: DataCall): Promise<[Data, Data][]>
  put(key: Data, value: Data, expiry: Expiry, call?: DataCall): Promise<Data | null>
  set(key: Data, value: Data, expiry: Expiry, call?: DataCall): Promise<void>
  putAll(entries: readonly (readonly [Data, Data])[], call?: DataCall): Promise<void>
  /** Entries of another cluster, with their times, hits and versions as they were there; passes locks and interceptors by. */
  putAllWithMetadata(entries: readonly Omit<DataEntryView, 'cost'>[], call?: DataCall): Promise<void>
  putIfAbsent(key: Data, value: Data, expiry: Expiry, call?: DataCall): Promise<Data | null>
  replace(key: Data, value: Data, call?: DataCall): Promise<Data | null>
  replaceIfSame(key: Data, expected: Data, value: Data, call?: DataCall): Promise<boolean>
  remove(key: Data, call?: DataCall): Promise<Data | null>
  removeIfSame(key: Data, expected: Data, call?: DataCall): Promise<boolean>
  delete(key: Data, call?: DataCall): Promise<boolean>
  evict(key: Data, call?: DataCall): Promise<boolean>
  setTtl(key: Data, ttlMs: number, call?: DataCall): Promise<boolean>
  containsKey(key: Data, call?: DataCall): Promise<boolean>
  getEntryView(key: Data, call?: DataCall): Promise<DataEntryView | null>
  containsValue(value: Data, call?: DataCall): Promise<boolean>
  size(call?: DataCall): Promise<number>
  clear(call?: DataCall): Promise<void>
  evictAll(call?: DataCall): Promise<void>
  destroy(): Promise<void>
  keySet(call?: DataCall): Promise<Data[]>
  values(call?: DataCall): Promise<Data[]>
  entrySet(call?: DataCall): Promise<[Data, Data][]>
  /** `processor` names an entry processor, with its argument; see `serialization/function-call.ts`. Null = it answers nothing. */
  executeOnKey(key: Data, processor: Data, call?: DataCall): Promise<Data | null>
  /** Keys with their answers, those without one left out; an entry need not be there. */
  executeOnKeys(keys: readonly Data[], processor: Data, call?: DataCall): Promise<[Data, Data][]>
  /** Names a registered interceptor, as `executeOnKey` a processor; resolves to the id to remove it by, which is its name. */
  addInterceptor(interceptor: Data): Promise<string>
  removeInterceptor(id: string): Promise<boolean>
  /** The token of the lock; null = it was not granted within `waitMs`. */
  lock(key: Data, terms: LockTerms, call?: DataCall): Promise<number | null>
  unlock(key: Data, call?: DataCall): Promise<void>
  forceUnlock(key: Data, call?: DataCall): Promise<void>
  isLocked(key: Data, call?: DataCall): Promise<boolean>
  /** As `set`; false = somebody else had the key locked for so long. */
  tryPut(key: Data, value: Data, waitMs: number, call?: DataCall): Promise<boolean>
  /** As `delete`; false also if somebody else had the key locked for so long. */
  tryRemove(key: Data, waitMs: number, call?: DataCall): Promise<boolean>
  addListener(listener: DataListener): Promise<string>
  removeListener(id: string): Promise<boolean>
  localKeySet(): Data[]
  localStats(): LocalMapStats
}

/** What only applications in the member's own process can ask: the client protocol has no message for it. */
export interface EmbeddedMap extends DataMap {
  whereIs(key: Data): Promise<GroupView>
}

/** What the client protocol server needs of the member it runs in. */
export interface MapService {
  map(name: string): DataMap
  /** Names of the maps that exist in the cluster, also of those that another member has declared just now. */
  names(): Promise<readonly string[]>
  /** Makes it known to the cluster, if it is not. */
  create(name: string): Promise<void>
  /** Of the partitions that this member owns now; nothing if it cannot be reached. Declares the maps. */
  invalidationState(names: readonly string[], member: string): Promise<InvalidationState>
}

export interface ClusterMemberView {
  readonly id: string
  readonly address: { readonly host: string; readonly port: number }
  readonly lite: boolean
}

/** Nobody has the entries of this partition any more. */
export interface LostPartition {
  readonly partitionId: number
  /** Backups that were configured for what was lost. */
  readonly backupCount: number
  readonly maps: readonly string[]
}

/** The cluster has a map more, or one less. */
export interface MapChange {
  readonly name: string
  readonly type: 'CREATED' | 'DESTROYED'
}

export interface ClusterViews {
  readonly clusterId: string
  readonly clusterName: string
  readonly localId: string
  readonly partitionCount: number
  /**
   * Oldest first. Versions rise with every change and are of one order for the whole cluster: a client that turns to a member
   * which has not heard of the last change yet does not go back.
   */
  members(): { readonly version: number; readonly members: readonly ClusterMemberView[] }
  /** Owner of each partition for the class of the default map; null = none now. */
  partitions(): { readonly version: number; readonly owners: readonly (string | null)[] }
  onMembers(listener: () => void): () => void
  onPartitions(listener: () => void): () => void
  onPartitionLost(listener: (lost: LostPartition) => void): () => void
  /** In the order of the cluster's decisions. */
  onMap(listener: (change: MapChange) => void): () => void
}

/** The embedded member as an application sees it. */

import type { Admin, CopiesDifferEvent, MergeConflict } from './admin.js'
import type { EntryComparator, EntryComparatorRegistration } from './comparators.js'
import type { MapInterceptor } from './interceptors.js'
import type { CallSession, IMap } from './map.js'
import type { EntryProcessor, EntryProcessorRegistration } from './processors.js'

export interface MemberView {
  readonly id: string
  readonly address: { readonly host: string; readonly port: number }
  readonly lite: boolean
  readonly local: boolean
}

export interface MembershipEvent {
  readonly type: 'joined' | 'left'
  readonly member: MemberView
  /** Every member after the change, oldest first. */
  readonly members: readonly MemberView[]
}

export interface PartitionLostEvent {
  readonly partitionId: number
  /** Backups that were configured for what was lost. */
  readonly backupCount: number
  readonly maps: readonly string[]
}

/** Those who have all entries of a partition are silent: calls wait, and fail with UNAVAILABLE when their time is over. */
export interface PartitionUnavailableEvent {
  readonly partitionId: number
  readonly maps: readonly string[]
  /** Ids of the members that are waited for: it goes on when one of them is back. */
  readonly awaited: readonly string[]
}

/** A partition that was lost or unavailable is served again, or goes on with an asynchronous copy in place of its owner. */
export interface PartitionServedEvent {
  readonly partitionId: number
  readonly maps: readonly string[]
  /**
   * True: without what was given up, by an operator (`admin.recover`) or because the map has asynchronous backups only, which may
   * lack the last moments. False: with every acknowledged write.
   */
  readonly dataLoss: boolean
}

/** Fewer copies than configured: the cluster is too small, or a copy is being made. */
export interface UnderReplicatedEvent {
  readonly groups: number
  readonly reason: 'too-few-members' | 'copying'
}

/** This side of a divided cluster goes on without a quorum (`cobnut.consistency` = available). */
export interface ForkedEvent {
  /** Of this side, from now on. */
  readonly clusterId: string
  readonly members: readonly MemberView[]
  /** Groups of which nobody of this side had a copy: they begin empty. */
  readonly groupsEmptied: number
}

/** This member's side of a divided cluster gave way, and what the member had of it has been merged. */
export interface MergedEvent {
  /** Of the side that went on. */
  readonly clusterId: string
  /** Sent, removals included. */
  readonly keys: number
  /** Keys of which one version was given up. */
  readonly conflicts: number
}

export interface MemberEvents {
  membership: MembershipEvent
  partitionLost: PartitionLostEvent
  partitionUnavailable: PartitionUnavailableEvent
  partitionServed: PartitionServedEvent
  underReplicated: UnderReplicatedEvent
  copiesDiffer: CopiesDifferEvent
  forked: ForkedEvent
  mergeConflict: MergeConflict
  merged: MergedEvent
  /** An invariant broke; the member has stopped itself. The process lives. */
  crashed: { readonly error: Error }
  /** The member stopped, by `shutdown` or by a crash. */
  stopped: { readonly reason: string }
}

/** What `cobnut status` shows of one member. */
export interface MemberStatus {
  readonly id: string
  readonly address: string
  readonly clusterName: string
  readonly clusterId: string
  readonly state: 'starting' | 'running' | 'leaving' | 'stopped'
  readonly coordinator: string | null
  readonly stateVersion: number
  readonly members: readonly (MemberView & { readonly status: string })[]
  readonly partitionCount: number
  /** Groups (partition and backup class) with fewer copies than `min(configured, possible)`, and than configured. */
  readonly groups: {
    readonly total: number
    readonly owned: number
    readonly backups: number
    readonly copying: number
    readonly underReplicated: number
    readonly unavailable: number
    readonly lost: number
  }
  readonly maps: readonly MapStatus[]
  readonly clients: number
  readonly operations: { readonly reads: number; readonly writes: number; readonly backupReads: number }
  /** Backups compared with the entries of this owner since it started, and how many differed: none, if all is right. */
  readonly copies: { readonly compared: number; readonly differing: number }
  /** Not null: this is a side of a divided cluster that goes on without a quorum; `origin` is the id of that cluster. */
  readonly fork: { readonly origin: string; readonly groupsEmptied: number } | null
  /** Versions given up by merging what this member brought from a side that gave way. */
  readonly conflicts: number
  readonly memory: { readonly storeBytes: number; readonly rssBytes: number }
  readonly uptimeMs: number
}

export interface MapStatus {
  readonly name: string
  readonly backupCount: number
  readonly asyncBackupCount: number
  readonly ownedEntries: number
  readonly ownedBytes: number
  readonly backupEntries: number
  readonly backupBytes: number
}

/** What a client says of a near cache of its own; counted since it was made. */
export interface NearCacheStats {
  readonly map: string
  readonly entries: number
  readonly hits: number
  readonly misses: number
  readonly evictions: number
  readonly expirations: number
  /** Milliseconds since 1970, by the client's clock. */
  readonly createdAtMs: number
}

export interface ClientStatistics {
  /** Milliseconds since 1970, by the client's clock. */
  readonly reportedAtMs: number
  /** As the client names and writes them: `runtime.freeMemory`, `os.systemLoadAverage` ... */
  readonly attributes: Readonly<Record<string, string>>
  readonly nearCaches: readonly NearCacheStats[]
}

/** A connection of a client to this member. A client has one to each member, and reports its statistics by one of them. */
export interface ClientView {
  readonly id: string
  readonly name: string
  /** As the client calls itself: NJS, PYH, JVM ... */
  readonly type: string
  readonly version: string
  readonly labels: readonly string[]
  readonly address: { readonly host: string; readonly port: number }
  /** Milliseconds since 1970. */
  readonly connectedAtMs: number
  /** Null while nothing was reported by this connection: clients do so every few seconds, unless they are told not to. */
  readonly statistics: ClientStatistics | null
}

export interface Member {
  /** A new one after the member's side of a divided cluster gave way. */
  readonly id: string
  readonly address: { readonly host: string; readonly port: number }
  readonly clusterName: string
  readonly state: 'starting' | 'running' | 'leaving' | 'stopped'
  getMap<K = unknown, V = unknown>(name: string): IMap<K, V>
  /**
   * Makes a function callable by `IMap.executeOnKey` and its like, and by clients. Every member registers the same ones,
   * best through the start options: an owner that does not know a name answers NOT_REGISTERED.
   *
   * @throws CobnutError ARGUMENT when the name, or its pair of ids, is taken.
   */
  registerEntryProcessor<K, V, A, R>(
    name: string,
    processor: EntryProcessor<K, V, A, R> | EntryProcessorRegistration<K, V, A, R>,
  ): void
  /**
   * Makes an interceptor known to this member; `IMap.addInterceptor` attaches it to a map. As with entry processors, every
   * member registers the same ones.
   *
   * @throws CobnutError ARGUMENT when the name, or its pair of ids, is taken.
   */
  registerInterceptor<V>(name: string, interceptor: MapInterceptor<V>): void
  /**
   * Makes a comparator known to this member, for `PageOptions.comparator` and the paging predicates of clients. As with entry
   * processors, every member registers the same ones: whoever does not know a name answers NOT_REGISTERED.
   *
   * @throws CobnutError ARGUMENT when the name, or its pair of ids, is taken.
   */
  registerEntryComparator<K, V, A>(
    name: string,
    comparator: EntryComparator<K, V, A> | EntryComparatorRegistration<K, V, A>,
  ): void
  /** For callers that let copies answer their reads: see `CallSession`. */
  newSession(): CallSession
  members(): readonly MemberView[]
  /** Clients connected to this member. `cobnut clients` asks every member. */
  clients(): readonly ClientView[]
  status(): MemberStatus
  /** Questions and orders of whoever operates the cluster. Throws MEMBER_STOPPED while the member is in none. */
  readonly admin: Admin
  /** True when every group that this member holds has all the copies it should have, and as many members decide as should. */
  isSafe(): boolean
  on<E extends keyof MemberEvents>(event: E, listener: (value: MemberEvents[E]) => void): () => void
  /**
   * Hands everything over, leaves the cluster and stops. Rejects never; after `timeoutMs` it stops all the same and says what was
   * not handed over. Called again, it answers as the first call will; `terminate` ends it.
   */
  shutdown(options?: { readonly timeoutMs?: number }): Promise<{ readonly handedOver: boolean }>
  /** Stops at once, as a crash would, also in the middle of a shutdown. */
  terminate(): Promise<void>
}

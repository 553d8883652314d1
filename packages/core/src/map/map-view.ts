/**
 * What an operation sees of one map of one group: the latest state, committed or not. It gathers what the operation decides
 * as effects, and changes nothing by itself, except the access marks of what was read.
 */

import type { IndexDefinition } from '../api/query.js'
import type { MapSettings } from '../control/cluster-state.js'
import type { Caller } from '../operation/request.js'
import type { IndexedEntry } from '../query/attribute-index.js'
import { PartitionIndexes } from '../query/partition-indexes.js'
import type { Found as Candidates } from '../query/planner.js'
import type { Predicate } from '../query/predicate.js'
import { QueryEntry } from '../query/query-entry.js'
import { keyHash } from '../serialization/data.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import { type RecordMeta, recordCost } from '../storage/record-store.js'
import { eventType } from './data-map.js'
import type { Effect } from './effects.js'
import { chooseVictim, needsMarks, victimsMax } from './eviction.js'
import { hitsAfter, isExpired, metaForWrite } from './expiry.js'
import type { InterceptorChain } from './interceptors.js'
import { isHeldBy, type LockState } from './locks.js'
import { OwnChanges } from './own-changes.js'
import type { QueryContext } from './query-context.js'
import type { Found, Shard } from './shard.js'
import { countsEntries, isLimited, type SizeLimits } from './size-limits.js'
import type { UserCode } from './user-code.js'

export type Limits = Pick<SizeLimits, 'excess' | 'note'>

export interface ViewOptions {
  readonly mapId: number
  readonly settings: MapSettings
  readonly shard: Shard
  readonly limits: Limits
  readonly wallMs: number
  /** What is read is marked. */
  readonly isAccess: boolean
  readonly idleFromMs: number
  readonly code: UserCode
  readonly serialization: SerializationService
  /** Null = none is attached to this map. */
  readonly interceptors: InterceptorChain | null
  readonly queries: QueryContext
  readonly indexes: readonly IndexDefinition[]
}

/** An entry while it is visited: the bytes may be views, copy what is kept. */
export interface Visited {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** A committed one; moved from entry to entry, as there may be many. */
class StoredVisit implements Visited {
  ref = -1
  readonly #store: Shard['store']

  constructor(store: Shard['store']) {
    this.#store = store
  }

  get key(): Uint8Array {
    return this.#store.keyView(this.ref)
  }

  get value(): Uint8Array {
    return this.#store.valueView(this.ref)
  }
}

/** Stands for the record that the operation will become. */
const OWN = -1

/** One map of one group at one moment, and what the operation decides to change in it. */
export class MapView {
  readonly mapId: number
  readonly settings: MapSettings
  readonly wallMs: number
  readonly effects: Effect[] = []
  dependsOn = 0
  readonly code: UserCode
  readonly serialization: SerializationService
  readonly interceptors: InterceptorChain | null
  readonly queries: QueryContext
  readonly #indexes: readonly IndexDefinition[]
  readonly #shard: Shard
  readonly #limits: Limits
  readonly #isAccess: boolean
  readonly #idleFromMs: number
  /** Made when something has changed: most operations are one key's, and many change nothing. */
  #ownChanges: OwnChanges | null = null
  /** Entries of the map in this group, with what this operation has decided. */
  #entries: number
  #endsLease = false

  constructor(options: ViewOptions) {
    const { mapId, settings, shard, limits, wallMs, idleFromMs, code, serialization, interceptors, queries, indexes } = options
    this.mapId = mapId
    this.settings = settings
    this.wallMs = wallMs
    this.code = code
    this.serialization = serialization
    this.interceptors = interceptors
    this.queries = queries
    this.#indexes = indexes
    this.#shard = shard
    this.#limits = limits
    this.#entries = shard.latestSize
    this.#isAccess = options.isAccess
    this.#idleFromMs = idleFromMs
  }

  /** The entry, or null. One that is past its time is removed by the way, so that no later owner shows it again. */
  find(key: Uint8Array): Found | null {
    const hash = keyHash(key)
    const own = this.effects.length === 0 ? undefined : this.#changes().of(key, hash)
    if (own !== undefined) return own.kind === 'put' ? { ...own, expiresAtMs: own.meta.expiresAtMs, seq: OWN } : null
    this.dependsOn = Math.max(this.dependsOn, this.#shard.dependsOn(key, hash))
    const found = this.#shard.find(key, hash)
    if (found === null || found.expiresAtMs > this.wallMs) return found
    if (!isExpired(found.meta, this.wallMs, this.#idleFromMs) || this.#isLocked(key, hash)) return found
    this.drop(key, eventType.expired)
    return null
  }

  /** Marks an access, where somebody asks for it: statistics of entries, an idle limit, or the order of eviction. */
  touch(key: Uint8Array, found: Found): void {
    if (!this.#isAccess) return
    const { settings } = this
    this.#shard.hits++
    this.#shard.lastAccessMs = this.wallMs
    if (found.seq !== 0 || (!settings.perEntryStats && found.meta.maxIdleMs === 0 && !needsMarks(settings))) return
    const ref = this.#shard.store.find(key, keyHash(key))
    const { meta } = found
    const byAge = meta.ttlMs > 0 ? meta.lastUpdateMs + meta.ttlMs : Number.POSITIVE_INFINITY
    const byIdling = meta.maxIdleMs > 0 ? this.wallMs + meta.maxIdleMs : Number.POSITIVE_INFINITY
    this.#shard.store.touch(ref, this.wallMs, hitsAfter(meta.hits), Math.min(byAge, byIdling))
  }

  /**
   * The point that every value passes before it is stored. A store behind the map, which may refuse a value or has to have
   * it first, stands here.
   */
  put(key: Uint8Array, given: Uint8Array, before: Found | null, ttlMs: number, maxIdleMs: number): void {
    const value = this.interceptors === null ? given : this.interceptors.put(() => before?.value ?? null, given)
    this.store(key, value, before, metaForWrite(before?.meta ?? null, this.settings, ttlMs, maxIdleMs, this.wallMs))
  }

  /** What has passed that point, or has been stored in a cluster before. */
  store(key: Uint8Array, value: Uint8Array, before: Found | null, meta: RecordMeta): void {
    const { mapId, settings } = this
    const hash = keyHash(key)
    this.effects.push({ kind: 'put', map: mapId, hash, key, value, meta, existed: before !== null })
    this.#shard.lastUpdateMs = this.wallMs
    if (before === null) this.#entries++
    if (!isLimited(settings)) return
    if (!countsEntries(settings)) this.#makeRoom(key, hash, recordCost(key.length, value.length, meta) - this.cost(key))
    else if (before === null) this.#makeRoom(key, hash, 0)
  }

  #changes(): OwnChanges {
    this.#ownChanges ??= new OwnChanges(this.effects)
    return this.#ownChanges
  }

  /** What has just been written stays, and so does what may not be changed by others now. */
  #makeRoom(written: Uint8Array, hash: number, grownBytes: number): void {
    const { mapId, settings, wallMs } = this
    const byCount = countsEntries(settings)
    let excess = this.#limits.excess({ mapId, settings, entries: this.#entries, grownBytes, wallMs })
    for (let n = 0; n < victimsMax && excess > 0; n++) {
      const victim = chooseVictim({
        shard: this.#shard,
        policy: settings.evictionPolicy,
        isExpired: meta => isExpired(meta, wallMs, this.#idleFromMs),
        // neighbours of a key are others for every key, and one after the other where several have to go
        seed: hash + Math.imul(n, 0x9e3779b1),
        mayGo: (key, itsHash) => this.#changes().of(key, itsHash) === undefined && !this.#isLocked(key, itsHash),
        own: () => this.#changes().puts(written),
      })
      if (victim === null) return
      this.drop(victim.key, victim.isExpired ? eventType.expired : eventType.evicted)
      if (!byCount) this.#limits.note(mapId, -victim.bytes)
      excess -= byCount ? 1 : victim.bytes
    }
  }

  setMeta(key: Uint8Array, meta: RecordMeta): void {
    this.effects.push({ kind: 'meta', map: this.mapId, hash: keyHash(key), key, meta })
  }

  /** The point that every removal passes that a caller wants. Answers what the caller sees as the value that was there. */
  remove(key: Uint8Array, found: Found): Uint8Array {
    const seen = this.interceptors === null ? found.value : this.interceptors.remove(found.value)
    this.drop(key, eventType.removed)
    return seen
  }

  /** What a caller who reads the entry gets. */
  shown(found: Found | null): Uint8Array | null {
    const value = found?.value ?? null
    return this.interceptors === null ? value : this.interceptors.get(value)
  }

  /** Of an entry that is there. */
  drop(key: Uint8Array, reason: number): void {
    this.#entries--
    this.effects.push({ kind: 'remove', map: this.mapId, hash: keyHash(key), key, reason })
  }

  /** Removes all entries but those of keys that are locked. @returns how many committed ones stay. */
  clear(): number {
    const { locks, store } = this.#shard
    const kept = locks.lockedKeys(this.wallMs)
    this.effects.push({ kind: 'clear', map: this.mapId, kept })
    return kept.filter(key => store.find(key, keyHash(key)) >= 0).length
  }

  /** The lock of a key, or null. One whose lease is over is removed by the way, so that no later owner shows it again. */
  lockOf(key: Uint8Array): LockState | null {
    const { locks } = this.#shard
    if (locks.isEmpty) return null
    const hash = keyHash(key)
    this.dependsOn = Math.max(this.dependsOn, locks.dependsOn(key, hash))
    const lock = locks.find(key, hash)
    if (lock === null || lock.untilMs > this.wallMs) return lock
    if (!this.#endsLease) this.setLock(key, null)
    this.#endsLease = true
    return null
  }

  /** The lock that somebody other than the caller holds, or null. */
  lockAgainst(key: Uint8Array, caller: Caller | undefined): LockState | null {
    const lock = this.lockOf(key)
    return lock === null || isHeldBy(lock, caller) ? null : lock
  }

  setLock(key: Uint8Array, lock: LockState | null): void {
    const at = { map: this.mapId, hash: keyHash(key), key }
    this.effects.push(lock === null ? { kind: 'unlock', ...at } : { kind: 'lock', ...at, lock })
  }

  get lockCount(): number {
    return this.#shard.locks.size
  }

  nextToken(): number {
    return this.#shard.locks.nextToken(this.wallMs)
  }

  /** What is locked does not expire. */
  #isLocked(key: Uint8Array, hash: number): boolean {
    return (this.#shard.locks.find(key, hash)?.untilMs ?? 0) > this.wallMs
  }

  /** Committed entries, and whether the log's tail holds more that `clear` would have to remove. */
  get committedSize(): number {
    return this.#shard.store.size
  }

  get hasPending(): boolean {
    return this.#shard.hasPending
  }

  /** Visits every entry that is not past its time; those that are get removed. `visit` may stop by returning false. */
  each(visit: (entry: Visited) => boolean | undefined): void {
    if (this.#showsLatest()) {
      for (const entry of this.#latest()) if (visit(entry) === false) return
      return
    }
    const { store } = this.#shard
    const stored = new StoredVisit(store)
    let going = true
    for (let cursor = 0; cursor !== -1 && going; ) {
      cursor = store.scan(cursor, 1024, ref => {
        if (!going) return
        stored.ref = ref
        if (this.#isPast(ref)) this.drop(store.key(ref), eventType.expired)
        else going = visit(stored) !== false
      })
    }
  }

  /**
   * What is shown of all entries is committed, except where the tail clears the map, or has changed an entry whose time was over
   * only after that. To leave that one out would contradict the record, to show it alone would show a part of what the record did:
   * the answer is the latest state then, and waits for it.
   */
  #showsLatest(): boolean {
    const shard = this.#shard
    if (shard.clearedBy > 0) return true
    if (shard.store.expirable === 0) return false
    for (const { key, hash } of shard.pendingKeys()) {
      const ref = shard.store.find(key, hash)
      if (ref >= 0 && this.#isPast(ref)) return true
    }
    return false
  }

  /** Entries of the latest state, of some committed ones and of all that the tail puts there; undefined = all. */
  *#latest(committed?: Iterable<IndexedEntry>): IterableIterator<Visited> {
    for (const key of this.latestKeys(committed)) {
      const found = this.find(key)
      if (found !== null) yield { key, value: found.value }
    }
  }

  /** Visits, as `each` does, every entry that meets the condition; null = all. */
  matching(where: Uint8Array | null, visit: (entry: QueryEntry) => void): void {
    const predicate = this.queries.predicate(where)
    const found = this.#byIndex(where, predicate)
    const test = ({ key, value }: Visited): boolean => {
      const entry = new QueryEntry(key, value, this.queries.opener)
      if (predicate.test(entry)) visit(entry)
      return true
    }
    if (found === null) this.each(test)
    else if (this.#showsLatest()) for (const entry of this.#latest(found.entries)) test(entry)
    else this.#eachOf(found.entries, test)
  }

  /** Committed entries among which all are that meet the condition; null = no index tells. */
  #byIndex(where: Uint8Array | null, { plan }: Predicate): Candidates | null {
    if (where === null) return null
    const found = this.#partitionIndexes()?.find(plan) ?? null
    this.queries.counts(this.mapId).note(found)
    return found
  }

  #partitionIndexes(): PartitionIndexes | null {
    if (this.#indexes.length === 0) return null
    const shard = this.#shard
    if (shard.indexes?.definitions === this.#indexes) return shard.indexes
    const { store } = shard
    const indexes = new PartitionIndexes(this.#indexes, this.queries.opener)
    for (let cursor = 0; cursor !== -1; ) {
      cursor = store.scan(cursor, 1024, ref => indexes.put(store.keyView(ref), store.hash(ref), store.valueView(ref)))
    }
    shard.indexes = indexes
    return indexes
  }

  /** As `each`, of some committed ones. */
  #eachOf(entries: Iterable<IndexedEntry>, visit: (entry: Visited) => void): void {
    const { store } = this.#shard
    const stored = new StoredVisit(store)
    for (const { key, hash } of entries) {
      stored.ref = store.find(key, hash)
      if (stored.ref < 0) continue
      if (this.#isPast(stored.ref)) this.drop(key, eventType.expired)
      else visit(stored)
    }
  }

  /**
   * Visits about so many committed entries, one whose time is over as it is by now; returns where to go on, -1 at the end. See
   * `RecordStore.scan`.
   */
  walk(cursor: number, entries: number, visit: (entry: QueryEntry) => void): number {
    const { store } = this.#shard
    const stored = new StoredVisit(store)
    return store.scan(cursor, entries, ref => {
      stored.ref = ref
      const found = this.#isPast(ref) ? this.find(store.key(ref)) : stored
      if (found !== null) visit(new QueryEntry(stored.key, found.value, this.queries.opener))
    })
  }

  /** Keys of the latest state that meet a condition, null = all. What is written to one does not change what others meet. */
  latestMatching(where: Uint8Array | null): Uint8Array[] {
    const predicate = this.queries.predicate(where)
    const latest = this.#latest(this.#byIndex(where, predicate)?.entries)
    return [...latest].flatMap(({ key, value }) => (predicate.test(new QueryEntry(key, value, this.queries.opener)) ? [key] : []))
  }

  #isPast(ref: number): boolean {
    const { store } = this.#shard
    if (store.expiresAtMs(ref) > this.wallMs || !isExpired(store.meta(ref), this.wallMs, this.#idleFromMs)) return false
    return !this.#isLocked(store.key(ref), store.hash(ref))
  }

  /** Keys of the latest state; whoever answers by them waits for all of the tail. */
  latestKeys(committed?: Iterable<IndexedEntry>): Uint8Array[] {
    this.dependsOn = Math.max(this.dependsOn, this.#shard.dependsOnAll)
    return this.#shard.latestKeys(committed)
  }

  cost(key: Uint8Array): number {
    const ref = this.#shard.store.find(key, keyHash(key))
    return ref < 0 ? 0 : this.#shard.store.cost(ref)
  }
}

/**
 * The data of one group: its part of every map of its backup class, entries and locks. Implements what replication needs of the data it
 * replicates; encodes effects, and tells of changes when they are committed.
 */

import type { IndexDefinition } from '../api/query.js'
import { InvariantError } from '../base/assert.js'
import { CobnutError, errorTable } from '../base/errors.js'
import type { GroupId } from '../base/ids.js'
import { murmur3 } from '../base/murmur3.js'
import { Reader } from '../codec/reader.js'
import { Writer } from '../codec/writer.js'
import type { MapSettings } from '../control/cluster-state.js'
import type { Execution, GroupData, SnapshotChunk, SnapshotCursor } from '../operation/group-data.js'
import type { LogRecord } from '../operation/record.js'
import { heedsLocks, type MapRequest, type OpCode } from '../operation/request.js'
import { assertFits, partBytesMax } from '../operation/size-limit.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import { eventType } from './data-map.js'
import { type Effect, readEffect, writeEffect } from './effects.js'
import { isExpired } from './expiry.js'
import type { InterceptorChain } from './interceptors.js'
import { type LockTable, lockDigest } from './locks.js'
import { type Limits, MapView } from './map-view.js'
import { runOperation } from './operations.js'
import type { QueryContext } from './query-context.js'
import { Shard } from './shard.js'
import type { UserCode } from './user-code.js'

/** What the groups of a member share. */
export interface MapCatalog {
  /** Empty between calls: effects are encoded in it. */
  readonly scratch: Writer
  readonly code: UserCode
  readonly serialization: SerializationService
  readonly limits: Limits
  readonly queries: QueryContext
  /** Undefined: no map of this id is known here (yet, or any more). */
  settings(mapId: number): MapSettings | undefined
  /** There was one of this id, and will be none again. */
  isDestroyed(mapId: number): boolean
  /** Null = none is attached to the map. */
  interceptors(mapId: number): InterceptorChain | null
  indexes(mapId: number): readonly IndexDefinition[]
  /**
   * This member's wall clock, where changes of this epoch have to be remembered by key, because they were made by a side of a
   * divided cluster that goes on alone. Else null.
   */
  forkedMs(group: GroupId, epoch: number): number | null
  wantsEvents(mapId: number): boolean
  wantsChanges(mapId: number): boolean
  /** A committed removal that nobody asked for, at its owner: an expiry or an eviction. */
  onDropped(mapId: number, reason: number): void
  /** A committed change of one entry, at its owner. Byte fields are the receiver's to keep. */
  onEntryEvent(mapId: number, type: number, key: Uint8Array, value: Uint8Array | null, oldValue: Uint8Array | null): void
  /** Nobody will come any more to unlock what is locked for this endpoint. */
  isGone(endpoint: string): boolean
  /** Throws SPLIT_BRAIN_PROTECTION where the map may not be read or written now. */
  checkProtection(mapId: number, op: OpCode): void
  /**
   * A committed change, at its owner, for whoever keeps entries elsewhere. `sequence` counts the changes of the map in this
   * group; `all`: its every entry went, that of the key among them. The key is the receiver's to keep.
   */
  onChange(mapId: number, key: Uint8Array, sequence: number, all: boolean): void
}

/**
 * While a call is evaluated nothing changes. So a mistake that shows only with this call, with the bytes of one value, say, is the
 * call's: it must not end this member, or each next owner that is asked for it.
 */
function failureOf(cause: unknown): CobnutError {
  if (cause instanceof CobnutError) return cause
  if (cause instanceof InvariantError) throw cause
  const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  return new CobnutError('INTERNAL', `${errorTable.INTERNAL.text}: ${text}`, { cause })
}

export class GroupMaps implements GroupData {
  readonly #catalog: MapCatalog
  readonly #shards = new Map<number, Shard>()
  /** What operations see of a map that has nothing here: to read an empty map costs no memory. */
  readonly #nothing = new Shard()
  /** Accesses before this moment happened at another owner and are not known here. */
  #idleFromMs = 0

  readonly #group: GroupId

  constructor(catalog: MapCatalog, group: GroupId) {
    this.#group = group
    this.#catalog = catalog
  }

  shard(mapId: number): Shard | undefined {
    return this.#shards.get(mapId)
  }

  shards(): IterableIterator<[number, Shard]> {
    return this.#shards.entries()
  }

  /** The other sides of the cluster that was divided are gone for good. */
  forgetForkChanges(): void {
    for (const shard of this.#shards.values()) shard.forkChanges = null
  }

  /** Maps that were destroyed leave nothing behind. */
  dropDestroyed(): void {
    for (const id of this.#shards.keys()) if (this.#catalog.isDestroyed(id)) this.#shards.delete(id)
  }

  /** Null = what the log still has of the map is of no use any more. */
  #shardFor(mapId: number): Shard | null {
    let shard = this.#shards.get(mapId)
    if (shard === undefined) {
      if (this.#catalog.isDestroyed(mapId)) return null
      shard = new Shard()
      this.#shards.set(mapId, shard)
    }
    return shard
  }

  execute(request: MapRequest, wallMs: number, isAccess = true): Execution {
    const settings = this.#catalog.settings(request.mapId)
    const { mapId } = request
    if (settings === undefined) {
      if (this.#catalog.isDestroyed(mapId)) throw new CobnutError('MAP_DESTROYED')
      throw new CobnutError('STATE_BEHIND', `map ${mapId} is not known here`)
    }
    this.#catalog.checkProtection(mapId, request.op)
    const { code, limits, serialization, queries } = this.#catalog
    const shard = this.#shards.get(mapId)
    const view = new MapView({
      mapId,
      settings,
      shard: shard ?? this.#nothing,
      limits,
      wallMs,
      isAccess,
      idleFromMs: this.#idleFromMs,
      code,
      interceptors: this.#catalog.interceptors(mapId),
      indexes: this.#catalog.indexes(mapId),
      serialization,
      queries,
    })
    const lockedBy = heedsLocks(request.op) ? view.lockAgainst(request.key as Uint8Array, request.caller) : null
    if (lockedBy !== null) return { error: null, result: null, dependsOn: view.dependsOn, effects: null, lockedBy }
    let done: ReturnType<typeof runOperation>
    let effects: Uint8Array | null = null
    try {
      done = runOperation(view, request)
      if (view.effects.length > 0) effects = this.#encoded(view.effects, partBytesMax)
      assertFits(done.result, effects?.length ?? 0)
    } catch (cause) {
      // there may not have been the memory to encode all of it
      this.#catalog.scratch.flip()
      return { error: failureOf(cause), result: null, dependsOn: view.dependsOn, effects: null, lockedBy: null }
    }
    const { result, dependsOn } = done
    // what the view has noted at nothing
    if (shard === undefined && effects !== null) {
      const made = new Shard()
      made.lastUpdateMs = wallMs
      this.#shards.set(mapId, made)
    }
    return { error: null, result, dependsOn, effects, lockedBy: null }
  }

  sweep(wallMs: number, max: number): Uint8Array | null {
    const effects: Effect[] = []
    for (const [map, shard] of this.#shards) {
      const { store, locks } = shard
      if (!locks.isEmpty) this.#sweepLocks(map, shard, wallMs, effects)
      if (store.expirable === 0) continue
      const next = store.scan(shard.sweptTo, max, ref => {
        if (store.expiresAtMs(ref) > wallMs || !isExpired(store.meta(ref), wallMs, this.#idleFromMs)) return
        const key = store.key(ref)
        // a key that the tail changes is not this entry any more
        if (shard.dependsOn(key, store.hash(ref)) > 0) return
        // what is locked does not expire
        if (!locks.isEmpty && locks.find(key, store.hash(ref)) !== null) return
        effects.push({ kind: 'remove', map, hash: store.hash(ref), key, reason: eventType.expired })
      })
      shard.sweptTo = next === -1 ? 0 : next
    }
    return effects.length === 0 ? null : this.#encoded(effects)
  }

  #sweepLocks(map: number, { locks }: Shard, wallMs: number, into: Effect[]): void {
    locks.eachSettled((key, hash, lock) => {
      if (into.length >= locksSweptMax || (lock.untilMs > wallMs && !this.#catalog.isGone(lock.endpoint))) return
      into.push({ kind: 'unlock', map, hash, key })
    })
  }

  /** A view until the next call. What is more than `bytesMax` is cut off behind the effect that makes it so. */
  #encoded(effects: readonly Effect[], bytesMax = Number.POSITIVE_INFINITY): Uint8Array {
    const out = this.#catalog.scratch
    for (const effect of effects) {
      writeEffect(out, effect)
      if (out.length > bytesMax) break
    }
    return out.flip()
  }

  stage(record: LogRecord): void {
    const effects = readEffects(record.effects)
    record.parsed = effects
    for (const effect of effects) this.#shardFor(effect.map)?.stage(effect, record.seq)
  }

  unstageAll(): void {
    for (const shard of this.#shards.values()) shard.unstageAll()
  }

  commit(record: LogRecord, serving: boolean): void {
    const effects = (record.parsed as readonly Effect[] | null) ?? readEffects(record.effects)
    record.parsed = null
    const forkedMs = this.#catalog.forkedMs(this.#group, record.epoch)
    for (const effect of effects) {
      const shard = this.#shardFor(effect.map)
      if (shard === null) continue
      if (serving && this.#catalog.wantsEvents(effect.map)) this.#tell(effect, shard)
      if (serving) {
        this.#count(effect, shard)
        this.#onCommitted(effect, shard)
      }
      if (forkedMs !== null) shard.noteForked(effect, forkedMs)
      shard.apply(effect)
      if (serving) shard.unstage(effect, record.seq)
    }
  }

  /** Changes count also while nobody listens: who begins to compares. Called while the store still holds what was before. */
  #count(effect: Effect, shard: Shard): void {
    const key = changedKey(effect, shard)
    if (key === null) return
    shard.changes++
    if (this.#catalog.wantsChanges(effect.map)) {
      this.#catalog.onChange(effect.map, key.slice(), shard.changes, effect.kind === 'clear')
    }
  }

  /** For whoever counts, and for the application. Called while the store still holds what was before. */
  #onCommitted(effect: Effect, { store }: Shard): void {
    if (effect.kind === 'remove' && effect.reason !== eventType.removed) this.#catalog.onDropped(effect.map, effect.reason)
    else if (effect.kind === 'put') this.#catalog.interceptors(effect.map)?.after('afterPut', () => effect.value)
    else if (effect.kind === 'remove') {
      const held = (): Uint8Array | null => {
        const ref = store.find(effect.key, effect.hash)
        return ref < 0 ? null : store.value(ref)
      }
      this.#catalog.interceptors(effect.map)?.after('afterRemove', held)
    }
  }

  /** Called while the store still holds what was before. */
  #tell(effect: Effect, shard: Shard): void {
    if (effect.kind !== 'put' && effect.kind !== 'remove') return
    const ref = shard.store.find(effect.key, effect.hash)
    const oldValue = ref < 0 ? null : shard.store.value(ref)
    const key = effect.key.slice()
    if (effect.kind === 'put') {
      const type = effect.existed ? eventType.updated : eventType.added
      this.#catalog.onEntryEvent(effect.map, type, key, effect.value.slice(), oldValue)
    } else this.#catalog.onEntryEvent(effect.map, effect.reason, key, null, oldValue)
  }

  promoted(wallMs: number): void {
    this.#idleFromMs = wallMs
    for (const shard of this.#shards.values()) shard.changes = 0
  }

  snapshot(cursor: SnapshotCursor | null, bytesMax: number): SnapshotChunk {
    const out = new Writer(64 * 1024)
    const isFull = (): boolean => out.length >= bytesMax
    const next = this.#walk(cursor, isFull, (map, { store, locks, forkChanges }, at) => {
      if (isAmongLocks(at)) {
        if (at === LOCKS_FROM) {
          forkChanges?.each((key, hash, removedMs) => writeEffect(out, { kind: 'changed', map, hash, key, removedMs }))
        }
        if (at === LOCKS_FROM && locks.token > 0) writeEffect(out, { kind: 'token', map, token: locks.token })
        return stepLocks(locks, at, isFull, (key, hash, lock) => writeEffect(out, { kind: 'lock', map, hash, key, lock }))
      }
      return store.scan(at, 1, ref => {
        const put = { kind: 'put', map, hash: store.hash(ref), key: store.keyView(ref), value: store.valueView(ref) } as const
        writeEffect(out, { ...put, meta: store.meta(ref), existed: true })
      })
    })
    return { bytes: out.take(), next }
  }

  /** From map to map, in a fixed order, locks first. `visit` looks at a place and says where to go on; `isFull` ends it for now. */
  #walk(
    cursor: SnapshotCursor | null,
    isFull: () => boolean,
    visit: (map: number, shard: Shard, at: number) => number,
  ): SnapshotCursor | null {
    const maps = [...this.#shards.keys()].sort((a, b) => a - b)
    let [map, at] = cursor === null ? [maps[0] ?? -1, LOCKS_FROM] : (cursor as [number, number])
    while (map !== -1) {
      const shard = this.#shards.get(map)
      while (shard !== undefined && at !== -1) {
        if (isFull()) return [map, at]
        at = visit(map, shard, at)
      }
      const after = map
      map = maps.find(id => id > after) ?? -1
      at = LOCKS_FROM
    }
    return null
  }

  empty(): GroupMaps {
    return new GroupMaps(this.#catalog, this.#group)
  }

  install(chunk: Uint8Array): void {
    for (const effect of readEffects(chunk)) this.#shardFor(effect.map)?.apply(effect)
  }

  /**
   * A map may have been destroyed after the piece came that it is in: only copies in use hear of that, and the log says
   * nothing of it. The same goes for the end of a fork.
   */
  complete(): void {
    this.dropDestroyed()
    const isForked = this.#catalog.forkedMs(this.#group, Number.POSITIVE_INFINITY) !== null
    if (!isForked) this.forgetForkChanges()
  }

  digest(cursor: SnapshotCursor | null, bytesMax: number): { sum: number; next: SnapshotCursor | null } {
    let sum = 0
    let left = bytesMax
    const isFull = (): boolean => left <= 0
    const next = this.#walk(cursor, isFull, (map, { store, locks }, at) => {
      if (isAmongLocks(at)) {
        if (at === LOCKS_FROM) sum ^= Math.imul(locks.token | 0, 2 * map + 1)
        return stepLocks(locks, at, isFull, (key, _hash, lock) => {
          left -= lookBytes + key.length
          sum ^= Math.imul(lockDigest(key, lock), 2 * map + 1)
        })
      }
      return store.scan(at, 1, ref => {
        const [keyBytes, value] = [store.keyView(ref), store.valueView(ref)]
        left -= lookBytes + keyBytes.length + value.length
        const key = murmur3(keyBytes)
        sum ^= Math.imul(key ^ map, 0x9e3779b1) ^ Math.imul(murmur3(value) + store.version(ref), key | 1)
      })
    })
    return { sum: sum >>> 0, next }
  }
}

/** Locks taken back in one sweep: more would make a giant of its record. */
const locksSweptMax = 5_000

/** What it costs to look at an entry for a digest, in bytes that could be read meanwhile. */
const lookBytes = 256

/** Places in the walk over a map below -1 are hashes of locks, moved down by this; from zero on they are the store's. */
const HASHES = 2 ** 32
const LOCKS_FROM = -HASHES - 2 ** 31

const isAmongLocks = (at: number): boolean => at < -1

function stepLocks(locks: LockTable, at: number, isFull: () => boolean, visit: Parameters<LockTable['step']>[2]): number {
  const next = locks.step(at + HASHES, isFull, visit)
  return next === null ? 0 : next - HASHES
}

/** Of one entry that the effect changes; null = it changes none. */
function changedKey(effect: Effect, { store }: Shard): Uint8Array | null {
  switch (effect.kind) {
    case 'clear':
      return anyKey(store)
    case 'put':
    case 'meta':
    case 'remove':
      return effect.key
    default:
      return null
  }
}

function anyKey(store: Shard['store']): Uint8Array | null {
  let key: Uint8Array | null = null
  for (let cursor = 0; cursor !== -1 && key === null; ) {
    cursor = store.scan(cursor, 1, ref => {
      key ??= store.key(ref)
    })
  }
  return key
}

const none: readonly Effect[] = []

/** Byte fields are views. */
function readEffects(bytes: Uint8Array): readonly Effect[] {
  if (bytes.length === 0) return none
  const from = new Reader(bytes)
  const effects: Effect[] = []
  while (from.remaining > 0) effects.push(readEffect(from))
  return effects
}

/**
 * The entries and locks of one map in one group on this member: the record store with what is committed, and beside it what
 * the log's tail will change. Operations are evaluated against both together; readers of the store see committed entries only.
 */

import { NumberTable } from '../base/number-table.js'
import type { PartitionIndexes } from '../query/partition-indexes.js'
import { keyHash } from '../serialization/data.js'
import { equalBytes } from '../storage/bytes.js'
import { type RecordMeta, RecordStore } from '../storage/record-store.js'
import type { Effect } from './effects.js'
import { ForkChanges } from './fork-changes.js'
import { LockTable } from './locks.js'

/** An entry as of the log's end. Valid until the next write: what is not asked for is not copied. */
export interface Found {
  readonly value: Uint8Array
  readonly meta: RecordMeta
  /** Wall ms; Infinity = never. */
  readonly expiresAtMs: number
  /** The record of the tail that made it so; 0 = committed. */
  readonly seq: number
}

class StoredEntry implements Found {
  readonly seq = 0
  readonly #store: RecordStore
  readonly #ref: number

  constructor(store: RecordStore, ref: number) {
    this.#store = store
    this.#ref = ref
  }

  get value(): Uint8Array {
    return this.#store.value(this.#ref)
  }

  get meta(): RecordMeta {
    return this.#store.meta(this.#ref)
  }

  get expiresAtMs(): number {
    return this.#store.expiresAtMs(this.#ref)
  }
}

interface PendingEntry {
  readonly key: Uint8Array
  readonly seq: number
  /** Null = removed. */
  readonly entry: { readonly value: Uint8Array; readonly meta: RecordMeta } | null
}

export class Shard {
  readonly store = new RecordStore()
  readonly locks = new LockTable()
  /** Made by the first query that could use them, kept up from then on; null = there are none. */
  indexes: PartitionIndexes | null = null
  /** Latest change of a key in the tail, by hash; keys of equal hash share a list. */
  readonly #pending = new NumberTable<PendingEntry[]>()
  #clearedBy = 0
  #lastStaged = 0
  /** Reads that found their entry here since this copy was made, and the last read and write; wall ms, 0 = none. */
  hits = 0
  lastAccessMs = 0
  lastUpdateMs = 0
  /** Committed here since this copy became the primary's. */
  changes = 0
  /** Where the next sweep goes on. */
  sweptTo = 0
  #latestSize = 0
  /** Null: the cluster is not divided, as far as changes of this map here are concerned. */
  forkChanges: ForkChanges | null = null

  get hasPending(): boolean {
    return this.#pending.size > 0 || this.#clearedBy > 0
  }

  /** The latest state of a key; null = absent, and `dependsOn` tells by which record of the tail. */
  find(key: Uint8Array, hash: number): Found | null {
    const pending = this.#pendingOf(key, hash)
    if (pending !== undefined) {
      const { entry, seq } = pending
      return entry === null ? null : { ...entry, expiresAtMs: entry.meta.expiresAtMs, seq }
    }
    if (this.#clearedBy > 0) return null
    const ref = this.store.find(key, hash)
    return ref < 0 ? null : new StoredEntry(this.store, ref)
  }

  /** The record of the tail that the latest state of this key rests on; 0 = committed state. */
  dependsOn(key: Uint8Array, hash: number): number {
    return this.#pendingOf(key, hash)?.seq ?? this.#clearedBy
  }

  /** As `dependsOn`, for an answer about all keys. */
  get dependsOnAll(): number {
    return this.hasPending ? this.#lastStaged : 0
  }

  /**
   * Keys of the latest state, copied; entries past their time included.
   * @param committed if given, only these of the committed entries, beside all that the tail puts there.
   */
  latestKeys(committed: Iterable<{ readonly key: Uint8Array; readonly hash: number }> | null = null): Uint8Array[] {
    const keys: Uint8Array[] = []
    const take = (key: Uint8Array, hash: number): void => {
      if (this.#pendingOf(key, hash) === undefined) keys.push(key)
    }
    if (committed !== null && this.#clearedBy === 0) for (const { key, hash } of committed) take(key.slice(), hash)
    for (let cursor = 0; cursor !== -1 && committed === null && this.#clearedBy === 0; ) {
      cursor = this.store.scan(cursor, 1024, ref => take(this.store.key(ref), this.store.hash(ref)))
    }
    for (const list of this.#pending.values()) for (const { key, entry } of list) if (entry !== null) keys.push(key.slice())
    return keys
  }

  /** Entries of the latest state; true of a copy that stages what it decides. */
  get latestSize(): number {
    return this.#latestSize
  }

  /** The record of the tail that clears the map; 0 = none does. */
  get clearedBy(): number {
    return this.#clearedBy
  }

  /** Keys of entries that the tail puts, changes or removes, but for those that go with all others. */
  *pendingKeys(): IterableIterator<{ key: Uint8Array; hash: number }> {
    for (const [hash, list] of this.#pending.entries()) for (const { key } of list) yield { key, hash }
  }

  /** What the tail puts there, in no order that means anything. */
  *pendingEntries(): IterableIterator<{ key: Uint8Array; hash: number; value: Uint8Array; meta: RecordMeta }> {
    for (const [hash, list] of this.#pending.entries()) {
      for (const { key, entry } of list) if (entry !== null) yield { key, hash, ...entry }
    }
  }

  #pendingOf(key: Uint8Array, hash: number): PendingEntry | undefined {
    if (this.#pending.size === 0) return undefined
    return this.#pending.get(hash)?.find(p => equalBytes(p.key, key))
  }

  stage(effect: Effect, seq: number): void {
    this.#lastStaged = seq
    if (effect.kind === 'clear') {
      this.#stageClear(effect.kept, seq)
      return
    }
    if (effect.kind === 'token' || effect.kind === 'changed') return
    if (effect.kind === 'lock' || effect.kind === 'unlock') {
      this.locks.stage(effect, seq)
      return
    }
    const { key, hash } = effect
    if (effect.kind === 'put') {
      this.#stageEntry(key, hash, seq, { value: effect.value, meta: effect.meta })
      if (!effect.existed) this.#latestSize++
    } else if (effect.kind === 'remove') {
      // only what is there is removed
      this.#stageEntry(key, hash, seq, null)
      this.#latestSize--
    } else {
      const found = this.find(key, hash)
      if (found !== null) this.#stageEntry(key, hash, seq, { value: found.value, meta: effect.meta })
    }
  }

  #stageClear(kept: readonly Uint8Array[], seq: number): void {
    const staying = kept.map(key => ({ key, found: this.find(key, keyHash(key)) }))
    this.#pending.clear()
    this.#clearedBy = seq
    this.#latestSize = 0
    for (const { key, found } of staying) {
      if (found === null) continue
      this.#stageEntry(key, keyHash(key), seq, { value: found.value, meta: found.meta })
      this.#latestSize++
    }
  }

  #stageEntry(key: Uint8Array, hash: number, seq: number, entry: PendingEntry['entry']): void {
    const list = this.#pending.get(hash)
    const pending = { key, seq, entry }
    if (list === undefined) {
      this.#pending.set(hash, [pending])
      return
    }
    const at = list.findIndex(p => equalBytes(p.key, key))
    if (at === -1) list.push(pending)
    else list[at] = pending
  }

  /** Also the indexes go: only an owner needs them. */
  unstageAll(): void {
    this.indexes = null
    this.#pending.clear()
    this.#clearedBy = 0
    this.#latestSize = this.store.size
    this.locks.unstageAll()
  }

  /** Before it is applied. */
  noteForked(effect: Effect, wallMs: number): void {
    this.forkChanges ??= new ForkChanges()
    this.forkChanges.note(effect, this.store, wallMs)
  }

  /** Applies a committed effect to the store. */
  apply(effect: Effect): void {
    switch (effect.kind) {
      case 'put':
        this.store.put(effect.key, effect.hash, effect.value, effect.meta)
        this.indexes?.put(effect.key, effect.hash, effect.value)
        return
      case 'remove':
        this.store.remove(effect.key, effect.hash)
        this.indexes?.remove(effect.key, effect.hash)
        return
      case 'meta': {
        const ref = this.store.find(effect.key, effect.hash)
        if (ref >= 0) this.store.setMeta(ref, effect.meta)
        return
      }
      case 'clear':
        this.#clear(effect.kept)
        this.indexes = null
        return
      case 'lock':
      case 'unlock':
        this.locks.apply(effect)
        return
      case 'changed':
        this.forkChanges ??= new ForkChanges()
        this.forkChanges.set(effect.key, effect.hash, effect.removedMs)
        return
      case 'token':
        this.locks.raiseToken(effect.token)
    }
  }

  #clear(kept: readonly Uint8Array[]): void {
    const { store } = this
    const staying = kept.flatMap(key => {
      const [hash, ref] = [keyHash(key), store.find(key, keyHash(key))]
      return ref < 0 ? [] : [{ key, hash, value: store.value(ref).slice(), meta: store.meta(ref) }]
    })
    store.clear()
    for (const { key, hash, value, meta } of staying) store.put(key, hash, value, meta)
  }

  /** The record `seq` is in the store now: what it staged is no longer pending. */
  unstage(effect: Effect, seq: number): void {
    if (effect.kind === 'clear') {
      if (this.#clearedBy === seq) this.#clearedBy = 0
      for (const key of effect.kept) this.#unstageEntry(key, keyHash(key), seq)
    } else if (effect.kind === 'lock' || effect.kind === 'unlock') this.locks.unstage(effect, seq)
    else if (effect.kind !== 'token' && effect.kind !== 'changed') this.#unstageEntry(effect.key, effect.hash, seq)
  }

  #unstageEntry(key: Uint8Array, hash: number, seq: number): void {
    const list = this.#pending.get(hash)
    if (list === undefined) return
    const at = list.findIndex(p => p.seq === seq && equalBytes(p.key, key))
    if (at === -1) return
    if (list.length === 1) this.#pending.delete(hash)
    else list.splice(at, 1)
  }
}

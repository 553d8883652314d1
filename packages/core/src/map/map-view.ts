/**
 * What an operation sees of one map of one group: the latest state, committed or not. It gathers what the operation decides
 * as effects, and changes nothing by itself, except the access marks of what was read.
 */

import type { MapSettings } from '../control/cluster-state.js'
import { keyHash } from '../serialization/data.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import type { RecordMeta } from '../storage/record-store.js'
import { eventType } from './data-map.js'
import type { Effect } from './effects.js'
import { isExpired, metaForWrite } from './expiry.js'
import type { Found, Shard } from './shard.js'
import type { UserCode } from './user-code.js'

export interface ViewOptions {
  readonly mapId: number
  readonly settings: MapSettings
  readonly shard: Shard
  readonly wallMs: number
  readonly idleFromMs: number
  readonly code: UserCode
  readonly serialization: SerializationService
}

/** One map of one group at one moment, and what the operation decides to change in it. */
export class MapView {
  readonly mapId: number
  readonly settings: MapSettings
  readonly wallMs: number
  readonly effects: Effect[] = []
  dependsOn = 0
  readonly code: UserCode
  readonly serialization: SerializationService
  readonly #shard: Shard
  readonly #idleFromMs: number

  constructor({ mapId, settings, shard, wallMs, idleFromMs, code, serialization }: ViewOptions) {
    this.mapId = mapId
    this.settings = settings
    this.wallMs = wallMs
    this.code = code
    this.serialization = serialization
    this.#shard = shard
    this.#idleFromMs = idleFromMs
  }

  /** The entry, or null. One that is past its time is removed by the way, so that no later owner shows it again. */
  find(key: Uint8Array): Found | null {
    const hash = keyHash(key)
    this.dependsOn = Math.max(this.dependsOn, this.#shard.dependsOn(key, hash))
    const found = this.#shard.find(key, hash)
    if (found === null || found.expiresAtMs > this.wallMs) return found
    if (!isExpired(found.meta, this.wallMs, this.#idleFromMs)) return found
    this.drop(key, eventType.expired)
    return null
  }

  /** Marks an access, where somebody asks for it: statistics of entries, or an idle limit. */
  touch(key: Uint8Array, found: Found): void {
    if (found.seq !== 0 || (!this.settings.perEntryStats && found.meta.maxIdleMs === 0)) return
    const ref = this.#shard.store.find(key, keyHash(key))
    const { meta } = found
    const byAge = meta.ttlMs > 0 ? meta.lastUpdateMs + meta.ttlMs : Number.POSITIVE_INFINITY
    const byIdling = meta.maxIdleMs > 0 ? this.wallMs + meta.maxIdleMs : Number.POSITIVE_INFINITY
    this.#shard.store.touch(ref, this.wallMs, meta.hits + 1, Math.min(byAge, byIdling))
  }

  put(key: Uint8Array, value: Uint8Array, before: Found | null, ttlMs: number, maxIdleMs: number): void {
    const meta = metaForWrite(before?.meta ?? null, this.settings, ttlMs, maxIdleMs, this.wallMs)
    this.effects.push({ kind: 'put', map: this.mapId, hash: keyHash(key), key, value, meta, existed: before !== null })
  }

  setMeta(key: Uint8Array, meta: RecordMeta): void {
    this.effects.push({ kind: 'meta', map: this.mapId, hash: keyHash(key), key, meta })
  }

  drop(key: Uint8Array, reason: number): void {
    this.effects.push({ kind: 'remove', map: this.mapId, hash: keyHash(key), key, reason })
  }

  clear(): void {
    this.effects.push({ kind: 'clear', map: this.mapId })
  }

  /** Committed entries, and whether the log's tail holds more that `clear` would have to remove. */
  get committedSize(): number {
    return this.#shard.store.size
  }

  get hasPending(): boolean {
    return this.#shard.hasPending
  }

  /** Visits every committed entry that is not past its time; those that are get removed. `visit` may stop by returning false. */
  each(visit: (ref: number, store: Shard['store']) => boolean | undefined): void {
    const { store } = this.#shard
    let going = true
    for (let cursor = 0; cursor !== -1 && going; ) {
      cursor = store.scan(cursor, 1024, ref => {
        if (!going) return
        if (store.expiresAtMs(ref) <= this.wallMs && isExpired(store.meta(ref), this.wallMs, this.#idleFromMs)) {
          const key = store.key(ref)
          if (this.#shard.dependsOn(key, store.hash(ref)) === 0) this.drop(key, eventType.expired)
        } else going = visit(ref, store) !== false
      })
    }
  }

  /** Keys of the latest state; whoever answers by them waits for all of the tail. */
  latestKeys(): Uint8Array[] {
    this.dependsOn = Math.max(this.dependsOn, this.#shard.dependsOnAll)
    return this.#shard.latestKeys()
  }

  cost(key: Uint8Array): number {
    const ref = this.#shard.store.find(key, keyHash(key))
    return ref < 0 ? 0 : this.#shard.store.cost(ref)
  }
}

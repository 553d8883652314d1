/**
 * The operations of a map, one row each: `run` is synchronous, sees the latest state of its group and answers with a
 * result and the effects that make it true. It changes nothing by itself, except the access marks of what it read.
 */

import type { MapSettings } from '../control/cluster-state.js'
import type { Execution } from '../operation/group-data.js'
import { type MapRequest, type OpName, opCode, type Result } from '../operation/request.js'
import { keyHash, sameData } from '../serialization/data.js'
import type { RecordMeta } from '../storage/record-store.js'
import { eventType } from './data-map.js'
import type { Effect } from './effects.js'
import { isExpired, metaForTtl, metaForWrite } from './expiry.js'
import type { Found, Shard } from './shard.js'

/** One map of one group at one moment, and what the operation decides to change in it. */
export class MapView {
  readonly mapId: number
  readonly settings: MapSettings
  readonly wallMs: number
  readonly effects: Effect[] = []
  dependsOn = 0
  readonly #shard: Shard
  readonly #idleFromMs: number

  constructor(mapId: number, settings: MapSettings, shard: Shard, wallMs: number, idleFromMs: number) {
    this.mapId = mapId
    this.settings = settings
    this.wallMs = wallMs
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

  cost(key: Uint8Array): number {
    const ref = this.#shard.store.find(key, keyHash(key))
    return ref < 0 ? 0 : this.#shard.store.cost(ref)
  }
}

type Run = (
  view: MapView,
  q: MapRequest & { readonly key: Uint8Array; readonly value: Uint8Array; readonly expected: Uint8Array },
) => Result

const valueIn = (found: Found | null): Uint8Array | null => found?.value ?? null

const runs: Readonly<Record<OpName, Run>> = {
  get(view, { key }) {
    const found = view.find(key)
    if (found !== null) view.touch(key, found)
    return valueIn(found)
  },
  containsKey(view, { key }) {
    const found = view.find(key)
    if (found !== null) view.touch(key, found)
    return found !== null
  },
  put(view, { key, value, ttlMs, maxIdleMs }) {
    const before = view.find(key)
    view.put(key, value, before, ttlMs, maxIdleMs)
    return valueIn(before)
  },
  set(view, { key, value, ttlMs, maxIdleMs }) {
    view.put(key, value, view.find(key), ttlMs, maxIdleMs)
    return null
  },
  putIfAbsent(view, { key, value, ttlMs, maxIdleMs }) {
    const before = view.find(key)
    if (before === null) view.put(key, value, null, ttlMs, maxIdleMs)
    return valueIn(before)
  },
  replace(view, { key, value }) {
    const before = view.find(key)
    if (before !== null) view.put(key, value, before, -1, -1)
    return valueIn(before)
  },
  replaceIfSame(view, { key, value, expected }) {
    const before = view.find(key)
    if (before === null || !sameData(before.value, expected)) return false
    view.put(key, value, before, -1, -1)
    return true
  },
  remove(view, { key }) {
    const before = view.find(key)
    if (before !== null) view.drop(key, eventType.removed)
    return valueIn(before)
  },
  removeIfSame(view, { key, expected }) {
    const before = view.find(key)
    if (before === null || !sameData(before.value, expected)) return false
    view.drop(key, eventType.removed)
    return true
  },
  delete(view, { key }) {
    const before = view.find(key)
    if (before !== null) view.drop(key, eventType.removed)
    return before !== null
  },
  evict(view, { key }) {
    const before = view.find(key)
    if (before !== null) view.drop(key, eventType.evicted)
    return before !== null
  },
  setTtl(view, { key, ttlMs }) {
    const before = view.find(key)
    if (before === null) return false
    view.setMeta(key, metaForTtl(before.meta, view.settings, ttlMs, view.wallMs))
    return true
  },
  getEntryView(view, { key }) {
    const found = view.find(key)
    if (found === null) return null
    const m = found.meta
    return [
      found.value,
      view.cost(key),
      m.creationMs,
      m.lastUpdateMs,
      m.lastAccessMs,
      m.hits,
      m.expiresAtMs,
      m.version,
      m.ttlMs,
      m.maxIdleMs,
    ]
  },
  getAll(view, { items }) {
    const entries: Uint8Array[] = []
    for (const key of items) {
      const found = view.find(key)
      if (found === null) continue
      view.touch(key, found)
      entries.push(key.slice(), found.value)
    }
    return entries
  },
  putAll(view, { items }) {
    // the last value of a key that comes twice wins, as its effects are applied in order
    for (let i = 0; i + 1 < items.length; i += 2) {
      const key = items[i] as Uint8Array
      view.put(key, items[i + 1] as Uint8Array, view.find(key), -1, -1)
    }
    return null
  },
  size(view) {
    let n = 0
    view.each(() => {
      n++
      return true
    })
    return n
  },
  containsValue(view, { value }) {
    let found = false
    view.each((ref, store) => {
      found = store.valueEquals(ref, value)
      return !found
    })
    return found
  },
  keySet(view) {
    return gathered(view, (into, ref, store) => into.push(store.key(ref)))
  },
  values(view) {
    return gathered(view, (into, ref, store) => into.push(store.value(ref)))
  },
  entrySet(view) {
    return gathered(view, (into, ref, store) => into.push(store.key(ref), store.value(ref)))
  },
  clear: clearAll,
  evictAll: clearAll,
}

function gathered(view: MapView, take: (into: Uint8Array[], ref: number, store: Shard['store']) => void): Uint8Array[] {
  const into: Uint8Array[] = []
  view.each((ref, store) => {
    take(into, ref, store)
    return true
  })
  return into
}

function clearAll(view: MapView): number {
  const entries = view.committedSize
  if (entries > 0 || view.hasPending) view.clear()
  return entries
}

const runOf: ReadonlyMap<number, Run> = new Map((Object.keys(runs) as OpName[]).map(name => [opCode[name], runs[name]]))

/** @returns the result and what the view gathered. */
export function runOperation(view: MapView, request: MapRequest): Pick<Execution, 'result' | 'dependsOn'> {
  const run = runOf.get(request.op) as Run
  const result = run(view, request as Parameters<Run>[1])
  return { result, dependsOn: view.dependsOn }
}

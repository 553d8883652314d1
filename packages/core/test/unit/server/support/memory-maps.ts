/** Maps in a JavaScript Map: what a single member without any cluster would answer. Shared by all test servers of a test. */

import type { LocalMapStats } from '../../../../src/api/map.js'
import { CobnutError } from '../../../../src/base/errors.js'
import {
  type Data,
  type DataCall,
  type DataEntryView,
  type DataListener,
  type DataMap,
  type DataQueries,
  type Expiry,
  eventType,
  type InvalidationState,
  type LockTerms,
  type MapChange,
  type MapService,
} from '../../../../src/map/data-map.js'
import { sameData } from '../../../../src/serialization/data.js'

interface Held {
  key: Data
  value: Data
  ttlMs: number
  maxIdleMs: number
  expiresAtMs: number
  hits: number
}

const MEMBER = '00000000-0000-4000-8000-000000000001'

export class MemoryMaps implements MapService {
  readonly #maps = new Map<string, MemoryMap>()
  readonly watchers = new Set<(change: MapChange) => void>()

  map(name: string): MemoryMap {
    const known = this.#maps.get(name)
    if (known !== undefined) return known
    const made = new MemoryMap(name, () => this.#destroy(name))
    this.#maps.set(name, made)
    for (const watcher of this.watchers) watcher({ name, type: 'CREATED' })
    return made
  }

  async names(): Promise<string[]> {
    return [...this.#maps.keys()]
  }

  async create(name: string): Promise<void> {
    this.map(name)
  }

  async #destroy(name: string): Promise<void> {
    if (!this.#maps.delete(name)) return
    for (const watcher of this.watchers) watcher({ name, type: 'DESTROYED' })
  }

  async invalidationState(names: readonly string[]): Promise<InvalidationState> {
    return { sequences: names.map(name => [name, [[7, 3]]]), partitionUuids: [[7, MEMBER]] }
  }

  get listenerCount(): number {
    return [...this.#maps.values()].reduce((sum, map) => sum + map.listenerCount, 0)
  }
}

export class MemoryMap implements DataMap {
  readonly name: string
  readonly #entries = new Map<string, Held>()
  readonly #listeners = new Map<string, DataListener>()
  /** Who holds a key, and how often. */
  readonly #locks = new Map<string, { holder: string; count: number; waiting: (() => void)[] }>()
  #failWith: Error | null = null
  #failuresLeft = 0
  /** When set, every call waits for it. */
  gate: Promise<void> | null = null

  readonly destroy: () => Promise<void>

  constructor(name: string, destroy = async (): Promise<void> => {}) {
    this.name = name
    this.destroy = destroy
  }

  get queries(): DataQueries {
    throw new Error('there are no queries here')
  }

  /** The next calls, or all until further notice, fail with this. */
  fail(error: Error | null, times = Number.POSITIVE_INFINITY): void {
    this.#failWith = error
    this.#failuresLeft = times
  }

  get listenerCount(): number {
    return this.#listeners.size
  }

  async get(key: Data): Promise<Data | null> {
    await this.#before()
    const held = this.#find(key)
    if (held !== undefined) held.hits++
    return held?.value ?? null
  }

  async getAll(keys: readonly Data[]): Promise<[Data, Data][]> {
    await this.#before()
    return keys.flatMap(key => {
      const held = this.#find(key)
      return held === undefined ? [] : [[key, held.value] as [Data, Data]]
    })
  }

  async put(key: Data, value: Data, expiry: Expiry): Promise<Data | null> {
    await this.#before()
    return this.#store(key, value, expiry)
  }

  /** Waits while somebody else has the key locked. */
  async set(key: Data, value: Data, expiry: Expiry, call?: DataCall): Promise<void> {
    await this.#before()
    const held = this.#locks.get(keyText(key))
    if (held !== undefined && held.holder !== holderOf(call)) await new Promise<void>(resolve => held.waiting.push(resolve))
    this.#store(key, value, expiry)
  }

  async putAll(entries: readonly (readonly [Data, Data])[]): Promise<void> {
    await this.#before()
    for (const [key, value] of entries) this.#store(key, value, { ttlMs: -1, maxIdleMs: -1 })
  }

  async putAllWithMetadata(entries: readonly Omit<DataEntryView, 'cost'>[]): Promise<void> {
    await this.#before()
    for (const { key, value, ttlMs, maxIdleMs } of entries) this.#store(key, value, { ttlMs, maxIdleMs })
  }

  async putIfAbsent(key: Data, value: Data, expiry: Expiry): Promise<Data | null> {
    await this.#before()
    return this.#find(key)?.value ?? this.#store(key, value, expiry)
  }

  async replace(key: Data, value: Data): Promise<Data | null> {
    await this.#before()
    return this.#find(key) === undefined ? null : this.#store(key, value, { ttlMs: -1, maxIdleMs: -1 })
  }

  async replaceIfSame(key: Data, expected: Data, value: Data): Promise<boolean> {
    await this.#before()
    const held = this.#find(key)
    if (held === undefined || !sameData(held.value, expected)) return false
    this.#store(key, value, { ttlMs: -1, maxIdleMs: -1 })
    return true
  }

  async remove(key: Data): Promise<Data | null> {
    await this.#before()
    return this.#drop(key, eventType.removed)
  }

  async removeIfSame(key: Data, expected: Data): Promise<boolean> {
    await this.#before()
    const held = this.#find(key)
    return held !== undefined && sameData(held.value, expected) && this.#drop(key, eventType.removed) !== null
  }

  async delete(key: Data): Promise<boolean> {
    await this.#before()
    return this.#drop(key, eventType.removed) !== null
  }

  async evict(key: Data): Promise<boolean> {
    await this.#before()
    return this.#drop(key, eventType.evicted) !== null
  }

  /** Waits for nobody. */
  async lock(key: Data, _terms: LockTerms, call?: DataCall): Promise<number | null> {
    await this.#before()
    const held = this.#locks.get(keyText(key))
    if (held !== undefined && held.holder !== holderOf(call)) return null
    this.#locks.set(keyText(key), { holder: holderOf(call), count: (held?.count ?? 0) + 1, waiting: held?.waiting ?? [] })
    return 1
  }

  async unlock(key: Data, call?: DataCall): Promise<void> {
    await this.#before()
    const held = this.#locks.get(keyText(key))
    if (held?.holder !== holderOf(call)) throw new CobnutError('NOT_LOCK_OWNER')
    if (--held.count > 0) return
    this.#locks.delete(keyText(key))
    for (const resolve of held.waiting) resolve()
  }

  async forceUnlock(key: Data): Promise<void> {
    await this.#before()
    this.#locks.delete(keyText(key))
  }

  async isLocked(key: Data): Promise<boolean> {
    await this.#before()
    return this.#locks.has(keyText(key))
  }

  async tryPut(key: Data, value: Data): Promise<boolean> {
    await this.set(key, value, { ttlMs: -1, maxIdleMs: -1 })
    return true
  }

  tryRemove(key: Data): Promise<boolean> {
    return this.delete(key)
  }

  async setTtl(key: Data, ttlMs: number): Promise<boolean> {
    await this.#before()
    const held = this.#find(key)
    if (held === undefined) return false
    held.ttlMs = ttlMs
    held.expiresAtMs = expiresAt(ttlMs)
    return true
  }

  async containsKey(key: Data): Promise<boolean> {
    await this.#before()
    return this.#find(key) !== undefined
  }

  async getEntryView(key: Data): Promise<DataEntryView | null> {
    await this.#before()
    const held = this.#find(key)
    if (held === undefined) return null
    return {
      key: held.key,
      value: held.value,
      cost: held.key.length + held.value.length,
      creationTime: 1_000,
      lastUpdateTime: 2_000,
      lastAccessTime: -1,
      hits: held.hits,
      expirationTime: held.expiresAtMs,
      version: 3,
      ttlMs: held.ttlMs > 0 ? held.ttlMs : Number.POSITIVE_INFINITY,
      maxIdleMs: held.maxIdleMs > 0 ? held.maxIdleMs : Number.POSITIVE_INFINITY,
    }
  }

  async containsValue(value: Data): Promise<boolean> {
    await this.#before()
    return this.#live().some(held => sameData(held.value, value))
  }

  /** Answers with the processor that it was sent: nothing runs here. */
  async executeOnKey(_key: Data, processor: Data): Promise<Data | null> {
    await this.#before()
    return processor
  }

  async executeOnKeys(keys: readonly Data[], processor: Data): Promise<[Data, Data][]> {
    await this.#before()
    return keys.map(key => [key, processor])
  }

  async size(): Promise<number> {
    await this.#before()
    return this.#live().length
  }

  async clear(): Promise<void> {
    await this.#empty(eventType.cleared)
  }

  async evictAll(): Promise<void> {
    await this.#empty(eventType.allEvicted)
  }

  async keySet(): Promise<Data[]> {
    await this.#before()
    return this.#live().map(held => held.key)
  }

  async values(): Promise<Data[]> {
    await this.#before()
    return this.#live().map(held => held.value)
  }

  async entrySet(): Promise<[Data, Data][]> {
    await this.#before()
    return this.#live().map(held => [held.key, held.value])
  }

  async addInterceptor(): Promise<string> {
    return 'known'
  }

  async removeInterceptor(id: string): Promise<boolean> {
    return id === 'known'
  }

  async addListener(listener: DataListener): Promise<string> {
    await this.#before()
    const id = `listener-${this.#listeners.size}-${Math.random()}`
    this.#listeners.set(id, listener)
    return id
  }

  async removeListener(id: string): Promise<boolean> {
    return this.#listeners.delete(id)
  }

  localKeySet(): Data[] {
    return this.#live().map(held => held.key)
  }

  localStats(): LocalMapStats {
    throw new Error('the client server has no use for statistics')
  }

  async #before(): Promise<void> {
    await this.gate
    if (this.#failWith === null || this.#failuresLeft === 0) return
    this.#failuresLeft--
    throw this.#failWith
  }

  #find(key: Data): Held | undefined {
    const held = this.#entries.get(keyText(key))
    if (held === undefined || held.expiresAtMs > Date.now()) return held
    this.#entries.delete(keyText(key))
    return undefined
  }

  #live(): Held[] {
    return [...this.#entries.values()].filter(held => held.expiresAtMs > Date.now())
  }

  #store(key: Data, value: Data, { ttlMs, maxIdleMs }: Expiry): Data | null {
    const before = this.#find(key)?.value ?? null
    // Copies, as a real store makes them: what the server hands over lies in a received chunk.
    const held = { key: key.slice(), value: value.slice(), ttlMs, maxIdleMs, expiresAtMs: expiresAt(ttlMs), hits: 0 }
    this.#entries.set(keyText(key), held)
    this.#tell(before === null ? eventType.added : eventType.updated, key, value, before)
    return before
  }

  #drop(key: Data, type: number): Data | null {
    const held = this.#find(key)
    if (held === undefined) return null
    this.#entries.delete(keyText(key))
    this.#tell(type, key, null, held.value)
    return held.value
  }

  async #empty(type: number): Promise<void> {
    await this.#before()
    const affected = this.#live().length
    this.#entries.clear()
    if (affected > 0) this.#tell(type, null, null, null, affected)
  }

  #tell(type: number, key: Data | null, value: Data | null, oldValue: Data | null, affected = 1): void {
    for (const { flags, includeValue, key: wanted, onEvent } of this.#listeners.values()) {
      if ((flags & type) === 0 || (wanted !== null && key !== null && !sameData(wanted, key))) continue
      const values = includeValue ? { value, oldValue } : { value: null, oldValue: null }
      onEvent({ type, key, ...values, memberId: MEMBER, affected })
    }
  }
}

const holderOf = (call?: DataCall): string => `${call?.caller?.endpoint} ${call?.threadId}`
const keyText = (key: Data): string => Buffer.from(key.buffer, key.byteOffset + 4, key.length - 4).toString('latin1')
const expiresAt = (ttlMs: number): number => (ttlMs > 0 ? Date.now() + ttlMs : Number.POSITIVE_INFINITY)

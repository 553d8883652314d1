/** A record store beside a dumb `Map`, told the same, and the comparison of the two. */

import assert from 'node:assert/strict'
import { murmur3 } from '../../../src/base/murmur3.js'
import type { Prng } from '../../../src/base/prng.js'
import { type RecordMeta, RecordStore, type SlabOptions } from '../../../src/storage/record-store.js'

export const plainMeta: RecordMeta = {
  version: 0,
  hits: 0,
  creationMs: 0,
  lastUpdateMs: 0,
  lastAccessMs: 0,
  ttlMs: 0,
  maxIdleMs: 0,
  expiresAtMs: Number.POSITIVE_INFINITY,
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** With neither, either or both of times and expiry; times with fractions, versions and hits over the whole range. */
export function randomMeta(random: Prng): RecordMeta {
  const times = random.chance(1, 3)
  const expiry = random.chance(1, 3)
  const ms = (): number => 1.7e12 + random.below(1e9) + random.float()
  return {
    version: random.chance(1, 2) ? random.u32() : random.below(10),
    hits: times && random.chance(1, 2) ? random.u32() : 0,
    creationMs: times ? ms() : 0,
    lastUpdateMs: times ? ms() : 0,
    lastAccessMs: times && random.chance(1, 2) ? ms() : 0,
    ttlMs: expiry ? random.below(1e6) : 0,
    maxIdleMs: expiry && random.chance(1, 2) ? random.below(1e6) : 0,
    expiresAtMs: expiry && random.chance(3, 4) ? ms() : Number.POSITIVE_INFINITY,
  }
}

interface Held {
  readonly key: Uint8Array
  value: Uint8Array
  meta: RecordMeta
}

const nameOf = (key: Uint8Array): string => String.fromCharCode(...key)

export class StoreModel {
  readonly store: RecordStore
  readonly held = new Map<string, Held>()
  readonly #hashOf: (key: Uint8Array) => number

  constructor(options: SlabOptions = {}, hashOf: (key: Uint8Array) => number = murmur3) {
    this.store = new RecordStore(options)
    this.#hashOf = hashOf
  }

  put(key: Uint8Array, value: Uint8Array, meta: RecordMeta): void {
    const name = nameOf(key)
    assert.equal(this.store.put(key, this.#hashOf(key), value, meta), this.held.has(name) ? 'updated' : 'added')
    this.held.set(name, { key, value, meta })
  }

  remove(key: Uint8Array): void {
    assert.equal(this.store.remove(key, this.#hashOf(key)), this.held.delete(nameOf(key)))
  }

  setMeta(key: Uint8Array, meta: RecordMeta): void {
    const held = this.held.get(nameOf(key))
    if (held === undefined) return
    this.store.setMeta(this.store.find(key, this.#hashOf(key)), meta)
    held.meta = meta
  }

  touch(key: Uint8Array, lastAccessMs: number, hits: number, expiresAtMs: number): void {
    const held = this.held.get(nameOf(key))
    if (held === undefined) return
    this.store.touch(this.store.find(key, this.#hashOf(key)), lastAccessMs, hits, expiresAtMs)
    held.meta = { ...held.meta, lastAccessMs, hits, expiresAtMs }
  }

  clear(): void {
    this.store.clear()
    this.held.clear()
  }

  /** What is found under a key is what was put there. */
  checkKey(key: Uint8Array): void {
    const held = this.held.get(nameOf(key))
    const ref = this.store.find(key, this.#hashOf(key))
    if (held === undefined) assert.equal(ref, -1)
    else this.#checkRecord(ref, held)
  }

  #checkRecord(ref: number, { key, value, meta }: Held): void {
    const { store } = this
    assert.ok(ref >= 0)
    assert.ok(Buffer.compare(store.key(ref), key) === 0)
    assert.ok(Buffer.compare(store.value(ref), value) === 0)
    assert.equal(store.valueLength(ref), value.length)
    assert.equal(store.hash(ref), this.#hashOf(key))
    this.#checkMeta(ref, meta)
    assert.equal(store.cost(ref), costOf(key.length, value.length, meta))
  }

  #checkMeta(ref: number, meta: RecordMeta): void {
    const { store } = this
    const read = store.meta(ref)
    const single = {
      version: store.version(ref),
      hits: store.hits(ref),
      creationMs: store.creationMs(ref),
      lastUpdateMs: store.lastUpdateMs(ref),
      lastAccessMs: store.lastAccessMs(ref),
      ttlMs: store.ttlMs(ref),
      maxIdleMs: store.maxIdleMs(ref),
      expiresAtMs: store.expiresAtMs(ref),
    }
    for (const field of Object.keys(meta) as (keyof RecordMeta)[]) {
      if (read[field] === meta[field] && single[field] === meta[field]) continue
      assert.deepEqual({ read, single }, { read: meta, single: meta })
    }
  }

  /** The whole store holds the whole model, each record once, and its accounts are right. */
  checkAll(scanMax = 100): void {
    const { store } = this
    const seen = new Set<string>()
    let bytes = 0
    let expirable = 0
    for (let cursor = 0; cursor !== -1; ) {
      cursor = store.scan(cursor, scanMax, ref => {
        const name = nameOf(store.key(ref))
        const held = this.held.get(name)
        assert.ok(held !== undefined, 'a record nobody put')
        assert.ok(!seen.has(name), 'a record visited twice')
        seen.add(name)
        this.#checkRecord(ref, held)
        bytes += store.cost(ref)
        if (held.meta.expiresAtMs !== Number.POSITIVE_INFINITY) expirable++
      })
    }
    assert.equal(seen.size, this.held.size)
    assert.equal(store.size, this.held.size)
    assert.equal(store.bytes, bytes)
    assert.equal(store.expirable, expirable)
  }

  /** What `RecordStore.reservedBytes` states. */
  checkReserved(): void {
    const { bytes, reservedBytes, size } = this.store
    assert.ok(reservedBytes <= 3 * bytes + 8192, `${reservedBytes} bytes reserved for ${bytes} in ${size} records`)
  }
}

/** The formula that `RecordStore.bytes` states, written down a second time. */
export function costOf(keyLength: number, valueLength: number, meta: RecordMeta): number {
  const times = [meta.creationMs, meta.lastUpdateMs, meta.lastAccessMs, meta.hits].some(n => n !== 0)
  const expiry = meta.ttlMs !== 0 || meta.maxIdleMs !== 0 || meta.expiresAtMs !== Number.POSITIVE_INFINITY
  const content = 16 + (times ? 28 : 0) + (expiry ? 24 : 0) + keyLength + valueLength
  return Math.ceil(content / 8) * 8 + 16
}

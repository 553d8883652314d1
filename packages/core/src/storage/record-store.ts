/**
 * The records of one map in one group on this member: key bytes, value bytes and fixed metadata, kept outside of the
 * heap, with no object per record. Knows no clock and no map semantics: what it is told to hold it holds.
 *
 *      find(key, hash)
 *           |
 *           v      hash-index.ts, segment.ts                  arena.ts                      record.ts
 *      +-----------+     +----------------------+     +------------------------+     +--------------------+
 *      | directory |---->| hash, address | ...  |---->| slab | slab | slab ... |---->| header, key, value |
 *      +-----------+     +----------------------+     +------------------------+     +--------------------+
 *       by the first      segments that split           a few KiB at first,           8-byte units, parts
 *       bits of a hash    one at a time                 up to 1 MiB each              only where needed
 *
 * An empty store holds no buffer. No write does more than a bounded part of the work of growing, shrinking or compacting:
 * at most one segment of the index, and some multiple of its own bytes in the slabs.
 */

import { assert } from '../base/assert.js'
import { CobnutError } from '../base/errors.js'
import { Arena, type SlabOptions, unitOf } from './arena.js'
import { compact } from './compact.js'
import { HashIndex } from './hash-index.js'
import type { Memory, RecordMeta } from './record.js'
import * as record from './record.js'

export type { SlabOptions } from './arena.js'
export type { RecordMeta } from './record.js'

/** What a record costs in the index: two slots of 8 bytes, of which one is its own and one is room to grow. */
const INDEX_SHARE_BYTES = 16
/**
 * Units of garbage slabs walked per unit written or freed. A victim is at most 2/3 alive, so walking 8 gives back more
 * than 2; less than 3 could lose the race against a writer who makes garbage in every call.
 */
const COMPACT_PER_UNIT = 8

/** A ref names a record until the next write to the store; `touch` of a record that keeps its size is no write. */
export class RecordStore {
  readonly #arena: Arena
  readonly #index: HashIndex
  #bytes = 0
  #expirable = 0
  #isScanning = false

  constructor(options: SlabOptions = {}) {
    this.#arena = new Arena(options)
    this.#index = new HashIndex(this.#arena)
  }

  get size(): number {
    return this.#index.size
  }

  /**
   * Sum of `cost` over all records. A record costs 16 (header) + 28 (if one of creation, last update, last access and hits
   * is not 0) + 24 (if it has a time to live, an idle limit or an expiry time) + key + value bytes, rounded up to 8, + 16
   * (its share of the index).
   */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Bytes of all buffers. At most 3 * `bytes` + 8 KiB with the default slab sizes: a bound that is not proved, but that
   * the property tests hold after every operation.
   */
  get reservedBytes(): number {
    return this.#arena.reservedBytes + this.#index.reservedBytes
  }

  /** Records that have an expiry time. */
  get expirable(): number {
    return this.#expirable
  }

  /** Ref of the record, or -1. */
  find(key: Uint8Array, hash: number): number {
    return this.#index.find(hash, key) || -1
  }

  /** A copy. */
  key(ref: number): Uint8Array {
    return this.keyView(ref).slice()
  }

  /** A copy. */
  value(ref: number): Uint8Array {
    return this.valueView(ref).slice()
  }

  /** Not a copy: valid until the next write. */
  keyView(ref: number): Uint8Array {
    const memory = this.#memory(ref)
    const start = record.keyStartAt(memory, unitOf(ref))
    return memory.bytes.subarray(start, start + record.keyLengthAt(memory, unitOf(ref)))
  }

  /** Not a copy: valid until the next write. */
  valueView(ref: number): Uint8Array {
    const memory = this.#memory(ref)
    const start = record.valueStartAt(memory, unitOf(ref))
    return memory.bytes.subarray(start, start + record.valueLengthAt(memory, unitOf(ref)))
  }

  valueLength(ref: number): number {
    return record.valueLengthAt(this.#memory(ref), unitOf(ref))
  }

  /** Copies the value to `target` at `at`, which has room for it; returns its length. */
  copyValue(ref: number, target: Uint8Array, at: number): number {
    const memory = this.#memory(ref)
    const start = record.valueStartAt(memory, unitOf(ref))
    const length = record.valueLengthAt(memory, unitOf(ref))
    target.set(memory.bytes.subarray(start, start + length), at)
    return length
  }

  /** What `bytes` would be less without this record. */
  cost(ref: number): number {
    return costOf(record.unitsAt(this.#memory(ref), unitOf(ref)))
  }

  hash(ref: number): number {
    return record.hashAt(this.#memory(ref), unitOf(ref))
  }

  meta(ref: number): RecordMeta {
    return record.metaAt(this.#memory(ref), unitOf(ref))
  }

  version(ref: number): number {
    return record.versionAt(this.#memory(ref), unitOf(ref))
  }

  hits(ref: number): number {
    return record.hitsAt(this.#memory(ref), unitOf(ref))
  }

  creationMs(ref: number): number {
    return record.creationMsAt(this.#memory(ref), unitOf(ref))
  }

  lastUpdateMs(ref: number): number {
    return record.lastUpdateMsAt(this.#memory(ref), unitOf(ref))
  }

  lastAccessMs(ref: number): number {
    return record.lastAccessMsAt(this.#memory(ref), unitOf(ref))
  }

  ttlMs(ref: number): number {
    return record.ttlMsAt(this.#memory(ref), unitOf(ref))
  }

  maxIdleMs(ref: number): number {
    return record.maxIdleMsAt(this.#memory(ref), unitOf(ref))
  }

  /** Infinity = never. */
  expiresAtMs(ref: number): number {
    return record.expiresAtMsAt(this.#memory(ref), unitOf(ref))
  }

  /**
   * Makes the record so, whatever it was. The bytes are copied.
   * @param hash the same for the same key, always
   * @throws CobnutError ARGUMENT for a key of 256 MiB or a value above 1 GiB; OVERLOADED when the store cannot address more
   */
  put(key: Uint8Array, hash: number, value: Uint8Array, meta: RecordMeta): 'added' | 'updated' {
    this.#assertWritable()
    checkLength('key', key.length, record.KEY_BYTES_MAX)
    checkLength('value', value.length, record.VALUE_BYTES_MAX)
    const units = record.recordUnits(key.length, value.length, meta)
    const held = this.#index.find(hash, key)
    if (held === 0) {
      this.#index.reserve(hash)
      this.#index.insert(hash, this.#write(units, hash, key, value, meta))
      compact(this.#arena, this.#index, units * COMPACT_PER_UNIT)
      return 'added'
    }
    const memory = this.#arena.memory(held)
    const heldUnits = record.unitsAt(memory, unitOf(held))
    if (heldUnits === units) {
      this.#count(memory, held, -1)
      record.writeRecordAt(memory, unitOf(held), hash, key, value, meta)
      this.#count(memory, held, 1)
      return 'updated'
    }
    this.#index.move(hash, held, this.#write(units, hash, key, value, meta))
    this.#discard(memory, held, heldUnits)
    return 'updated'
  }

  setMeta(ref: number, meta: RecordMeta): void {
    this.#assertWritable()
    const memory = this.#memory(ref)
    this.#count(memory, ref, -1)
    const isDone = record.rewriteMetaAt(memory, unitOf(ref), meta)
    this.#count(memory, ref, 1)
    if (!isDone) this.put(this.key(ref), this.hash(ref), this.value(ref), meta)
  }

  /** Notes an access; in place, and refs stay valid, where the record has an access time and its having an expiry time stays. */
  touch(ref: number, lastAccessMs: number, hits: number, expiresAtMs: number): void {
    const memory = this.#memory(ref)
    if (record.touchAt(memory, unitOf(ref), lastAccessMs, hits, expiresAtMs)) return
    this.setMeta(ref, { ...this.meta(ref), lastAccessMs, hits, expiresAtMs })
  }

  remove(key: Uint8Array, hash: number): boolean {
    this.#assertWritable()
    const held = this.#index.find(hash, key)
    if (held === 0) return false
    const memory = this.#arena.memory(held)
    this.#index.remove(hash, held)
    this.#discard(memory, held, record.unitsAt(memory, unitOf(held)))
    return true
  }

  clear(): void {
    this.#assertWritable()
    this.#arena.clear()
    this.#index.clear()
    this.#bytes = 0
    this.#expirable = 0
  }

  /**
   * Visits `max` records and returns where to go on, or -1 at the end; 0 begins. `visit` must not write.
   *
   * A record that is in the store from the first call to the last is visited exactly once, whatever is written between
   * the calls; one that comes or goes meanwhile is visited at most once. One call visits more than `max` only
   * where records have the same hash.
   */
  scan(cursor: number, max: number, visit: (ref: number) => void): number {
    this.#isScanning = true
    try {
      return this.#index.scan(cursor, max, visit)
    } finally {
      this.#isScanning = false
    }
  }

  /** Visits about `max` records that lie side by side in the order of their hashes; `seed` says where. `visit` must not write. */
  sample(seed: number, max: number, visit: (ref: number) => void): void {
    let seen = 0
    const next = this.scan(seed >>> 0, max, ref => {
      seen++
      visit(ref)
    })
    if (next === -1 && seen < max) this.scan(0, max - seen, visit)
  }

  #memory(ref: number): Memory {
    const memory = this.#arena.memory(ref)
    assert(!record.isDeadAt(memory, unitOf(ref)), 'a ref was used after a write')
    return memory
  }

  #assertWritable(): void {
    assert(!this.#isScanning, 'a scan must not write')
  }

  #write(units: number, hash: number, key: Uint8Array, value: Uint8Array, meta: RecordMeta): number {
    const address = this.#arena.allocate(units)
    const memory = this.#arena.memory(address)
    record.writeRecordAt(memory, unitOf(address), hash, key, value, meta)
    this.#count(memory, address, 1)
    return address
  }

  #discard(memory: Memory, address: number, units: number): void {
    this.#count(memory, address, -1)
    this.#arena.free(address, units)
    compact(this.#arena, this.#index, units * COMPACT_PER_UNIT)
  }

  #count(memory: Memory, address: number, sign: 1 | -1): void {
    this.#bytes += sign * costOf(record.unitsAt(memory, unitOf(address)))
    if (record.canExpireAt(memory, unitOf(address))) this.#expirable += sign
  }
}

/** What `cost` will be of a record with this content. */
export const recordCost = (keyLength: number, valueLength: number, meta: RecordMeta): number =>
  costOf(record.recordUnits(keyLength, valueLength, meta))

const costOf = (units: number): number => units * record.UNIT_BYTES + INDEX_SHARE_BYTES

function checkLength(what: string, length: number, max: number): void {
  if (length > max) throw new CobnutError('ARGUMENT', `a ${what} of ${length} bytes is too long`, { length, max })
}

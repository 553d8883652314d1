/**
 * From a hash to the address of a record: a directory of segments, each of which holds the hashes that begin with one
 * bit prefix. A full segment splits in two, so that growing by one entry never costs more than one segment's work; two
 * that have become empty are joined again.
 *
 *      directory, by the first 2 bits        segments
 *      +----+
 *      | 00 |----------------.
 *      +----+                 >-----------> prefix 0   (depth 1)
 *      | 01 |----------------'
 *      +----+
 *      | 10 |-----------------------------> prefix 10  (depth 2)
 *      +----+
 *      | 11 |-----------------------------> prefix 11  (depth 2)
 *      +----+
 *
 * Segments, the homes within each, and the entries of a home are in the order of hashes. So a scan that goes by hash needs no
 * memory of what it has visited: its cursor is the first hash that it has not, which means the same after any split or join.
 */

import { assert } from '../base/assert.js'
import type { Arena } from './arena.js'
import { CAPACITY_MIN, capacityFor, Segment } from './segment.js'

/** Largest segment that splits instead of doubling: bounds the work of one write to some 900 moved slots. */
const SEGMENT_CAPACITY_MAX = 1024
/** A segment below this load is joined or made smaller. What a split or a join leaves is twice as full, so nothing flips to and fro. */
const LOAD_MIN = 1 / 8
/** Two segments are joined when together they have so many entries: far from the next split. */
const JOINED_COUNT_MAX = SEGMENT_CAPACITY_MAX / 4
/** With fewer entries per prefix than this, splitting does not separate them (equal hashes): then a segment doubles instead. */
const ENTRIES_PER_PREFIX_MIN = 256
const DIRECTORY_SLOT_BYTES = 8
const HASHES = 2 ** 32

/** Spreads hashes over all prefixes even if they differ in few bits; no two become one. */
const spread = (hash: number): number => Math.imul(hash, 0x9e3779b1)

export class HashIndex {
  readonly #arena: Arena
  /** Empty while the index is; otherwise 2 ** depth entries. */
  #directory: Segment[] = []
  #depth = 0
  /** Segments whose depth is the directory's: without any, half of the directory is enough. */
  #deepest = 0
  #size = 0
  #segmentBytes = 0

  constructor(arena: Arena) {
    this.#arena = arena
  }

  get size(): number {
    return this.#size
  }

  /** Of the segments' buffers and the directory. */
  get reservedBytes(): number {
    return this.#segmentBytes + this.#directory.length * DIRECTORY_SLOT_BYTES
  }

  #slotOf(spreadHash: number): number {
    // in two steps, because a shift by 32 is none
    return (spreadHash >>> 1) >>> (31 - this.#depth)
  }

  #segmentOf(spreadHash: number): Segment {
    return this.#directory[this.#slotOf(spreadHash)]!
  }

  /** Address of the record with this key; 0 = none. */
  find(hash: number, key: Uint8Array): number {
    if (this.#size === 0) return 0
    const h = spread(hash)
    return this.#segmentOf(h).find(h, key, this.#arena)
  }

  /** Makes room for one more entry with this hash. */
  reserve(hash: number): void {
    const h = spread(hash)
    if (this.#directory.length === 0) {
      this.#directory.push(this.#newSegment(0, CAPACITY_MIN))
      this.#deepest = 1
    }
    for (let segment = this.#segmentOf(h); segment.isFull; segment = this.#segmentOf(h)) {
      if (segment.capacity < SEGMENT_CAPACITY_MAX || !this.#canSplit(segment)) this.#resize(segment, h, segment.capacity * 2)
      else this.#split(segment, h)
    }
  }

  /** After `reserve`. */
  insert(hash: number, address: number): void {
    const h = spread(hash)
    this.#segmentOf(h).insert(h, address)
    this.#size++
  }

  move(hash: number, from: number, to: number): void {
    const h = spread(hash)
    this.#segmentOf(h).move(h, from, to)
  }

  remove(hash: number, address: number): void {
    const h = spread(hash)
    const segment = this.#segmentOf(h)
    segment.remove(h, address)
    this.#size--
    if (this.#size === 0) this.clear()
    else if (segment.count < segment.capacity * LOAD_MIN) this.#onSparse(h)
  }

  clear(): void {
    this.#directory = []
    this.#depth = 0
    this.#deepest = 0
    this.#size = 0
    this.#segmentBytes = 0
  }

  /** As `RecordStore.scan`, with addresses. */
  scan(cursor: number, max: number, visit: (address: number) => void): number {
    if (this.#size === 0) return -1
    const left = { records: max }
    let from = cursor
    while (left.records > 0) {
      if (from >= HASHES) return -1
      const segment = this.#segmentOf(from | 0)
      const stoppedAt = segment.visitHome(segment.home(from | 0), from, left, visit)
      if (stoppedAt !== -1) return stoppedAt
      // a segment with more homes than it has hashes leaves some homes unused
      const hashesPerHome = Math.max(1, HASHES / 2 ** segment.depth / segment.capacity)
      from = (Math.floor(from / hashesPerHome) + 1) * hashesPerHome
    }
    return from >= HASHES ? -1 : from
  }

  #canSplit(segment: Segment): boolean {
    return this.#size >= 2 ** segment.depth * ENTRIES_PER_PREFIX_MIN
  }

  #newSegment(depth: number, capacity: number): Segment {
    const segment = new Segment(depth, capacity)
    this.#segmentBytes += segment.byteLength
    return segment
  }

  /** First slot of the directory for a segment of this depth that holds `h`, and how many it has. */
  #slotsOf(h: number, depth: number): { first: number; count: number } {
    const count = 2 ** (this.#depth - depth)
    const slot = this.#slotOf(h)
    return { first: slot - (slot % count), count }
  }

  #resize(segment: Segment, h: number, capacity: number): void {
    const resized = this.#newSegment(segment.depth, capacity)
    segment.moveAll(() => resized)
    this.#segmentBytes -= segment.byteLength
    const { first, count } = this.#slotsOf(h, segment.depth)
    this.#directory.fill(resized, first, first + count)
  }

  #split(segment: Segment, h: number): void {
    if (segment.depth === this.#depth) {
      this.#directory = this.#directory.flatMap(s => [s, s])
      this.#depth++
      this.#deepest = 0
    }
    const depth = segment.depth + 1
    const highCount = segment.countHigh()
    const low = this.#newSegment(depth, capacityFor(segment.count - highCount))
    const high = this.#newSegment(depth, capacityFor(highCount))
    segment.moveAll(entry => (segment.isHigh(entry) ? high : low))
    this.#segmentBytes -= segment.byteLength
    const { first, count } = this.#slotsOf(h, segment.depth)
    this.#directory.fill(low, first, first + count / 2)
    this.#directory.fill(high, first + count / 2, first + count)
    if (depth === this.#depth) this.#deepest += 2
  }

  #onSparse(h: number): void {
    while (this.#join(h)) {}
    const segment = this.#segmentOf(h)
    const capacity = capacityFor(segment.count)
    if (segment.count < segment.capacity * LOAD_MIN && capacity < segment.capacity) this.#resize(segment, h, capacity)
  }

  /** Joins the segment with its other half, where both are that and have few entries. */
  #join(h: number): boolean {
    const { depth } = this.#segmentOf(h)
    if (depth === 0) return false
    const { first, count } = this.#slotsOf(h, depth - 1)
    const low = this.#directory[first]!
    const high = this.#directory[first + count / 2]!
    if (low.depth !== high.depth || low.count + high.count > JOINED_COUNT_MAX) return false
    const joined = this.#newSegment(depth - 1, capacityFor(low.count + high.count))
    low.moveAll(() => joined)
    high.moveAll(() => joined)
    this.#segmentBytes -= low.byteLength + high.byteLength
    this.#directory.fill(joined, first, first + count)
    if (depth === this.#depth) this.#deepest -= 2
    if (this.#deepest === 0) {
      this.#directory = this.#directory.filter((_, slot) => slot % 2 === 0)
      this.#depth--
      this.#deepest = this.#directory.filter(s => s.depth === this.#depth).length
      assert(this.#deepest > 0, 'a directory is deeper than its segments')
    }
    return true
  }
}

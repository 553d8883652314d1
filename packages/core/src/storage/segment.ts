/**
 * A small hash table of (hash, address) pairs in one buffer: the part of the index that holds the hashes beginning with
 * one bit prefix. Open addressing in Robin Hood order, so that entries of one home lie side by side, in the order of hashes,
 * a search for an absent key ends early, and removing shifts back instead of leaving tombstones.
 *
 *      hash:     [ prefix, `depth` bits ][ home, log2(capacity) bits ][ the rest ]     homes are in the order of hashes
 *
 *      slots:    | hash, address | hash, address |     0, 0      | hash, address |     8 bytes each; address 0 = free
 */

import { assert } from '../base/assert.js'
import { type Arena, unitOf } from './arena.js'
import { hasKeyAt } from './record.js'

export const CAPACITY_MIN = 8
/** Fuller makes searches longer, emptier makes the index larger. */
const LOAD_MAX = 7 / 8
/** A table made for so many entries takes two fifths more before it is full. */
const LOAD_NEW_MAX = 5 / 8

export function capacityFor(count: number): number {
  let capacity = CAPACITY_MIN
  while (count > capacity * LOAD_NEW_MAX) capacity *= 2
  return capacity
}

/** How many records a scan has still to visit. */
export interface ScanLeft {
  records: number
}

export class Segment {
  /** Bits of a hash that all entries here have in common, from the top. */
  readonly depth: number
  readonly capacity: number
  readonly #slots: Int32Array
  readonly #mask: number
  readonly #homeShift: number
  #count = 0

  constructor(depth: number, capacity: number) {
    assert(capacity >= CAPACITY_MIN && (capacity & (capacity - 1)) === 0, 'a table needs a power of two')
    this.depth = depth
    this.capacity = capacity
    this.#slots = new Int32Array(capacity * 2)
    this.#mask = capacity - 1
    this.#homeShift = Math.clz32(capacity) + 1
  }

  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count >= this.capacity * LOAD_MAX
  }

  get byteLength(): number {
    return this.#slots.byteLength
  }

  /** The slot where the search for a hash begins. */
  home(hash: number): number {
    return (hash << this.depth) >>> this.#homeShift
  }

  /** Whether the first bit after the common prefix is set: the half that a split would put the hash in. */
  isHigh(hash: number): boolean {
    return hash << this.depth < 0
  }

  countHigh(): number {
    let high = 0
    for (let slot = 0; slot < this.capacity; slot++) {
      if (this.#slots[slot * 2 + 1] !== 0 && this.isHigh(this.#slots[slot * 2]!)) high++
    }
    return high
  }

  /** Slots between where the entry in this slot is and where its search begins. */
  #distance(slot: number): number {
    return (slot - this.home(this.#slots[slot * 2]!)) & this.#mask
  }

  /** Address of the record with this key; 0 = none. */
  find(hash: number, key: Uint8Array, arena: Arena): number {
    const slots = this.#slots
    let slot = this.home(hash)
    for (let distance = 0; ; distance++) {
      const address = slots[slot * 2 + 1]!
      if (address === 0) return 0
      if (slots[slot * 2] === hash) {
        if (hasKeyAt(arena.memory(address), unitOf(address), key)) return address
      } else if (this.#distance(slot) < distance) return 0
      slot = (slot + 1) & this.#mask
    }
  }

  /** Adds an entry that is not there; the table is not full. */
  insert(hash: number, address: number): void {
    assert(this.#count < this.capacity, 'a table needs a free slot')
    const slots = this.#slots
    let slot = this.home(hash)
    let distance = 0
    while (slots[slot * 2 + 1] !== 0) {
      const held = this.#distance(slot)
      const heldHash = slots[slot * 2]!
      if (held < distance || (held === distance && heldHash >>> 0 > hash >>> 0)) {
        const heldAddress = slots[slot * 2 + 1]!
        this.#set(slot, hash, address)
        hash = heldHash
        address = heldAddress
        distance = held
      }
      slot = (slot + 1) & this.#mask
      distance++
    }
    this.#set(slot, hash, address)
    this.#count++
  }

  /** Enters the new address of a record that has moved. */
  move(hash: number, from: number, to: number): void {
    this.#slots[this.#slotOf(hash, from) * 2 + 1] = to
  }

  remove(hash: number, address: number): void {
    let slot = this.#slotOf(hash, address)
    for (;;) {
      const next = (slot + 1) & this.#mask
      const nextAddress = this.#slots[next * 2 + 1]!
      if (nextAddress === 0 || this.#distance(next) === 0) break
      this.#set(slot, this.#slots[next * 2]!, nextAddress)
      slot = next
    }
    this.#set(slot, 0, 0)
    this.#count--
  }

  #slotOf(hash: number, address: number): number {
    let slot = this.home(hash)
    for (let seen = 0; this.#slots[slot * 2 + 1] !== address; seen++) {
      assert(seen < this.capacity, 'a record is not in the index')
      slot = (slot + 1) & this.#mask
    }
    return slot
  }

  #set(slot: number, hash: number, address: number): void {
    this.#slots[slot * 2] = hash
    this.#slots[slot * 2 + 1] = address
  }

  /** Enters everything that is here into tables that cover this one's hashes. */
  moveAll(tableOf: (hash: number) => Segment): void {
    for (let slot = 0; slot < this.capacity; slot++) {
      const address = this.#slots[slot * 2 + 1]!
      if (address === 0) continue
      const hash = this.#slots[slot * 2]!
      tableOf(hash).insert(hash, address)
    }
  }

  /**
   * Visits the entries whose search begins at `home` and whose hash, read as unsigned, is not below `fromHash`. Ends before
   * a hash for which nothing is left, and returns it; -1 = this home has no more.
   */
  visitHome(home: number, fromHash: number, left: ScanLeft, visit: (address: number) => void): number {
    let visited = -1
    let slot = home
    for (let distance = 0; distance < this.capacity; distance++) {
      const address = this.#slots[slot * 2 + 1]!
      if (address === 0) break
      const held = this.#distance(slot)
      if (held < distance) break
      const hash = this.#slots[slot * 2]! >>> 0
      if (held === distance && hash >= fromHash) {
        if (left.records <= 0 && hash !== visited) return hash
        visit(address)
        left.records--
        visited = hash
      }
      slot = (slot + 1) & this.#mask
    }
    return -1
  }
}

/**
 * Memory for records: slabs that are filled from the front, and the account of what in them is alive.
 *
 *      slab 1 (retired)                      slab 2 (victim)              slab 3 (current)
 *      +------+------+------+------+--+      +------+------+------+       +------+------+-----------+
 *      | live | dead | live | dead |//|      | dead | live | dead |       | live | live |   free    |
 *      +------+------+------+------+--+      +------+------+------+       +------+------+-----------+
 *                                   `- tail            ^ walkAt                         ^ used
 *
 *      address = slab id << 17 | unit in the slab;  one unit = 8 bytes;  31 bits, and 0 is nobody's address
 *
 * A new record goes to `used` of the current slab; a slab without room for it retires. A slab whose last live record
 * dies is released. Where too much of the retired slabs is lost, the emptiest becomes the victim, whose live records
 * are moved away in small steps by one who knows the index (`compact.ts`). A record that is large beside the store gets
 * a slab of its own, exactly as big: it wastes nothing and is never moved.
 */

import { assert } from '../base/assert.js'
import { CobnutError } from '../base/errors.js'
import { type Memory, markDeadAt, UNIT_BYTES } from './record.js'

const OFFSET_BITS = 17
const OFFSET_MASK = 2 ** OFFSET_BITS - 1
/** 1 MiB: what the offset bits of an address reach. */
const SLAB_BYTES_LIMIT = 2 ** OFFSET_BITS * UNIT_BYTES
/** What the other bits reach: with slabs of 1 MiB almost 16 GiB in one store. */
const SLAB_IDS_MAX = 2 ** (31 - OFFSET_BITS) - 1
/** A thousand stores of one small entry each take a megabyte. */
const SLAB_BYTES_MIN_DEFAULT = 1024
/** A new slab is this part of the live bytes: a larger one would be unused for longer, smaller ones would be many. */
const SLAB_PER_LIVE = 1 / 4
/** A record above this part of a new slab has one to itself, so less than this is lost at a slab's end. */
const RECORD_PER_SLAB_MAX = 1 / 4
/** A current slab this many times as large as a new one would be is left behind: the store has shrunk. */
const OVERSIZE = 4
/**
 * Lost units allowed per live one. The emptiest slab is then at most 2/3 alive, so moving 2 units gives back 1 or more.
 * Has to stay above what the ends of slabs lose (1/4 of 3/4), or compaction would never come to rest.
 */
const LOST_PER_LIVE_MAX = 1 / 2

export interface SlabOptions {
  /** Size of the first slabs. */
  readonly slabBytesMin?: number
  /** Size at which slabs stop growing; at most 1 MiB. */
  readonly slabBytesMax?: number
}

type SlabUse = 'current' | 'retired' | 'own' | 'spare'

/** All sizes in units. */
class Slab implements Memory {
  readonly id: number
  readonly capacity: number
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly doubles: Float64Array
  use: SlabUse
  used = 0
  live = 0

  constructor(id: number, capacity: number, use: SlabUse) {
    const buffer = new ArrayBuffer(capacity * UNIT_BYTES)
    this.id = id
    this.capacity = capacity
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer)
    this.doubles = new Float64Array(buffer)
    this.use = use
  }
}

/** Where in the memory of its slab an address lies. */
export const unitOf = (address: number): number => address & OFFSET_MASK

/** Sizes are in units unless their name says bytes. */
export class Arena {
  readonly #slabMin: number
  readonly #slabMax: number
  #reserved = 0
  #live = 0
  /** Of retired slabs, the victim included; lost is dead or tail. */
  #retiredLive = 0
  #retiredLost = 0

  /** By id, from 1. */
  #slabs: (Slab | undefined)[] = []
  #freeIds: number[] = []
  #current: Slab | undefined
  /** An empty slab of full size, so that a store that is overwritten for ever does not ask the system for ever. */
  #spare: Slab | undefined
  #victim: Slab | undefined
  #walkAt = 0

  constructor(options: SlabOptions) {
    const { slabBytesMin = SLAB_BYTES_MIN_DEFAULT, slabBytesMax = SLAB_BYTES_LIMIT } = options
    assert(64 <= slabBytesMin && slabBytesMin <= slabBytesMax && slabBytesMax <= SLAB_BYTES_LIMIT, 'slab sizes out of range')
    this.#slabMin = Math.floor(slabBytesMin / UNIT_BYTES)
    this.#slabMax = Math.floor(slabBytesMax / UNIT_BYTES)
  }

  get reservedBytes(): number {
    return this.#reserved * UNIT_BYTES
  }

  memory(address: number): Memory {
    return this.#slabOf(address)
  }

  #slabOf(address: number): Slab {
    const slab = this.#slabs[address >>> OFFSET_BITS]
    assert(slab !== undefined, 'an address in no slab')
    return slab
  }

  /** Address of so many units in a row; their content is arbitrary. Throws before anything has changed. */
  allocate(units: number): number {
    let slab = this.#current
    if (slab === undefined || slab.capacity - slab.used < units) slab = this.#slabWithRoom(units)
    const address = (slab.id << OFFSET_BITS) | slab.used
    slab.used += units
    slab.live += units
    this.#live += units
    return address
  }

  /** Takes back what `allocate` gave and marks the record that was written there. */
  free(address: number, units: number): void {
    const slab = this.#slabOf(address)
    assert(slab.live >= units, 'more is freed than was allocated')
    markDeadAt(slab, unitOf(address))
    slab.live -= units
    this.#live -= units
    if (slab.use === 'retired') {
      this.#retiredLive -= units
      this.#retiredLost += units
    }
    if (slab.live === 0) this.#onEmpty(slab)
    this.#onShrunk()
  }

  clear(): void {
    this.#reserved = 0
    this.#live = 0
    this.#retiredLive = 0
    this.#retiredLost = 0
    this.#slabs = []
    this.#freeIds = []
    this.#current = undefined
    this.#spare = undefined
    this.#victim = undefined
  }

  /** Address of the next record, live or dead, that stands in the way of releasing a slab; 0 = no slab has to be released. */
  nextToEvacuate(): number {
    const slab = this.#victim ?? this.#chooseVictim()
    if (slab === undefined) return 0
    assert(this.#walkAt < slab.used, 'a slab has live units and no record that owns them')
    return (slab.id << OFFSET_BITS) | this.#walkAt
  }

  /** Goes past that record; to be called before it is freed, which may release the slab. */
  walkPast(units: number): void {
    this.#walkAt += units
  }

  #chooseVictim(): Slab | undefined {
    const live = this.#retiredLive + (this.#current?.live ?? 0)
    if (this.#retiredLost <= live * LOST_PER_LIVE_MAX + 2 * this.#slabMin) return undefined
    let emptiest: Slab | undefined
    for (const slab of this.#slabs) {
      if (slab?.use !== 'retired') continue
      if (emptiest === undefined || slab.live * emptiest.capacity < emptiest.live * slab.capacity) emptiest = slab
    }
    assert(emptiest !== undefined, 'units are lost in no slab')
    this.#victim = emptiest
    this.#walkAt = 0
    return emptiest
  }

  #newSlabUnits(): number {
    const wanted = Math.ceil((this.#live * SLAB_PER_LIVE) / this.#slabMin) * this.#slabMin
    return Math.min(Math.max(wanted, this.#slabMin), this.#slabMax)
  }

  #slabWithRoom(units: number): Slab {
    const capacity = this.#newSlabUnits()
    if (units > capacity * RECORD_PER_SLAB_MAX) return this.#reserve(units, 'own')
    const slab = this.#spare ?? this.#reserve(capacity, 'current')
    slab.use = 'current'
    this.#spare = undefined
    if (this.#current !== undefined) this.#retire(this.#current)
    this.#current = slab
    return slab
  }

  #reserve(capacity: number, use: SlabUse): Slab {
    const id = this.#freeIds.at(-1) ?? Math.max(1, this.#slabs.length)
    if (id > SLAB_IDS_MAX) throw new CobnutError('OVERLOADED', 'a record store is full', { slabsMax: SLAB_IDS_MAX })
    const slab = new Slab(id, capacity, use)
    this.#freeIds.pop()
    this.#slabs[id] = slab
    this.#reserved += capacity
    return slab
  }

  #retire(slab: Slab): void {
    slab.use = 'retired'
    this.#retiredLive += slab.live
    this.#retiredLost += slab.capacity - slab.live
    if (slab.live === 0) this.#onEmpty(slab)
  }

  #onEmpty(slab: Slab): void {
    slab.used = 0
    if (slab.use === 'current') return
    if (slab.use === 'retired') this.#retiredLost -= slab.capacity
    if (this.#victim === slab) this.#victim = undefined
    const isWanted = this.#spare === undefined && slab.capacity === this.#slabMax && this.#newSlabUnits() === this.#slabMax
    if (isWanted) {
      slab.use = 'spare'
      this.#spare = slab
    } else this.#release(slab)
  }

  #release(slab: Slab): void {
    this.#slabs[slab.id] = undefined
    this.#freeIds.push(slab.id)
    this.#reserved -= slab.capacity
  }

  /** Lets go of what is too large for the store as it is now. */
  #onShrunk(): void {
    const fitting = this.#newSlabUnits()
    if (this.#spare !== undefined && fitting < this.#slabMax) {
      this.#release(this.#spare)
      this.#spare = undefined
    }
    const current = this.#current
    if (current !== undefined && current.capacity > fitting * OVERSIZE) {
      this.#current = undefined
      this.#retire(current)
    }
  }
}

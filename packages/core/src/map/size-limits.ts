/**
 * How large a map may be. Counts are limits of one partition: PER_NODE is shared out evenly, so that an owner needs to ask
 * nobody. Sizes in bytes are limits of the member: what the record store keeps there for the map, or for all maps.
 *
 *   PER_PARTITION                  entries of the map in one partition
 *   PER_NODE                       size * members with data / partitions, at least 1, in one partition
 *   USED_..._SIZE, _PERCENTAGE     the map's entries on this member, backups included: MiB, or per cent of the budget
 *   FREE_..._SIZE, _PERCENTAGE     what all maps leave of the budget on this member
 *
 * HEAP and NATIVE_MEMORY mean the same: entries are never in the garbage-collected heap.
 */

import type { MapSettings } from '../control/cluster-state.js'

const MIB = 1024 * 1024
/** Sums are counted anew after so long; in between they follow what is decided here. */
const countAgainMs = 200

export interface SizeLimitOptions {
  /** Bytes of entries of each map on this member, by map id. */
  readonly measure: () => ReadonlyMap<number, number>
  /** What the entries of all maps may take on this member, bytes. */
  readonly budgetBytes: number
  readonly dataMembers: () => number
  readonly partitionCount: () => number
}

/** The size of one map, as the operation that asks sees it. */
export interface Occupied {
  readonly mapId: number
  readonly settings: MapSettings
  /** In this partition. */
  readonly entries: number
  /** Bytes by which the map has just become larger, if it is limited in bytes. */
  readonly grownBytes: number
  readonly wallMs: number
}

export const isLimited = ({ evictionPolicy, maxSize }: MapSettings): boolean => evictionPolicy !== 'NONE' && maxSize > 0

export const countsEntries = ({ maxSizePolicy }: MapSettings): boolean =>
  maxSizePolicy === 'PER_NODE' || maxSizePolicy === 'PER_PARTITION'

export class SizeLimits {
  readonly #o: SizeLimitOptions
  #byMap = new Map<number, number>()
  #total = 0
  #countedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: SizeLimitOptions) {
    this.#o = options
  }

  /** Entries, or bytes where the limit is one of bytes, by which the map is above its limit; 0 or less = it is not. */
  excess(occupied: Occupied): number {
    const { maxSize, maxSizePolicy } = occupied.settings
    if (maxSizePolicy === 'PER_PARTITION') return occupied.entries - maxSize
    if (maxSizePolicy === 'PER_NODE') return occupied.entries - this.#shareOf(maxSize)
    this.#count(occupied.wallMs)
    this.note(occupied.mapId, occupied.grownBytes)
    const { budgetBytes } = this.#o
    const bytes = maxSizePolicy.endsWith('PERCENTAGE') ? (budgetBytes * maxSize) / 100 : maxSize * MIB
    if (maxSizePolicy.startsWith('USED')) return (this.#byMap.get(occupied.mapId) ?? 0) - bytes
    return bytes - (budgetBytes - this.#total)
  }

  #shareOf(size: number): number {
    return Math.max(1, Math.floor((size * this.#o.dataMembers()) / this.#o.partitionCount()))
  }

  /** A decision makes the map larger, or smaller: it counts before it is committed. */
  note(mapId: number, bytes: number): void {
    this.#byMap.set(mapId, (this.#byMap.get(mapId) ?? 0) + bytes)
    this.#total += bytes
  }

  #count(wallMs: number): void {
    if (Math.abs(wallMs - this.#countedAtMs) < countAgainMs) return
    this.#countedAtMs = wallMs
    this.#byMap = new Map(this.#o.measure())
    this.#total = 0
    for (const bytes of this.#byMap.values()) this.#total += bytes
  }
}

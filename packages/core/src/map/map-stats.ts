/** Counters of one map on one member. Calls are counted where they are made; entries and their use where they are owned. */

import type { LocalMapStats } from '../api/map.js'
import { eventType } from './data-map.js'

export type CallKind = 'get' | 'put' | 'set' | 'remove' | 'other'

interface Tally {
  count: number
  totalMs: number
  maxMs: number
}

const tally = (): Tally => ({ count: 0, totalMs: 0, maxMs: 0 })

export interface EntryCounts {
  readonly ownedEntries: number
  readonly ownedBytes: number
  readonly backupEntries: number
  readonly backupBytes: number
  readonly lockedEntries: number
}

/** Of owned entries; wall ms, 0 = never. */
export interface EntryUse {
  readonly hits: number
  readonly lastAccessMs: number
  readonly lastUpdateMs: number
}

export class MapStats {
  readonly #createdMs: number
  readonly #calls: Record<CallKind, Tally> = { get: tally(), put: tally(), set: tally(), remove: tally(), other: tally() }
  #events = 0
  #evictions = 0
  #expirations = 0

  constructor(createdMs: number) {
    this.#createdMs = createdMs
  }

  call(kind: CallKind, tookMs: number, count = 1): void {
    const t = this.#calls[kind]
    t.count += count
    t.totalMs += tookMs
    if (tookMs > t.maxMs) t.maxMs = tookMs
  }

  /** @param reason an event code of `data-map.ts`. */
  dropped(reason: number): void {
    if (reason === eventType.expired) this.#expirations++
    else this.#evictions++
  }

  event(): void {
    this.#events++
  }

  /** Calls made here since the start, also of maps that show no statistics. */
  operations(): { readonly reads: number; readonly writes: number } {
    const { get, put, set, remove } = this.#calls
    return { reads: get.count, writes: put.count + set.count + remove.count }
  }

  read(counts: EntryCounts, use: EntryUse, backupCount: number): Omit<LocalMapStats, 'query'> {
    const { get, put, set, remove, other } = this.#calls
    return {
      ownedEntryCount: counts.ownedEntries,
      backupEntryCount: counts.backupEntries,
      backupCount,
      ownedEntryMemoryCost: counts.ownedBytes,
      backupEntryMemoryCost: counts.backupBytes,
      heapCost: counts.ownedBytes + counts.backupBytes,
      lockedEntryCount: counts.lockedEntries,
      creationTime: this.#createdMs,
      lastAccessTime: use.lastAccessMs,
      lastUpdateTime: use.lastUpdateMs,
      hits: use.hits,
      getCount: get.count,
      putCount: put.count,
      setCount: set.count,
      removeCount: remove.count,
      otherCount: other.count,
      eventCount: this.#events,
      evictionCount: this.#evictions,
      expirationCount: this.#expirations,
      totalGetLatencyMs: get.totalMs,
      totalPutLatencyMs: put.totalMs,
      totalSetLatencyMs: set.totalMs,
      totalRemoveLatencyMs: remove.totalMs,
      maxGetLatencyMs: get.maxMs,
      maxPutLatencyMs: put.maxMs,
      maxSetLatencyMs: set.maxMs,
      maxRemoveLatencyMs: remove.maxMs,
    }
  }
}

/** Counters of one map on one member. Calls are counted where they are made; entries and hits where they are owned. */

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
}

export class MapStats {
  readonly #createdMs: number
  readonly #calls: Record<CallKind, Tally> = { get: tally(), put: tally(), set: tally(), remove: tally(), other: tally() }
  #hits = 0
  #events = 0
  #evictions = 0
  #expirations = 0
  #lastAccessMs = 0
  #lastUpdateMs = 0

  constructor(createdMs: number) {
    this.#createdMs = createdMs
  }

  call(kind: CallKind, tookMs: number, wallMs: number, hit = false, count = 1): void {
    const t = this.#calls[kind]
    t.count += count
    t.totalMs += tookMs
    if (tookMs > t.maxMs) t.maxMs = tookMs
    if (kind === 'get') {
      this.#lastAccessMs = wallMs
      if (hit) this.#hits++
    } else if (kind !== 'other') this.#lastUpdateMs = wallMs
  }

  /** @param reason an event code of `data-map.ts`. */
  dropped(reason: number): void {
    if (reason === eventType.expired) this.#expirations++
    else this.#evictions++
  }

  event(): void {
    this.#events++
  }

  read(counts: EntryCounts, backupCount: number): LocalMapStats {
    const { get, put, set, remove, other } = this.#calls
    return {
      ownedEntryCount: counts.ownedEntries,
      backupEntryCount: counts.backupEntries,
      backupCount,
      ownedEntryMemoryCost: counts.ownedBytes,
      backupEntryMemoryCost: counts.backupBytes,
      creationTime: this.#createdMs,
      lastAccessTime: this.#lastAccessMs,
      lastUpdateTime: this.#lastUpdateMs,
      hits: this.#hits,
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

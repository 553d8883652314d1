/**
 * When an entry is past its time. Decided by the owner alone, to the millisecond, and replicated as a removal; times are
 * the owner's wall clock. A plain put gives the entry the map's limits again, as the original's code does.
 */

import type { MapSettings } from '../control/cluster-state.js'
import type { RecordMeta } from '../storage/record-store.js'

import { needsMarks } from './eviction.js'

const NEVER = Number.POSITIVE_INFINITY
/** Of versions and hits. Versions go on at 0, as the original's do; hits stay there. */
const countMax = 0xffff_ffff

export const versionAfter = (version: number): number => (version >= countMax ? 0 : version + 1)
export const hitsAfter = (hits: number): number => Math.min(hits + 1, countMax)
/** Of another cluster, which may count further. */
export const countedHere = (count: number): number => Math.min(Math.max(0, count), countMax)

/** @param asked milliseconds; 0 = none, negative = the map's. */
const limit = (asked: number, ofMap: number): number => (asked < 0 ? ofMap : asked)

/** Metadata of a value written now. */
export function metaForWrite(
  before: RecordMeta | null,
  settings: MapSettings,
  ttlAsked: number,
  maxIdleAsked: number,
  wallMs: number,
): RecordMeta {
  const ttlMs = limit(ttlAsked, settings.timeToLiveMs)
  const maxIdleMs = limit(maxIdleAsked, settings.maxIdleMs)
  const kept = settings.perEntryStats
  const timed = kept || ttlMs > 0 || maxIdleMs > 0 || needsMarks(settings)
  return {
    version: before === null ? 0 : versionAfter(before.version),
    hits: (kept || needsMarks(settings)) && before !== null ? hitsAfter(before.hits) : 0,
    creationMs: kept ? (before === null ? wallMs : before.creationMs || wallMs) : 0,
    lastUpdateMs: timed ? wallMs : 0,
    lastAccessMs: timed ? wallMs : 0,
    ttlMs,
    maxIdleMs,
    expiresAtMs: expiryOf(wallMs, wallMs, ttlMs, maxIdleMs),
  }
}

/** Of an entry of another cluster: what was not counted there, and is here, begins now. */
export function metaForMerge(given: RecordMeta, settings: MapSettings, version: number, wallMs: number): RecordMeta {
  const kept = settings.perEntryStats
  const timed = kept || given.ttlMs > 0 || given.maxIdleMs > 0 || needsMarks(settings)
  const since = (ms: number, isKept: boolean): number => (isKept ? ms || wallMs : 0)
  return {
    ...given,
    version,
    creationMs: since(given.creationMs, kept),
    lastUpdateMs: since(given.lastUpdateMs, timed),
    lastAccessMs: since(given.lastAccessMs, timed),
  }
}

/** The same entry with another time to live, counted from now. */
export function metaForTtl(before: RecordMeta, settings: MapSettings, ttlAsked: number, wallMs: number): RecordMeta {
  const ttlMs = limit(ttlAsked, settings.timeToLiveMs)
  const { maxIdleMs } = before
  return {
    ...before,
    version: versionAfter(before.version),
    hits: settings.perEntryStats ? hitsAfter(before.hits) : before.hits,
    lastUpdateMs: wallMs,
    lastAccessMs: wallMs,
    ttlMs,
    expiresAtMs: expiryOf(wallMs, wallMs, ttlMs, maxIdleMs),
  }
}

/** What is left of an entry's life, as limits for a value written now. */
export function lifeLeft(meta: RecordMeta, wallMs: number): { readonly ttlMs: number; readonly maxIdleMs: number } {
  const { lastUpdateMs, ttlMs, maxIdleMs } = meta
  return { ttlMs: ttlMs > 0 ? Math.max(1, lastUpdateMs + ttlMs - wallMs) : 0, maxIdleMs }
}

function expiryOf(lastUpdateMs: number, lastAccessMs: number, ttlMs: number, maxIdleMs: number): number {
  const byAge = ttlMs > 0 ? lastUpdateMs + ttlMs : NEVER
  const byIdling = maxIdleMs > 0 ? lastAccessMs + maxIdleMs : NEVER
  return Math.min(byAge, byIdling)
}

/**
 * @param idleFromMs reads before this moment are not known here (another member was owner): nobody is idle since earlier.
 */
export function isExpired(meta: RecordMeta, wallMs: number, idleFromMs: number): boolean {
  if (meta.expiresAtMs > wallMs) return false
  return expiryOf(meta.lastUpdateMs, Math.max(meta.lastAccessMs, idleFromMs), meta.ttlMs, meta.maxIdleMs) <= wallMs
}

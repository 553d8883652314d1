/**
 * Which entry goes when a map has no room. The owner decides, in the partition that is written to, and says so in the
 * record of that write: backups hold what the owner holds. Of a sample the one that the policy likes least goes; one that
 * is past its time goes before all others.
 */

import type { EvictionPolicy } from '../api/config.js'
import type { MapSettings } from '../control/cluster-state.js'
import type { RecordMeta } from '../storage/record-store.js'
import { recordCost } from '../storage/record-store.js'
import type { Shard } from './shard.js'

/** As the original: larger comes nearer to the true order, and costs more in every write of a full map. */
const sampleMax = 15
/** Entries that one write may evict. More than one, so that a map gets below a limit that has become lower. */
export const victimsMax = 16

export interface Victim {
  readonly key: Uint8Array
  readonly bytes: number
  readonly isExpired: boolean
}

interface Marks {
  readonly lastAccessMs: number
  readonly hits: number
}

/** Whether `a` goes rather than `b`. */
const goesFirst: Readonly<Record<EvictionPolicy, (a: Marks, b: Marks) => boolean>> = {
  NONE: () => false,
  // a sample begins anywhere: its first is as good as any
  RANDOM: () => false,
  LRU: (a, b) => a.lastAccessMs < b.lastAccessMs,
  LFU: (a, b) => a.hits < b.hits || (a.hits === b.hits && a.lastAccessMs < b.lastAccessMs),
}

/** Access times and hits are kept for the order, also where no statistics of entries are asked for. */
export const needsMarks = ({ evictionPolicy }: MapSettings): boolean => evictionPolicy === 'LRU' || evictionPolicy === 'LFU'

export interface Choice {
  readonly shard: Shard
  readonly policy: EvictionPolicy
  isExpired(meta: RecordMeta): boolean
  /** Where the sample begins: any number, different ones for different writes. */
  readonly seed: number
  /** False for what must stay, and for what this operation itself has changed. */
  mayGo(key: Uint8Array, hash: number): boolean
  /** The same, with what the operation has changed, for when there is nothing else. */
  own(): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array; readonly meta: RecordMeta }>
}

/** The entry that goes next; null = none may. Committed entries first, then those that wait for their copies. */
export function chooseVictim(choice: Choice): Victim | null {
  return committedVictim(choice) ?? pendingVictim(choice) ?? ownVictim(choice)
}

function committedVictim({ shard, policy, seed, isExpired, mayGo }: Choice): Victim | null {
  const { store } = shard
  let best: (Victim & Marks) | null = null
  store.sample(seed, sampleMax, ref => {
    const marks = { lastAccessMs: store.lastAccessMs(ref), hits: store.hits(ref) }
    const canExpire = store.expiresAtMs(ref) !== Number.POSITIVE_INFINITY
    const past = canExpire && isExpired(store.meta(ref))
    if (best !== null && (best.isExpired || (!past && !goesFirst[policy](marks, best)))) return
    const key = store.key(ref)
    const hash = store.hash(ref)
    if (shard.dependsOn(key, hash) > 0 || !mayGo(key, hash)) return
    best = { key, bytes: store.cost(ref), isExpired: past, ...marks }
  })
  return best
}

function pendingVictim({ shard, policy, isExpired, mayGo }: Choice): Victim | null {
  let best: (Victim & Marks) | null = null
  let seen = 0
  for (const { key, hash, value, meta } of shard.pendingEntries()) {
    if (seen === sampleMax) break
    if (!mayGo(key, hash)) continue
    seen++
    if (best !== null && !goesFirst[policy](meta, best)) continue
    best = { ...meta, key, bytes: recordCost(key.length, value.length, meta), isExpired: isExpired(meta) }
  }
  return best
}

function ownVictim({ isExpired, own }: Choice): Victim | null {
  for (const { key, value, meta } of own()) {
    return { key, bytes: recordCost(key.length, value.length, meta), isExpired: isExpired(meta) }
  }
  return null
}

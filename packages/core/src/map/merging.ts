/**
 * Two sides of a divided cluster become one: the owner decides for each key by the policy of the map which side's word counts,
 * and replicates what comes of it like every other change. Whatever is given up is answered, both versions with it.
 */

import type { MergePolicyName } from '../api/config.js'
import { CobnutError, DecodeError } from '../base/errors.js'
import { Reader } from '../codec/reader.js'
import { Writer } from '../codec/writer.js'
import type { MapRequest, Result } from '../operation/request.js'
import { sameData } from '../serialization/data.js'
import type { RecordMeta } from '../storage/record-store.js'
import { eventType } from './data-map.js'
import { readMeta, writeMeta } from './effects.js'
import { metaForMerge, versionAfter } from './expiry.js'
import type { MapView } from './map-view.js'

/** What one side has under a key. */
export interface Version {
  /** Null = the key was removed, `lastUpdateMs` of the metadata says when. */
  readonly value: Uint8Array | null
  readonly meta: RecordMeta
}

export type Winner = 'existing' | 'incoming'

/** One of the two versions was given up. */
export interface DataConflict {
  readonly key: Uint8Array
  readonly kept: Winner
  /** Of the side that goes on; null = it had none. */
  readonly existing: Uint8Array | null
  /** Of the side that was given up; null = it had removed the key. */
  readonly incoming: Uint8Array | null
}

type Policy = (existing: Version, incoming: Version) => boolean

/** Whether the incoming version wins against one that is there. Who has no entry gives way to all but Discard. */
const policies: Readonly<Record<MergePolicyName, Policy>> = {
  PutIfAbsentMergePolicy: () => false,
  PassThroughMergePolicy: () => true,
  DiscardMergePolicy: () => false,
  LatestUpdateMergePolicy: (existing, incoming) => incoming.meta.lastUpdateMs >= existing.meta.lastUpdateMs,
  LatestAccessMergePolicy: (existing, incoming) => incoming.meta.lastAccessMs >= existing.meta.lastAccessMs,
  // what was removed has no hits, and its time is over
  HigherHitsMergePolicy: (existing, { value, meta }) => value !== null && meta.hits >= existing.meta.hits,
  ExpirationTimeMergePolicy: (existing, { value, meta }) => value !== null && meta.expiresAtMs >= existing.meta.expiresAtMs,
}

export function winnerBy(policy: MergePolicyName, existing: Version | null, incoming: Version): Winner {
  if (existing === null) return policy === 'DiscardMergePolicy' ? 'existing' : 'incoming'
  return policies[policy](existing, incoming) ? 'incoming' : 'existing'
}

/** Stands for the metadata of a key that was removed then. */
export const removedAt = (wallMs: number): RecordMeta => ({
  version: 0,
  hits: 0,
  creationMs: 0,
  lastUpdateMs: wallMs,
  lastAccessMs: wallMs,
  ttlMs: 0,
  maxIdleMs: 0,
  expiresAtMs: wallMs,
})

/** As it travels to the owner, the policy beside it. */
export function versionBytes({ value, meta }: Version): Uint8Array {
  const out = new Writer(64 + (value?.length ?? 0))
  out.bool(value !== null)
  if (value !== null) out.bytes(value)
  writeMeta(out, meta)
  return out.take()
}

function readVersion(bytes: Uint8Array): Version {
  const from = new Reader(bytes)
  const value = from.bool() ? from.bytes() : null
  return { value, meta: readMeta(from) }
}

export const policyBytes = (policy: MergePolicyName): Uint8Array => new TextEncoder().encode(policy)

function readPolicy(bytes: Uint8Array): MergePolicyName {
  const name = new TextDecoder().decode(bytes)
  if (!Object.hasOwn(policies, name)) throw new CobnutError('ARGUMENT', 'no merge policy of this name is known here')
  return name as MergePolicyName
}

/** `items`: key, version, key, version ... Answers four items for each conflict; see `conflictsIn`. */
export function mergeEntries(view: MapView, { items, value }: MapRequest & { readonly value: Uint8Array }): Result {
  const policy = readPolicy(value)
  const answer: (Uint8Array | number)[] = []
  for (let i = 0; i + 1 < items.length; i += 2) {
    const key = items[i] as Uint8Array
    const incoming = readVersion(items[i + 1] as Uint8Array)
    const found = view.find(key)
    const existing = found === null ? null : { value: found.value, meta: found.meta }
    const isOver = incoming.value !== null && incoming.meta.expiresAtMs <= view.wallMs
    if (isOver || (incoming.value === null && existing === null)) continue
    const kept = winnerBy(policy, existing, incoming)
    if (existing === null || !isSame(existing.value, incoming.value)) {
      const isLoss = existing !== null || kept === 'existing'
      if (isLoss) answer.push(key.slice(), kept === 'existing' ? 0 : 1, listed(existing?.value), listed(incoming.value))
    }
    if (kept === 'existing') continue
    if (incoming.value === null) view.drop(key, eventType.removed)
    else {
      const version = existing === null ? incoming.meta.version : versionAfter(existing.meta.version)
      view.store(key, incoming.value, found, metaForMerge(incoming.meta, view.settings, version, view.wallMs))
    }
  }
  return answer
}

/** `items` as of `mergeEntries`: they take the place of what is there. One whose time is over is left out. */
export function putVersions(view: MapView, { items }: MapRequest): Result {
  for (let i = 0; i + 1 < items.length; i += 2) {
    const key = items[i] as Uint8Array
    const { value, meta } = readVersion(items[i + 1] as Uint8Array)
    if (value === null || meta.expiresAtMs <= view.wallMs) continue
    view.store(key, value, view.find(key), metaForMerge(meta, view.settings, meta.version, view.wallMs))
  }
  return null
}

const isSame = (a: Uint8Array | null, b: Uint8Array | null): boolean => a !== null && b !== null && sameData(a, b)

/** A value has eight bytes at least. */
const none = new Uint8Array(0)
const listed = (value: Uint8Array | null | undefined): Uint8Array => value?.slice() ?? none
const unlisted = (bytes: Uint8Array): Uint8Array | null => (bytes.length === 0 ? null : bytes)

export function conflictsIn(result: Result): DataConflict[] {
  if (!Array.isArray(result) || result.length % 4 !== 0) throw new DecodeError('conflicts come in fours')
  const conflicts: DataConflict[] = []
  for (let i = 0; i < result.length; i += 4) {
    const [key, kept, existing, incoming] = result.slice(i, i + 4) as [Uint8Array, number, Uint8Array, Uint8Array]
    conflicts.push({
      key,
      kept: kept === 0 ? 'existing' : 'incoming',
      existing: unlisted(existing),
      incoming: unlisted(incoming),
    })
  }
  return conflicts
}

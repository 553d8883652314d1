/** One moment of a cluster, as a value: what was asked of each member, added up. The views draw it; nothing here asks or draws. */

import type { MapStatus, MemberStatus } from 'cobnut'
import type { Rates } from './rates.js'

/** `silent`: the process lives, its member does not answer. `died`: the process ended without being asked to. */
export type MemberState = 'starting' | 'running' | 'leaving' | 'stopped' | 'silent' | 'died'

export interface MemberPicture {
  readonly address: string
  /** Null where it is not ours to know. */
  readonly pid: number | null
  readonly state: MemberState
  /** The last answer; null before the first one and after the end. */
  readonly status: MemberStatus | null
  readonly rates: Rates | null
}

export interface ClusterPicture {
  readonly clusterName: string
  readonly members: readonly MemberPicture[]
  /** Recent events, oldest first. */
  readonly news: readonly string[]
  /** What can be done next, below everything else. */
  readonly hints: readonly string[]
}

export const statusesOf = (picture: ClusterPicture): MemberStatus[] =>
  picture.members.flatMap(({ status }) => (status === null ? [] : [status]))

export interface Health {
  readonly level: 'good' | 'fair' | 'bad'
  readonly text: string
}

/** Every member knows of the whole cluster; the one with the newest state speaks for it. */
export function healthOf(statuses: readonly MemberStatus[]): Health {
  const newest = newestOf(statuses)
  if (newest === undefined) return { level: 'fair', text: 'no member answers' }
  const { lost, unavailable, underReplicated, copying } = newest.groups
  if (lost > 0) return { level: 'bad', text: `${lost} partition groups lost with all their copies` }
  if (unavailable > 0) return { level: 'bad', text: `${unavailable} partition groups unavailable` }
  if (underReplicated > 0) {
    const why = copying > 0 ? `copying ${copying}` : 'too few members for the copies configured'
    return { level: 'fair', text: `${underReplicated} partition groups under-replicated: ${why}` }
  }
  return { level: 'good', text: copying > 0 ? `all copies in place, moving ${copying}` : 'all copies in place' }
}

function newestOf(statuses: readonly MemberStatus[]): MemberStatus | undefined {
  return statuses.reduce<MemberStatus | undefined>(
    (a, b) => (a === undefined || b.stateVersion > a.stateVersion ? b : a),
    undefined,
  )
}

/** Figures of every map over all members, by name. */
export function mapsOf(statuses: readonly MemberStatus[]): MapStatus[] {
  const sums = new Map<string, MapStatus>()
  for (const map of statuses.flatMap(({ maps }) => maps)) {
    const sum = sums.get(map.name)
    sums.set(map.name, sum === undefined ? map : added(sum, map))
  }
  return [...sums.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

const added = (a: MapStatus, b: MapStatus): MapStatus => ({
  ...a,
  ownedEntries: a.ownedEntries + b.ownedEntries,
  ownedBytes: a.ownedBytes + b.ownedBytes,
  backupEntries: a.backupEntries + b.backupEntries,
  backupBytes: a.backupBytes + b.backupBytes,
})

export interface Figures {
  readonly ownedEntries: number
  readonly backupEntries: number
  readonly bytes: number
}

export function figuresOf(maps: readonly MapStatus[]): Figures {
  const figures = { ownedEntries: 0, backupEntries: 0, bytes: 0 }
  for (const map of maps) {
    figures.ownedEntries += map.ownedEntries
    figures.backupEntries += map.backupEntries
    figures.bytes += map.ownedBytes + map.backupBytes
  }
  return figures
}

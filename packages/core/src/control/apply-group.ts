/**
 * What a command does to one group record. Pure; a result of null means refused: the command rests on what is no longer so.
 * Promises: a new in-sync set is a subset of the old one except for a caught-up learner (R5), the version rises with every
 * change, the epoch with every change of the primary, and an in-sync primary is all that ever has status 'ok'.
 */

import { assert } from '../base/assert.js'
import type { MemberId } from '../base/ids.js'
import type { GroupRecord, MemberRecord } from './cluster-state.js'

type MemberStatus = MemberRecord['status']
/** Members of the cluster that may hold data, with their status. */
export type Holders = ReadonlyMap<MemberId, MemberStatus>

const nobody = '' as MemberId

export const unassignedGroup: GroupRecord = {
  epoch: 0,
  version: 0,
  primary: nobody,
  inSync: [],
  learner: null,
  asyncs: [],
  barred: [],
  handOver: null,
  status: 'unavailable',
}

const without = (list: readonly MemberId[], member: MemberId): readonly MemberId[] =>
  list.includes(member) ? list.filter(m => m !== member) : list

const changed = (group: GroupRecord, change: Partial<GroupRecord>): GroupRecord => {
  const next = { ...group, ...change, version: group.version + 1 }
  assert(next.status !== 'ok' || next.inSync.includes(next.primary), 'a group has a primary outside its in-sync set')
  assert(next.epoch > group.epoch || next.primary === group.primary, 'a group changed its primary within an epoch')
  return next
}

/** First assignment: every member is empty and therefore in sync. */
export function assigned(
  group: GroupRecord,
  placement: readonly MemberId[],
  copies: number,
  holders: Holders,
): GroupRecord | null {
  if (group.epoch > 0) return null
  const members = [...new Set(placement)].filter(m => holders.has(m))
  const primary = members[0]
  if (primary === undefined) return null
  return changed(group, { epoch: 1, primary, inSync: members.slice(0, copies), asyncs: members.slice(copies), status: 'ok' })
}

/** The learner has every acknowledged write. A bar in force must end first (R12), and a suspect is given nothing new. */
export function expanded(group: GroupRecord, member: MemberId, holders: Holders): GroupRecord | null {
  const status = holders.get(member)
  if (group.learner !== member || group.barred.length > 0 || status === undefined || status === 'suspect') return null
  return changed(group, { inSync: [...group.inSync, member], learner: null, asyncs: without(group.asyncs, member) })
}

/** A backup leaves the in-sync set, or a learner is given up. */
export function shrunk(group: GroupRecord, member: MemberId): GroupRecord | null {
  if (group.learner === member) return changed(group, { learner: null })
  if (group.primary === member || !group.inSync.includes(member)) return null
  return changed(group, withoutBackup(group, member))
}

const withoutBackup = (group: GroupRecord, member: MemberId): Partial<GroupRecord> => ({
  inSync: without(group.inSync, member),
  barred: without(group.barred, member),
  handOver: group.handOver === member ? null : group.handOver,
})

/** Ownership moves on purpose; the old primary has stopped serving. */
export function transferred(group: GroupRecord, member: MemberId): GroupRecord | null {
  if (group.primary === member || !group.inSync.includes(member) || group.barred.includes(member)) return null
  return changed(group, {
    epoch: group.epoch + 1,
    primary: member,
    inSync: [member, ...without(group.inSync, member)],
    learner: null,
    handOver: null,
  })
}

export function withLearner(group: GroupRecord, member: MemberId | null, holders: Holders): GroupRecord | null {
  if (member === group.learner) return null
  if (member !== null && (holders.get(member) !== 'alive' || group.inSync.includes(member))) return null
  return changed(group, { learner: member })
}

export function withAsyncs(group: GroupRecord, members: readonly MemberId[], holders: Holders): GroupRecord | null {
  const allowed = members.every((m, i) => holders.has(m) && !group.inSync.includes(m) && members.indexOf(m) === i)
  return allowed ? changed(group, { asyncs: members }) : null
}

export function withHandOver(group: GroupRecord, member: MemberId | null): GroupRecord | null {
  if (member === group.handOver) return null
  const allowed = member === null || (member !== group.primary && group.inSync.includes(member) && !group.barred.includes(member))
  return allowed ? changed(group, { handOver: member }) : null
}

export function barredFrom(group: GroupRecord, member: MemberId): GroupRecord | null {
  if (member === group.primary || !group.inSync.includes(member) || group.barred.includes(member)) return null
  const handOver = group.handOver === member ? null : group.handOver
  return changed(group, { barred: [...group.barred, member], handOver })
}

/** Starts a lost group anew, empty. */
export function reset(group: GroupRecord, primary: MemberId, holders: Holders): GroupRecord | null {
  if (group.status !== 'lost' || !holders.has(primary)) return null
  return changed(group, { ...unassignedGroup, epoch: group.epoch + 1, primary, inSync: [primary], status: 'ok' })
}

export interface Removal {
  readonly member: MemberId
  readonly why: 'left' | 'dead' | 'silent'
  /** Without the one that goes. */
  readonly holders: Holders
  /** Of the group's class. */
  readonly backupCount: number
}

/** Takes every role in this group from a member; the group itself when it had none. */
export function afterRemoval(group: GroupRecord, removal: Removal): GroupRecord {
  const { member } = removal
  if (group.primary === member) return group.status === 'lost' ? group : afterPrimary(group, removal)
  const named = group.inSync.includes(member) || group.asyncs.includes(member) || group.learner === member
  if (!named) return group
  return changed(group, {
    ...withoutBackup(group, member),
    asyncs: without(group.asyncs, member),
    learner: group.learner === member ? null : group.learner,
  })
}

function afterPrimary(group: GroupRecord, { member, why, holders, backupCount }: Removal): GroupRecord {
  const asyncs = without(group.asyncs, member)
  const inSync = without(group.inSync, member)
  const heir = bestOf(inSync, group.barred, holders)
  const epoch = group.epoch + 1
  const cleared = { barred: [], handOver: null, learner: null }
  if (heir !== null) {
    return changed(group, { ...cleared, epoch, primary: heir, inSync: [heir, ...without(inSync, heir)], asyncs, status: 'ok' })
  }
  if (why === 'silent') {
    return group.status === 'unavailable' ? group : changed(group, { ...cleared, asyncs, status: 'unavailable' })
  }
  const freshest = backupCount === 0 ? bestOf(asyncs, [], holders) : null
  if (freshest !== null) {
    const rest = without(asyncs, freshest)
    return changed(group, { ...cleared, epoch, primary: freshest, inSync: [freshest], asyncs: rest, status: 'ok' })
  }
  return changed(group, { ...cleared, epoch, inSync: [], asyncs, status: 'lost' })
}

/** The first that is well; then one that is leaving, then a suspect; one that is about to be removed only for want of others. */
function bestOf(from: readonly MemberId[], barred: readonly MemberId[], holders: Holders): MemberId | null {
  const rank = { alive: 0, leaving: 1, suspect: 2 } as const satisfies Record<MemberStatus, number>
  let best: MemberId | null = null
  let bestRank = Number.POSITIVE_INFINITY
  for (const member of from) {
    const status = holders.get(member)
    if (status === undefined) continue
    const own = rank[status] + (barred.includes(member) ? 3 : 0)
    if (own < bestRank) {
      best = member
      bestRank = own
    }
  }
  return best
}

/** The silent last holder is back in the same incarnation, with everything it had: nobody took its place meanwhile. */
export function afterReturn(group: GroupRecord, member: MemberId): GroupRecord {
  if (group.status !== 'unavailable' || group.primary !== member) return group
  return changed(group, { status: 'ok' })
}

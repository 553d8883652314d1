/**
 * What a command does to one group record. Pure; a result of null means refused: the command rests on what is no longer so.
 * Promises: a new in-sync set is a subset of the old one except for a caught-up learner (R5), and for an asynchronous copy that
 * stands in where nothing better was asked for; the version rises with every change, the epoch with every change of the primary, and
 * an in-sync primary is all that ever has status 'ok'.
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
  filling: [],
  barred: [],
  remembered: [],
  begunIn: 0,
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
  const asyncs = without(group.asyncs, member)
  return changed(group, { inSync: [...group.inSync, member], learner: null, asyncs, filling: without(group.filling, member) })
}

/** A backup leaves the in-sync set, or a learner is given up. One that shall be an asynchronous copy has everything for that. */
export function shrunk(group: GroupRecord, member: MemberId): GroupRecord | null {
  if (group.learner === member) return changed(group, { learner: null })
  if (group.primary === member || !group.inSync.includes(member)) return null
  const asyncs = group.filling.includes(member) ? [...group.asyncs, member] : group.asyncs
  return changed(group, { ...withoutBackup(group, member), asyncs })
}

const withoutBackup = (group: GroupRecord, member: MemberId): Partial<GroupRecord> => ({
  inSync: without(group.inSync, member),
  filling: without(group.filling, member),
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
    filling: without(group.filling, member),
    handOver: null,
  })
}

export function withLearner(group: GroupRecord, member: MemberId | null, holders: Holders): GroupRecord | null {
  if (member === group.learner) return null
  if (member !== null && (holders.get(member) !== 'alive' || group.inSync.includes(member))) return null
  return changed(group, { learner: member })
}

export function withAsyncs(group: GroupRecord, members: readonly MemberId[], holders: Holders): GroupRecord | null {
  const allowed = members.every((m, i) => holders.has(m) && m !== group.primary && members.indexOf(m) === i)
  if (!allowed) return null
  const isFilled = (member: MemberId): boolean => group.asyncs.includes(member)
  return changed(group, { asyncs: members.filter(isFilled), filling: members.filter(m => !isFilled(m)) })
}

/** The owner says that it has what was there. */
export function asyncAdmitted(group: GroupRecord, member: MemberId): GroupRecord | null {
  if (!group.filling.includes(member) || group.inSync.includes(member)) return null
  return changed(group, { asyncs: [...group.asyncs, member], filling: without(group.filling, member) })
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

/** By order of whoever operates the cluster. One that is complete and a member may still hold a lease, and is not passed over. */
export function recovered(group: GroupRecord, primary: MemberId, holders: Holders): GroupRecord | null {
  const isStuck = group.status !== 'ok' && group.epoch > 0 && !group.inSync.some(m => holders.has(m))
  if (!isStuck || holders.get(primary) !== 'alive') return null
  const epoch = group.epoch + 1
  return changed(group, { ...unassignedGroup, epoch, begunIn: epoch, primary, inSync: [primary], status: 'ok' })
}

interface Occasion {
  readonly member: MemberId
  /** Afterwards. */
  readonly holders: Holders
  /** Of the group's class. */
  readonly backupCount: number
}

export interface Removal extends Occasion {
  readonly why: 'left' | 'dead' | 'silent'
}

/**
 * Takes every role in this group from a member; the group itself when it had none.
 *
 * One that is silent may come back with everything it had, and is remembered for as long as that is everything: were it
 * forgotten, the set could shrink to one that is dead already and only not known to be so.
 *
 *   1. Backup B stands still and is removed. Owner A is left, and may acknowledge nothing before it has another backup.
 *   2. A dies. Had B been forgotten in 1, nobody would be left who is known to be complete.
 *   3. B returns with every acknowledged write, and goes on as owner.
 */
export function afterRemoval(group: GroupRecord, removal: Removal): GroupRecord {
  const { member, why, holders } = removal
  const asyncs = without(group.asyncs, member)
  const remembered = without(group.remembered, member)
  if (!group.inSync.includes(member)) {
    const learner = group.learner === member ? null : group.learner
    const filling = without(group.filling, member)
    const hadPart = asyncs !== group.asyncs || filling !== group.filling || learner !== group.learner
    return hadPart || remembered !== group.remembered ? changed(group, { asyncs, filling, remembered, learner }) : group
  }
  const others = without(group.inSync, member)
  const isSilent = why === 'silent'
  const heir = bestOf(others, group.barred, holders)
  // while an owner that is a suspect is waited for, all that are complete are
  if (heir === null || (group.status === 'unavailable' && group.primary !== member)) {
    const complete = [...(isSilent ? group.inSync : others), ...remembered]
    const standIn = standInFor(complete, asyncs, removal)
    if (standIn === null && complete.length > 0) return awaiting(group, complete, asyncs)
    return afterLoss(group, asyncs, standIn)
  }
  const rest = { ...group, inSync: others, asyncs, remembered: isSilent ? [...remembered, member] : remembered }
  if (group.primary === member) return promoted(rest, heir, holders)
  return changed(group, { ...withoutBackup(group, member), asyncs, remembered: rest.remembered })
}

const noPlans = { barred: [], handOver: null, learner: null, filling: [] } as const

/**
 * An asynchronous copy that goes on for those who are complete, with what it has: where nothing better was asked for, and as soon as
 * none of them is a member. While one is, a lease may run. Should one come back, its epoch is over, and it is filled anew.
 */
function standInFor(
  complete: readonly MemberId[],
  asyncs: readonly MemberId[],
  { holders, backupCount }: Occasion,
): MemberId | null {
  if (backupCount > 0 || complete.some(m => holders.has(m))) return null
  return bestOf(asyncs, [], holders)
}

/** Nobody who is heard is complete. Those who are, wherever they may be, are waited for. */
function awaiting(group: GroupRecord, complete: readonly MemberId[], asyncs: readonly MemberId[]): GroupRecord {
  const isKnown = group.status === 'unavailable' && group.inSync.length === complete.length && group.asyncs === asyncs
  return isKnown ? group : changed(group, { ...noPlans, inSync: complete, remembered: [], asyncs, status: 'unavailable' })
}

/** Whoever was complete is given up. */
function afterLoss(group: GroupRecord, asyncs: readonly MemberId[], standIn: MemberId | null): GroupRecord {
  const ended = { ...noPlans, epoch: group.epoch + 1, remembered: [] }
  if (standIn === null) return changed(group, { ...ended, inSync: [], asyncs, status: 'lost' })
  return changed(group, { ...ended, primary: standIn, inSync: [standIn], asyncs: without(asyncs, standIn), status: 'ok' })
}

/** Of those that are complete the ones that are members go on. */
function promoted(group: GroupRecord, heir: MemberId, holders: Holders): GroupRecord {
  const inSync = [heir, ...group.inSync.filter(m => m !== heir && holders.has(m))]
  const remembered = [...group.remembered, ...group.inSync.filter(m => !holders.has(m))]
  return changed(group, { ...noPlans, epoch: group.epoch + 1, primary: heir, inSync, remembered, status: 'ok' })
}

/**
 * The first that is well; one that is about to leave, or to be taken out, only for want of others. Never a suspect: it may
 * be dead, and the state would then say that nobody else is complete.
 */
function bestOf(from: readonly MemberId[], barred: readonly MemberId[], holders: Holders): MemberId | null {
  const rank = { alive: 0, leaving: 1, suspect: Number.POSITIVE_INFINITY } as const satisfies Record<MemberStatus, number>
  let best: MemberId | null = null
  let bestRank = Number.POSITIVE_INFINITY
  for (const member of from) {
    const status = holders.get(member)
    if (status === undefined) continue
    const own = rank[status] + (barred.includes(member) ? 2 : 0)
    if (own < bestRank) {
      best = member
      bestRank = own
    }
  }
  return best
}

/**
 * Somebody is heard again. Where nobody was: the owner goes on in its epoch, as nobody took its place; while it is a suspect
 * its lease may still run (rule R12), and nobody else begins. Once it is gone, the first that is complete begins the next
 * epoch. Who comes back to a group that others keep is in sync again, if nothing was acknowledged without it.
 */
export function afterReturn(group: GroupRecord, occasion: Occasion): GroupRecord {
  const { member, holders } = occasion
  if (group.status === 'ok') return group.remembered.includes(member) ? readmitted(group, member, holders) : group
  const owner = group.inSync.includes(group.primary) ? holders.get(group.primary) : undefined
  if (owner === 'suspect') return group
  if (owner !== undefined) {
    const remembered = group.inSync.filter(m => !holders.has(m))
    return changed(group, { inSync: group.inSync.filter(m => holders.has(m)), remembered, status: 'ok' })
  }
  const heir = bestOf(group.inSync, [], holders)
  if (heir !== null) return promoted(group, heir, holders)
  const standIn = standInFor(group.inSync, group.asyncs, occasion)
  return standIn === null ? group : afterLoss(group, group.asyncs, standIn)
}

function readmitted(group: GroupRecord, member: MemberId, holders: Holders): GroupRecord {
  const remembered = without(group.remembered, member)
  // nothing is added while a copy is on its way out (rule R12)
  const isWelcome = holders.has(member) && group.barred.length === 0
  return changed(group, { remembered, inSync: isWelcome ? [...group.inSync, member] : group.inSync })
}

/** There are enough copies to acknowledge writes: those who are away may lack some from now on. */
export function forgetting(group: GroupRecord): GroupRecord {
  return changed(group, { remembered: [] })
}

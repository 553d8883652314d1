/**
 * What becomes of a cluster state when a side without a quorum goes on alone: as a fork, with `cobnut.consistency` = available,
 * or because an operator vouches for it that the others are gone. And which of two forks goes on when they meet again. Pure.
 */

import { assert } from '../base/assert.js'
import { type GroupId, groupId, type MemberId } from '../base/ids.js'
import { applyCommands } from './apply-command.js'
import { unassignedGroup } from './apply-group.js'
import type { ClusterState, Command, GroupRecord, MemberRecord } from './cluster-state.js'

export interface ForkSide {
  /** Becomes the id of the cluster that this side is from now on. */
  readonly id: string
  /** The only voter to begin with. */
  readonly leader: MemberId
  /** Who goes with it, itself among them. */
  readonly members: ReadonlySet<MemberId>
}

/**
 * The state that a side begins with. A group goes on with the copies that are complete, else with an asynchronous one, else
 * empty; every epoch is a new one, so that nothing of the other sides is taken for something of this one.
 */
export function forkedState(state: ClusterState, { id, leader, members: side }: ForkSide): ClusterState {
  assert(state.settings.consistency === 'available' && side.has(leader), 'a side may not go on alone')
  const { settings } = state
  const gone = state.members.filter(m => !side.has(m.id)).map(m => m.address)
  const named = new Map([...gone, ...(settings.fork?.others ?? [])].map(a => [`${a.host} ${a.port}`, a]))
  const members = state.members.flatMap(m => (side.has(m.id) ? [{ ...m, status: 'alive' as const }] : []))
  const holders = new Set(members.flatMap(m => (m.lite ? [] : [m.id])))
  const emptied: GroupId[] = []
  const groups = state.groups.map((group, index) => {
    const target = state.targets[index % settings.partitionCount] ?? []
    const beginner = target.find(m => holders.has(m)) ?? [...holders][0] ?? null
    const forked = forkedGroup(group, holders, beginner)
    if (forked === group || group.inSync.includes(forked.primary) || group.asyncs.includes(forked.primary)) return forked
    emptied.push(groupId(index))
    return { ...forked, begunIn: forked.epoch }
  })
  const before = settings.fork
  const fork = {
    origin: before?.origin ?? settings.clusterId,
    side: [leader],
    others: [...named.values()],
    epochs: before?.epochs ?? groups.map(group => group.epoch),
    emptied: [...new Set([...(before?.emptied ?? []), ...emptied])],
    into: null,
  }
  return {
    ...state,
    index: state.index + 1,
    settings: { ...settings, clusterId: id, fork },
    members,
    awaited: [],
    voters: [leader],
    partner: null,
    groups,
  }
}

function forkedGroup(group: GroupRecord, side: ReadonlySet<MemberId>, beginner: MemberId | null): GroupRecord {
  if (group.epoch === 0 || group.status === 'lost') return group
  const of = (members: readonly MemberId[]): MemberId[] => members.filter(m => side.has(m))
  const complete = of(group.inSync)
  const heir = (complete.includes(group.primary) ? group.primary : complete[0]) ?? of(group.asyncs)[0] ?? beginner
  const numbers = { epoch: group.epoch + 1, version: group.version + 1 }
  // a side of witnesses only holds nothing
  if (heir === null) return { ...group, ...numbers, ...noPlans, remembered: [], asyncs: [], status: 'unavailable' }
  const inSync = [heir, ...complete.filter(m => m !== heir)]
  const asyncs = of(group.asyncs).filter(m => m !== heir)
  return { ...unassignedGroup, ...numbers, begunIn: group.begunIn, primary: heir, inSync, asyncs, status: 'ok' }
}

const noPlans = { learner: null, filling: [], barred: [], handOver: null } as const

/**
 * The state with which those go on who are left, where an operator vouches for it that all others are dead: what only those had
 * is lost. As for the others a new cluster: should one of them still run, the handshake keeps the two apart.
 * @param records of the side. Some of them the others may have counted out: they are members again.
 */
export function survivorsState(
  state: ClusterState,
  { id, leader, members: side }: ForkSide,
  records: readonly MemberRecord[],
): ClusterState {
  assert(side.has(leader), 'whoever goes on belongs to its side')
  const isKnown = (member: MemberId): boolean => state.members.some(m => m.id === member)
  const suspects = state.members.filter(m => m.status === 'suspect' && side.has(m.id))
  const returning = records.filter(m => side.has(m.id) && !isKnown(m.id))
  const gone = [...state.members, ...state.awaited].filter(m => !side.has(m.id))
  const commands: readonly Command[] = [
    // first: nothing is given to a suspect
    ...suspects.map(m => ({ type: 'setStatus', member: m.id, status: 'alive' }) as const),
    ...returning.map(m => ({ type: 'join', member: { ...m, status: 'alive' } }) as const),
    ...gone.map(m => ({ type: 'remove', member: m.id, why: 'dead' }) as const),
  ]
  const after = applyCommands(state, commands).state
  return { ...after, settings: { ...after.settings, clusterId: id }, voters: [leader], partner: null }
}

/** What one side tells another. */
export interface Lineage {
  /** Of the cluster that was founded. */
  readonly origin: string
  readonly clusterId: string
  readonly isFork: boolean
  /** Somebody leads it now. */
  readonly isLed: boolean
  /** With data. */
  readonly members: number
}

export function lineageOf({ settings, members }: ClusterState, isLed: boolean): Lineage {
  const { clusterId, fork } = settings
  return {
    origin: fork?.origin ?? clusterId,
    clusterId,
    isFork: fork !== null,
    isLed,
    members: members.filter(m => !m.lite).length,
  }
}

/** Whether a member that its own side has removed may go over to another one. */
export const mayTakeIn = (other: Lineage, own: Lineage): boolean =>
  other.origin === own.origin && other.clusterId !== own.clusterId && other.isLed

/** Whether a side gives way to another: to the one that kept the quorum, else to the larger, else to the one of the lower id. */
export function givesWay(own: Lineage, other: Lineage): boolean {
  if (!own.isFork || !mayTakeIn(other, own)) return false
  if (!other.isFork) return true
  return own.members === other.members ? other.clusterId < own.clusterId : other.members > own.members
}

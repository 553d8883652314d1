/**
 * What becomes of a cluster state when a side without a quorum goes on alone, and which side of a divided cluster goes on when
 * they meet again. Pure. Only with `cobnut.consistency` = available; nothing here is looked at otherwise.
 */

import { assert } from '../base/assert.js'
import { type GroupId, groupId, type MemberId } from '../base/ids.js'
import { unassignedGroup } from './apply-group.js'
import type { ClusterState, GroupRecord } from './cluster-state.js'

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
    if (forked !== group && !group.inSync.includes(forked.primary) && !group.asyncs.includes(forked.primary)) {
      emptied.push(groupId(index))
    }
    return forked
  })
  const before = settings.fork
  const fork = {
    origin: before?.origin ?? settings.clusterId,
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
  return { ...unassignedGroup, ...numbers, primary: heir, inSync, asyncs, status: 'ok' }
}

const noPlans = { learner: null, filling: [], barred: [], handOver: null } as const

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

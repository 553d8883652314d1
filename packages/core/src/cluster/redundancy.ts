/** How far the copies are from what is configured, from the cluster state alone: equal on every member. Pure. */

import { groupId, type MemberId } from '../base/ids.js'
import type { ClusterState } from '../control/cluster-state.js'
import { isAssigned, shortageOf } from '../partition/planning.js'

export interface Redundancy {
  readonly total: number
  readonly owned: number
  readonly backups: number
  /** A copy is being made. */
  readonly copying: number
  /** Fewer synchronous copies than configured, for whatever reason. */
  readonly underReplicated: number
  /** Of those: the members there are could hold more. */
  readonly repairable: number
  readonly unavailable: number
  readonly lost: number
  /** Groups in which `self` still has any role. */
  readonly held: number
}

export function redundancyOf(state: ClusterState, self: MemberId): Redundancy {
  let [owned, backups, copying, underReplicated, repairable, unavailable, lost, held] = [0, 0, 0, 0, 0, 0, 0, 0]
  state.groups.forEach((group, index) => {
    if (group.status === 'lost') lost++
    else if (group.status === 'unavailable') unavailable++
    if (!isAssigned(group)) return
    if (group.learner !== null || group.filling.length > 0) copying++
    const isOwner = group.primary === self && group.status === 'ok'
    if (isOwner) owned++
    const isBackup = !isOwner && group.inSync.includes(self)
    if (isBackup) backups++
    if (isOwner || isBackup || group.learner === self || [...group.asyncs, ...group.filling].includes(self)) held++
    if (group.status !== 'ok') return
    const shortage = shortageOf(state, groupId(index), group)
    if (shortage === 'none') return
    underReplicated++
    if (shortage === 'copying') repairable++
  })
  return { total: state.groups.length, owned, backups, copying, underReplicated, repairable, unavailable, lost, held }
}

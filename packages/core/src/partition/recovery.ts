/** What it takes to serve again a group that nobody who is heard has all entries of, and what is given up by it. Pure. */

import type { RecoverableGroup } from '../api/admin.js'
import { type GroupId, groupId, type MemberId } from '../base/ids.js'
import type { ClusterState, Command, GroupRecord } from '../control/cluster-state.js'
import { groupViewOf } from './group-view.js'
import { isAssigned } from './planning.js'

export interface RecoveryStep {
  readonly found: RecoverableGroup
  readonly command: Extract<Command, { type: 'recover' }>
}

/** @param map only groups that hold entries of this map; undefined = every group. */
export function planRecovery(state: ClusterState, map: string | undefined): RecoveryStep[] {
  const steps: RecoveryStep[] = []
  state.groups.forEach((group, index) => {
    if (!isAssigned(group) || group.status === 'ok') return
    // while one of them is a member it may only be late: it is counted out first, or comes back
    if (group.inSync.some(id => state.members.some(m => m.id === id))) return
    const view = groupViewOf(state, groupId(index))
    if (map !== undefined && !view.maps.includes(map)) return
    const step = stepFor(state, groupId(index), group, view)
    if (step !== null) steps.push(step)
  })
  return steps
}

function stepFor(
  state: ClusterState,
  id: GroupId,
  group: GroupRecord,
  { partitionId, maps, awaited }: ReturnType<typeof groupViewOf>,
): RecoveryStep | null {
  const isWell = (member: MemberId): boolean => state.members.some(m => m.id === member && !m.lite && m.status === 'alive')
  const from = group.asyncs.find(isWell) ?? null
  const primary = from ?? state.targets[partitionId]?.find(isWell) ?? state.members.find(m => isWell(m.id))?.id
  if (primary === undefined) return null
  const { epoch, version } = group
  const status = group.status === 'lost' ? 'lost' : 'unavailable'
  return {
    found: { partitionId, group: id, maps, status, awaited, from },
    command: { type: 'recover', group: id, epoch, version, primary },
  }
}

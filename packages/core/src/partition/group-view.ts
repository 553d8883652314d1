/** A group as whoever operates the cluster sees it, from the cluster state alone. Pure. */

import type { GroupView } from '../api/admin.js'
import type { GroupId } from '../base/ids.js'
import type { ClusterState, GroupRecord } from '../control/cluster-state.js'
import { backupsRequired } from '../control/copies.js'
import { classOf } from './planning.js'

export function groupViewOf(state: ClusterState, group: GroupId): GroupView {
  const { partitionCount } = state.settings
  const record = state.groups[group] as GroupRecord
  const backupClass = classOf(state, group)
  const { status, epoch, primary, inSync, asyncs, learner, remembered } = record
  const isServed = status === 'ok'
  const isHeard = (id: string): boolean => state.members.some(m => m.id === id && m.status !== 'suspect')
  return {
    partitionId: group % partitionCount,
    group,
    maps: mapsOf(state, group),
    status,
    epoch,
    owner: isServed ? primary : null,
    inSyncBackups: isServed ? inSync.filter(id => id !== primary) : [],
    asyncCopies: asyncs,
    learner,
    awaited: isServed ? remembered : inSync,
    backupCount: backupClass.backupCount,
    backupsRequired: backupsRequired(state, backupClass),
    survives: isServed ? Math.max(0, inSync.filter(isHeard).length - 1) : 0,
  }
}

function mapsOf(state: ClusterState, group: GroupId): string[] {
  const classIndex = Math.floor(group / state.settings.partitionCount)
  return [...state.maps].filter(([, map]) => map.classIndex === classIndex).map(([name]) => name)
}

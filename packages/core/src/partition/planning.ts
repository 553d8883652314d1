/**
 * What the coordinator should propose next, as a pure function of the cluster state. The targets say where copies should
 * be; the steps lead every group there without ever having fewer copies on the way: add, then hand over, then remove.
 */

import { type GroupId, groupId, type MemberId } from '../base/ids.js'
import { isSettled } from '../control/backup-counts.js'
import type { BackupClass, ClusterState, Command, GroupRecord, MemberRecord } from '../control/cluster-state.js'
import { copiesPossible } from '../control/copies.js'
import { placementAfter } from './placement.js'

/** Members that may be given copies. */
const dataMembers = (state: ClusterState): MemberRecord[] => state.members.filter(m => !m.lite && m.status === 'alive')

export const classOf = (state: ClusterState, group: GroupId): BackupClass =>
  state.classes[Math.floor(group / state.settings.partitionCount)] as BackupClass

export const isAssigned = (group: GroupRecord): boolean => group.epoch > 0

/** Commands that bring the state nearer to its targets; empty when it is there. Moves of one call do not build on each other. */
export function planSteps(state: ClusterState): Command[] {
  const candidates = dataMembers(state)
  if (state.index === 0 || candidates.length === 0) return []
  const copies = 1 + Math.max(...state.classes.map(c => c.backupCount + c.asyncBackupCount))
  const basis = `${copies}:${candidates.map(m => `${m.id}/${m.partitionGroup}`).join(',')}`
  if (state.targetsFor !== basis) {
    const { partitionCount } = state.settings
    const before = state.targets.length > 0 ? ownersFirst(state) : []
    return [{ type: 'setTargets', targets: placementAfter(candidates, before, partitionCount, copies), targetsFor: basis }]
  }
  const commands: Command[] = []
  state.classes.forEach((_, classIndex) => {
    commands.push(...planClass(state, classIndex))
  })
  state.classes.forEach(({ backupCount, settledCount }, classIndex) => {
    if (settledCount < backupCount && isSettled(state, classIndex))
      commands.push({ type: 'settleBackups', classIndex, backupCount })
  })
  return commands
}

/** The targets so far with the present owner in front, so that a promotion is kept instead of being undone. */
function ownersFirst(state: ClusterState): MemberId[][] {
  return state.targets.map((target, p) => {
    const group = state.groups[p] as GroupRecord | undefined
    if (group === undefined || !isAssigned(group) || group.status !== 'ok') return [...target]
    const held = [group.primary, ...target.filter(id => group.inSync.includes(id))]
    return [...new Set([...held, ...target])]
  })
}

function planClass(state: ClusterState, classIndex: number): Command[] {
  const { partitionCount } = state.settings
  const { backupCount, asyncBackupCount } = state.classes[classIndex] as BackupClass
  const commands: Command[] = []
  let unassigned = false
  for (let p = 0; p < partitionCount; p++) {
    const id = groupId(classIndex * partitionCount + p)
    const group = state.groups[id] as GroupRecord
    if (!isAssigned(group)) {
      unassigned = true
      continue
    }
    if (group.status !== 'ok') continue
    const target = (state.targets[p] ?? []).slice(0, 1 + backupCount + asyncBackupCount)
    const step = planGroup(state, id, group, target.slice(0, 1 + backupCount), target.slice(1 + backupCount))
    if (step !== undefined) commands.push(step)
  }
  if (unassigned) {
    const width = 1 + backupCount + asyncBackupCount
    commands.push({ type: 'assign', classIndex, placements: state.targets.map(t => t.slice(0, width)) })
  }
  return commands
}

/** The next step of one group, most urgent first. At most one: the next one rests on its outcome. */
function planGroup(
  state: ClusterState,
  id: GroupId,
  group: GroupRecord,
  sync: readonly MemberId[],
  asyncs: readonly MemberId[],
): Command | undefined {
  const rests = { group: id, epoch: group.epoch, version: group.version }
  const missing = sync.filter(m => !group.inSync.includes(m))
  if (group.learner !== null) {
    return missing.includes(group.learner) ? undefined : { type: 'setLearner', member: null, ...rests }
  }
  // while a copy is barred it is on its way out, and nothing may be added (rule R12)
  if (missing.length > 0 && group.barred.length === 0) return { type: 'setLearner', member: missing[0] as MemberId, ...rests }
  if (missing.length > 0) return undefined
  const owner = sync[0] as MemberId
  if (group.primary !== owner) {
    if (group.handOver === owner || group.barred.includes(owner)) return undefined
    return { type: 'handOver', member: owner, ...rests }
  }
  if (group.handOver !== null) return { type: 'handOver', member: null, ...rests }
  const { backupCount, asyncBackupCount, readBackupData } = classOf(state, id)
  // Whoever is only silent may have the one copy that is left when the others are lost: it stays until another is there.
  const maySpare = (m: MemberId, isFull: boolean): boolean =>
    isFull || state.members.find(member => member.id === m)?.status !== 'suspect'
  // No copy goes before those that shall be are there. Who is in sync and named becomes an asynchronous copy by leaving the set.
  const isFilled = asyncs.every(m => group.asyncs.includes(m) || group.inSync.includes(m))
  const mayGo = (m: MemberId): boolean => !asyncs.includes(m) && isFilled && maySpare(m, asyncs.length >= asyncBackupCount)
  const named = [...group.asyncs, ...group.filling]
  const wanted = [...new Set([...asyncs, ...group.asyncs.filter(m => !mayGo(m))])]
  if (wanted.length !== named.length || wanted.some(m => !named.includes(m))) {
    return { type: 'setAsyncs', members: wanted, ...rests }
  }
  if (!isFilled) return undefined
  const extra = group.inSync.find(m => !sync.includes(m) && !group.barred.includes(m) && maySpare(m, sync.length > backupCount))
  if (extra === undefined) return undefined
  return readBackupData ? { type: 'bar', member: extra, ...rests } : { type: 'shrink', member: extra, ...rests }
}

export type Shortage = 'none' | 'copying' | 'too-few-members'

/** Does the group have fewer synchronous copies than configured, and can that be mended with the members there are? */
export function shortageOf(state: ClusterState, id: GroupId, group: GroupRecord): Shortage {
  const { backupCount } = classOf(state, id)
  const backups = group.inSync.length - 1
  if (backups >= backupCount) return 'none'
  return copiesPossible(dataMembers(state), backupCount + 1) - 1 > backups ? 'copying' : 'too-few-members'
}

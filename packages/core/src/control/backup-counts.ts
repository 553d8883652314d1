/**
 * Changing the backup counts of a map that holds entries. Maps with equal counts share groups; a class of groups keeps what
 * the most demanding of its maps asks for, so no map ever has fewer copies than it was told. Pure.
 */

import type { BackupClass, ClusterState, DeclaredMap, GroupRecord } from './cluster-state.js'
import { copiesPossible } from './copies.js'

/** Copies of one entry beyond the owner's, of both kinds together. */
export const backupsMax = 6

/** What a class keeps for these maps. Of the asynchronous copies as many as fit. */
export function classFor(maps: Iterable<DeclaredMap>, before: BackupClass): BackupClass {
  const counts = [...maps].map(({ settings }) => settings)
  const backupCount = Math.max(...counts.map(s => s.backupCount))
  const asyncBackupCount = Math.min(Math.max(...counts.map(s => s.asyncBackupCount)), backupsMax - backupCount)
  // what is asked of a write falls at once, and rises when every group has the copies: nobody waits for them
  return { ...before, backupCount, asyncBackupCount, settledCount: Math.min(before.settledCount, backupCount) }
}

/**
 * A class whose groups can be those of other maps: it has none, and what it had went with them. Not the first one, whose owners
 * clients are shown; not one with groups that are not served. Whether copies are read stays as it was (rule R12): an owner that has
 * not heard of the change would take a copy out that reads.
 */
export function unusedClass({ classes, maps, groups, settings }: ClusterState, readBackupData: boolean): number | null {
  const { partitionCount } = settings
  const used = new Set([...maps.values()].map(map => map.classIndex))
  const isServed = ({ epoch, status }: GroupRecord): boolean => epoch === 0 || status === 'ok'
  const found = classes.findIndex((backupClass, i) => {
    if (i === 0 || used.has(i) || backupClass.readBackupData !== readBackupData) return false
    return groups.slice(i * partitionCount, (i + 1) * partitionCount).every(isServed)
  })
  return found < 0 ? null : found
}

/** How many groups of the class are served by as many synchronous copies as there shall be, or more, and can be. */
export function completeGroups(state: ClusterState, classIndex: number): number {
  const { partitionCount } = state.settings
  const wanted = copiesWanted(state, classIndex)
  let complete = 0
  for (let p = 0; p < partitionCount; p++) {
    const group = state.groups[classIndex * partitionCount + p] as GroupRecord
    if (group.status === 'ok' && group.inSync.length >= wanted) complete++
  }
  return complete
}

function copiesWanted(state: ClusterState, classIndex: number): number {
  const { backupCount } = state.classes[classIndex] as BackupClass
  const holders = state.members.filter(m => !m.lite && m.status !== 'leaving')
  return copiesPossible(holders, backupCount + 1)
}

/** No group of the class that is served has fewer synchronous copies than there can be. */
export function isSettled(state: ClusterState, classIndex: number): boolean {
  const { partitionCount } = state.settings
  const groups = state.groups.slice(classIndex * partitionCount, (classIndex + 1) * partitionCount)
  const wanted = copiesWanted(state, classIndex)
  return groups.every(group => group.status !== 'ok' || group.inSync.length >= wanted)
}

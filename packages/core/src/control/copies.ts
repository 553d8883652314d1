/** How many copies of a group there can be, and how many a write must have before it is acknowledged. Pure. */

import type { BackupClass, ClusterState } from './cluster-state.js'

/** Copies that members in so many partition groups can hold of one partition. */
export function copiesPossible(candidates: readonly { readonly partitionGroup: string }[], copiesWanted: number): number {
  return Math.min(copiesWanted, new Set(candidates.map(c => c.partitionGroup)).size)
}

/** Copies beyond the owner that a write of this class must have now: `min(backup-count, other data members)`, or as `min-sync` says. */
export function backupsRequired(state: ClusterState, backupClass: BackupClass): number {
  const backupCount = Math.min(backupClass.backupCount, backupClass.settledCount)
  if (state.settings.minSync >= 0) return Math.min(state.settings.minSync, backupCount)
  // a suspect may be alive with its copy: until it is removed it counts, so that nothing is acknowledged too early
  const holders = state.members.filter(m => !m.lite && m.status !== 'leaving')
  return Math.max(0, copiesPossible(holders, backupCount + 1) - 1)
}

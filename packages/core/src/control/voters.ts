/** How many members should decide. Pure. */

import type { ClusterState } from './cluster-state.js'

/** Voters for so many members: a second voter would only add a way to stop. */
export const votersFor = (members: number): number => (members <= 2 ? 1 : members <= 4 ? 3 : 5)

/**
 * As many decide as should, so that the loss of any one stops nobody who could go on: right after a third member has joined, the
 * first alone still decides.
 */
export function hasItsVoters({ voters, partner, members }: ClusterState): boolean {
  const staying = members.filter(m => m.status !== 'leaving').map(m => m.id)
  const voting = voters.filter(v => staying.includes(v))
  return voting.length >= votersFor(staying.length) && (staying.length !== 2 || partner !== null)
}

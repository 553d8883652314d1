/** Which deaths can be proved, from the cluster state alone: equal on every member. Pure. */

import type { MemberRecord } from '../control/cluster-state.js'

/**
 * The system that would be asked is named in the token, before the last colon. An address says less: two containers behind one
 * address do not see each other's processes.
 */
export function canProve({ deathToken }: MemberRecord, other: MemberRecord): boolean {
  const system = systemIn(deathToken)
  return system !== '' && system === systemIn(other.deathToken)
}

const systemIn = (token: string): string => token.slice(0, Math.max(0, token.lastIndexOf(':')))

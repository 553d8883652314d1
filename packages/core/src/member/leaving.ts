/** How a member leaves: its groups are moved away, its clients turn to others, and it goes off the member list. */

import type { MemberId } from '../base/ids.js'
import { redundancyOf } from '../cluster/redundancy.js'
import type { ClusterState, MemberRecord } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Clock, Log } from '../env/env.js'
import { pause } from '../env/pause.js'

/** How often it looks whether it still holds something. */
const tickMs = 20
/** Alone, it stays so long for one of those that were removed for their silence to come back. */
const returnMs = 30_000

export interface LeavingMember {
  readonly id: MemberId
  readonly clock: Clock
  readonly log: Log
  readonly control: ControlPlane
  /** False: what is not done by now stays undone. */
  readonly inTime: () => boolean
  readonly holdsNoEntries: () => boolean
  /** When another one with entries was last removed for its silence; -Infinity = never. */
  readonly lastSilenceMs: () => number
  /** Resolves when no client relies on this member any more, or a while later. */
  readonly turnClientsAway: () => Promise<void>
}

/** @returns whether everything was handed over. */
export async function leave(member: LeavingMember): Promise<boolean> {
  const { id, clock, log, control, inTime, holdsNoEntries, lastSilenceMs } = member
  const waitABit = (): Promise<void> => pause(clock, tickMs)
  const state = (): ClusterState => control.state()
  const self = (): MemberRecord | undefined => state().members.find(m => m.id === id)
  // a suspect may be back at once: whoever leaves has the time to wait for it
  const othersHold = (): boolean => state().members.some(m => m.id !== id && !m.lite && m.status !== 'leaving')
  const holds = (): boolean => redundancyOf(state(), id).held > 0
  const isAlone = (): boolean => state().members.length === 1
  const mayReturn = (): boolean => clock.monotonicMs() - lastSilenceMs() < returnMs
  // alone also without entries: whoever was removed may have them all, and nobody else lets it in again, or ever leads
  const isNeeded = (): boolean => (isAlone() ? mayReturn() : holds() && (othersHold() || mayReturn()))
  if (isAlone() && !mayReturn()) return !holds() || holdsNoEntries()
  // whoever was suspected or removed meanwhile, and is back, has to say again that it leaves, and may have been given entries again
  const handOver = async (): Promise<boolean> => {
    while (inTime() && (self()?.status === 'alive' || isNeeded())) {
      if (self()?.status !== 'alive') await waitABit()
      else await control.propose([{ type: 'setStatus', member: id, status: 'leaving' }]).catch(waitABit)
    }
    return !holds() || holdsNoEntries()
  }
  let handedOver = await handOver()
  if (!handedOver) log.warn('member.leavesWithData', { groups: redundancyOf(state(), id).held })
  // when everybody leaves at once there is nobody left who would have to know
  if (!othersHold()) return handedOver
  // before it is off the list: until then what clients still ask here is passed on
  if (inTime()) await member.turnClientsAway()
  while (inTime() && self() !== undefined && !isAlone()) {
    handedOver = await handOver()
    // the others have begun to leave as well: who said "left" now would tell them that the entries are lost
    if (holds() && !othersHold()) return handedOver
    if (self()?.status !== 'leaving') await waitABit()
    else await control.propose([{ type: 'remove', member: id, why: 'left' }]).catch(waitABit)
  }
  return handedOver
}

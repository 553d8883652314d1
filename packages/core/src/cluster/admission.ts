/** The coordinator's side of joining: who is taken in, and what the others are told. */

import { DecodeError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import type { ClusterState, MemberRecord } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Log } from '../env/env.js'
import type { Link } from '../link/link.js'
import type { MemberMessage } from '../protocol/member-table.js'

/** Of those that have left, the last ones: what they sent before is not under way for longer. */
const leftMax = 1_000

export class Admission {
  readonly #control: ControlPlane
  readonly #log: Log
  readonly #left = new Set<MemberId>()

  constructor(control: ControlPlane, log: Log) {
    this.#control = control
    this.#log = log
    control.onChange((state, before) => this.#noteLeft(state, before))
  }

  /**
   * Whoever has left is not let in again, whatever it asked for:
   *
   *   1. A member that leaves has no lease for a moment, and asks to be taken in again, in case it was counted out.
   *   2. It says that it has left, and stops.
   *   3. What it asked for arrives: nobody would be there, and everybody would wait for it.
   *
   * One that was counted out while it was leaving was suspected before, and may come back, to hand over what it has.
   */
  #noteLeft(state: ClusterState, before: ClusterState): void {
    // of several entries at once it cannot be told why somebody is gone; the leader, who lets in, applies one after the other
    if (state.members === before.members || state.index !== before.index + 1) return
    for (const { id, status } of before.members) {
      if (status === 'leaving' && !state.members.some(m => m.id === id)) this.#left.add(id)
    }
    for (const id of this.#left) if (this.#left.size > leftMax) this.#left.delete(id)
  }

  onRequest(from: string, m: MemberMessage<'joinRequest'>, reply: Link): void {
    const member = parseMember(m.member)
    if (member.id !== from) throw new DecodeError(`${from} asks to let ${member.id} join`)
    const state = this.#control.state()
    if (state.members.some(known => known.id === member.id)) {
      answer(reply, 'accepted')
      return
    }
    if (!this.#control.isLeader()) {
      const leader = state.members.find(known => known.id === this.#control.leader())
      answer(reply, leader === undefined ? 'wait' : 'ask', '', leader?.address)
      return
    }
    if (this.#left.has(member.id)) {
      answer(reply, 'refused', 'it has left')
      return
    }
    const occupied = state.members.find(
      known => known.address.host === member.address.host && known.address.port === member.address.port,
    )
    if (occupied !== undefined) {
      // the old incarnation at this address is on its way out of the member list
      answer(reply, 'wait', `${occupied.id} is still a member at this address`)
      return
    }
    this.#control.propose([{ type: 'join', member }]).then(
      ([outcome]) => {
        answer(reply, outcome?.accepted ? 'accepted' : 'wait')
        if (outcome?.accepted) this.#log.info('member.admitted', { member: member.id, address: member.address })
      },
      () => answer(reply, 'wait', 'the control plane has no leader'),
    )
  }
}

function answer(reply: Link, verdict: string, reason = '', leader?: MemberRecord['address']): void {
  reply.send('joinReply', { verdict, reason, leaderHost: leader?.host ?? null, leaderPort: leader?.port ?? 0 })
}

function parseMember(text: string): MemberRecord {
  try {
    const m = JSON.parse(text) as MemberRecord
    const sound =
      typeof m.id === 'string' &&
      m.id.length > 0 &&
      typeof m.address?.host === 'string' &&
      Number.isInteger(m.address.port) &&
      typeof m.lite === 'boolean' &&
      typeof m.partitionGroup === 'string' &&
      typeof m.deathToken === 'string'
    if (sound) return { ...m, status: 'alive', admittedAt: 0 }
  } catch {
    // falls through to the one message for all that is not a member record
  }
  throw new DecodeError('a request to join without a member record')
}

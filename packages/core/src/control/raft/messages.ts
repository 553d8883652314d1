/**
 * What members' control planes say to each other. Messages may be lost, and are not repeated by the link: whoever waits
 * for an answer asks again. Every message of the consensus carries the sender's term.
 */

import type { MemberId } from '../../base/ids.js'
import type { ClusterState, Command } from '../cluster-state.js'
import { bool, decodeJson, encodeJson, integer, list, number, oneOf, orNull, record, type Shape } from '../shape.js'
import { clusterState, command, member, plainState } from '../state-codec.js'

/** Names a wish of one member: the member that asked finds its ticket again in the entry that it applies. */
export interface Origin {
  readonly member: MemberId
  readonly ticket: number
}

export interface Entry {
  readonly term: number
  /** Empty: the no-op with which a leader starts its term. */
  readonly commands: readonly Command[]
  readonly origin: Origin | null
}

export type Message =
  /** Leader: entries after `prevIndex`, the commit index, and the round of confirmations this belongs to. Also the heartbeat. */
  | {
      readonly type: 'append'
      readonly term: number
      readonly prevIndex: number
      readonly prevTerm: number
      readonly entries: readonly Entry[]
      readonly commit: number
      readonly round: number
    }
  /** Leader: the whole state at its index, for a member whose log ends before the leader's begins. */
  | {
      readonly type: 'snapshot'
      readonly term: number
      readonly stateTerm: number
      readonly state: ClusterState
      readonly round: number
    }
  /** `index`: if ok, up to where the logs are equal; if not, where the leader should try next. */
  | { readonly type: 'appended'; readonly term: number; readonly ok: boolean; readonly index: number; readonly round: number }
  /** `pre`: would you vote for me? Changes nothing at either side. `transfer`: the leader itself asked me to. */
  | {
      readonly type: 'vote'
      readonly term: number
      readonly lastIndex: number
      readonly lastTerm: number
      readonly pre: boolean
      readonly transfer: boolean
    }
  /**
   * `quietMs`: how long ago, on its own clock, this voter last obeyed or was a leader. `applied`: up to where it knows the log
   * to be committed, and the term of that entry. `outlived`: who is proved dead, if a lease of this member runs; else nobody.
   */
  | {
      readonly type: 'voted'
      readonly term: number
      readonly pre: boolean
      readonly granted: boolean
      readonly quietMs: number
      readonly applied: number
      readonly appliedTerm: number
      readonly outlived: readonly MemberId[]
    }
  /** Leader: you have everything; become leader now. */
  | { readonly type: 'takeOver'; readonly term: number }
  /** To the leader. The answer to `propose` is the entry itself; `refused` if it will not become one: now, or ever. */
  | { readonly type: 'propose'; readonly ticket: number; readonly commands: readonly Command[] }
  | { readonly type: 'read'; readonly ticket: number }
  | { readonly type: 'readAt'; readonly ticket: number; readonly index: number }
  | { readonly type: 'refused'; readonly ticket: number; readonly forGood: boolean }
  /** To the leader. `sentAtMs` is the asker's own monotonic clock and comes back as it was. */
  | { readonly type: 'askLease'; readonly sentAtMs: number }
  | { readonly type: 'lease'; readonly sentAtMs: number; readonly index: number }
  /** The leader's answer to one that is no member (any more) at this index. */
  | { readonly type: 'notMember'; readonly index: number }

const count = integer(0)
const entry: Shape<Entry> = record({
  term: count,
  commands: list(command),
  origin: orNull(record({ member, ticket: count })),
})

const message: Shape<Message> = oneOf<Message>({
  append: record({ term: count, prevIndex: count, prevTerm: count, entries: list(entry), commit: count, round: count }),
  snapshot: record({ term: count, stateTerm: count, state: clusterState, round: count }),
  appended: record({ term: count, ok: bool, index: count, round: count }),
  vote: record({ term: count, lastIndex: count, lastTerm: count, pre: bool, transfer: bool }),
  voted: record({
    term: count,
    pre: bool,
    granted: bool,
    quietMs: number,
    applied: count,
    appliedTerm: count,
    outlived: list(member),
  }),
  takeOver: record({ term: count }),
  propose: record({ ticket: count, commands: list(command) }),
  read: record({ ticket: count }),
  readAt: record({ ticket: count, index: count }),
  refused: record({ ticket: count, forGood: bool }),
  askLease: record({ sentAtMs: number }),
  lease: record({ sentAtMs: number, index: count }),
  notMember: record({ index: count }),
})

export const encodeMessage = (value: Message): Uint8Array =>
  encodeJson(value.type === 'snapshot' ? { ...value, state: plainState(value.state) } : value)

export const decodeMessage = (bytes: Uint8Array): Message => decodeJson(bytes, message, 'control message')

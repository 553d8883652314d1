/** What the consensus of a member stands on: what it is made with, and the member that leads as its leadership sees it. */

import type { MemberId } from '../../base/ids.js'
import type { Prng } from '../../base/prng.js'
import type { ClusterState } from '../cluster-state.js'
import type { ControlTiming } from '../control-plane.js'
import type { RaftLog } from './log.js'
import type { Message } from './messages.js'
import type { Voting } from './voting.js'

export interface CoreOptions {
  readonly self: MemberId
  readonly timing: ControlTiming
  readonly random: Prng
  readonly nowMs: number
  /** What the log begins after; without it, nothing. */
  readonly base?: ClusterState | undefined
}

export interface Ground {
  readonly self: MemberId
  readonly timing: ControlTiming
  readonly term: number
  readonly log: RaftLog
  readonly state: ClusterState
  readonly isRetiring: boolean
  /** The votings that have to agree: the one in force, and the one being introduced. */
  votings(): readonly Voting[]
  isDead(member: MemberId): boolean
  send(to: MemberId, message: Message): void
  /** Commits and applies up to `index`. */
  commit(index: number, nowMs: number): void
}

/**
 * The interface behind which the cluster state is decided. Nothing else in the code may depend on which implementation
 * stands here: consensus among voters, or another store.
 */

import type { MemberId } from '../base/ids.js'
import type { ClusterState, Command } from './cluster-state.js'

export interface ControlTiming {
  /** Between two signs of life of the leader, and between two questions for a lease. */
  readonly heartbeatMs: number
  /** Silence of the leader after which another may be elected; each member waits up to twice as long, by chance. */
  readonly electionMs: number
  /** How long a lease runs from the sending of the question for it. */
  readonly leaseMs: number
  /** How far the rate of any member's clock may be off. */
  readonly driftRatio: number
}

export interface Proposed {
  /** Index at which the command was committed; 0 if it was not. */
  readonly index: number
  /** False: the command was committed and had no effect, because what it rested on was no longer current. */
  readonly accepted: boolean
}

export interface ControlPlane {
  /** The newest committed state that this member knows. */
  state(): ClusterState
  /** Called after each change, in index order, synchronously. Returns the unsubscribe function. */
  onChange(listener: (state: ClusterState, before: ClusterState) => void): () => void
  /**
   * Commits the commands, in order, in one entry. Resolves when they are committed *and* applied here; rejects with
   * NO_LEADER (outcome unknown) when the leader could not be reached or changed: read the state, then decide again.
   */
  propose(commands: readonly Command[]): Promise<readonly Proposed[]>
  /** Resolves when this member has applied everything that was committed before the call. Rejects with NO_LEADER. */
  readIndex(): Promise<number>
  /** The member that decides now, as far as known here. */
  leader(): MemberId | null
  isLeader(): boolean
  /**
   * Monotonic milliseconds of this member's clock until which nobody else can have been given its roles; counted from
   * the *sending* of the request that renewed it. 0 = no lease. The state of `index >= leaseIndex` has been applied.
   */
  leaseUntilMs(): number
  leaseIndex(): number
  /**
   * Leader only: when (own monotonic ms) every lease that `member` can still hold will be over. From the first call with
   * `stopGranting` on, nothing is granted to it any more until `resumeGranting`.
   */
  leaseOverAtMs(member: MemberId, options: { readonly stopGranting: boolean }): number
  resumeGranting(member: MemberId): void
  /** Own monotonic ms of the last sign of life of `member` that reached this leader. */
  lastHeardMs(member: MemberId): number
  /** This host's death was proved: elections and leases need not wait for it any longer. */
  onDeathProved(member: MemberId): void
  /**
   * The state with everything that stands in this member's log, decided or not, and the term of its last entry. Of two of one
   * consensus the one of the later term, and of one term the one of the higher index, has all that the other knows to be decided.
   */
  ahead(): { readonly state: ClusterState; readonly term: number }
  /**
   * Leaves the consensus for good and begins another one with this state: as its only voter and leader, or waiting for the one
   * that the state names. Everything that waits is refused. The index of the state is higher than any known here.
   */
  restart(state: ClusterState): void
  /** False before the first state arrives that names this member, and again once the cluster has removed it. */
  isMember(): boolean
  /** Bytes that another member's control plane sent. Throws DecodeError when they mean nothing. */
  onMessage(from: MemberId, bytes: Uint8Array): void
  /** Gives away leadership and its vote, if it can within a few election timeouts, and stops. `atOnce`: as a crash would. */
  stop(options?: { readonly atOnce: boolean }): Promise<void>
}

/** What a primary knows of one other copy of its group. */

import type { MemberId } from '../base/ids.js'

export interface Peer {
  readonly id: MemberId
  /** It has told how far it is, or is in sync: records can be sent. */
  ready: boolean
  /** The log does not reach back to where it is: it needs a snapshot. */
  lacksLog: boolean
  /** The commit index of its last refusal that was answered; -1 = it has gone on since. */
  refusedAt: number
  /** The first record that has not been sent. */
  next: number
  acked: number
  /** When the oldest record without an answer was sent; Infinity = none is. */
  waitingSinceMs: number
  /** When the last records for it left for the system, as far as it is known. */
  sentAtMs: number
  /** What its link had been given when it had been given these. */
  sentUpToBytes: number
  commitSent: number
  /** Where the log ended when it was first near; null = it was not yet. */
  nearAt: number | null
  /** What of the log is kept for it, at most, if nobody needs it. */
  roomBytes: number
}

/** Also what a copy may fall behind that was up to date. */
export const roomBytesMin = 8 * 1024 * 1024

export const newPeer = (id: MemberId, ready: boolean, next: number): Peer => ({
  id,
  ready,
  lacksLog: false,
  refusedAt: -1,
  next,
  acked: 0,
  waitingSinceMs: Number.POSITIVE_INFINITY,
  sentAtMs: Number.NEGATIVE_INFINITY,
  sentUpToBytes: 0,
  commitSent: 0,
  nearAt: null,
  roomBytes: roomBytesMin,
})

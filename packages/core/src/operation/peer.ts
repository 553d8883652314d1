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
  /** Where the log ended when it said first how far it is; Infinity = it has not yet. */
  fillMark: number
  /** One that is not in sync gets no more at a time. */
  pacedBytes: number
  /** What it got last. */
  framedBytes: number
  /** What of the log is kept for it, at most, if nobody needs it. */
  roomBytes: number
}

/**
 * What goes at a time to a copy that is not in sync: nobody waits for it, so that writers would fill the link to a slow one
 * for seconds, its signs of life behind the records.
 */
const pacedBytesMin = 16 * 1024
/** Answered within this, twice as much takes not much longer. */
const quickMs = 20

/**
 * What it may get next, when it has answered `framedBytes` after so long. More and more to a copy that is quick, or writers
 * who are quicker would keep it from ever having all, and the log would grow for it without end.
 */
export function pacedBytesAfter(pacedBytes: number, framedBytes: number, tookMs: number): number {
  if (tookMs > quickMs) return pacedBytesMin
  // less than it might have had tells nothing of more
  return framedBytes < pacedBytes ? pacedBytes : 2 * pacedBytes
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
  fillMark: Number.POSITIVE_INFINITY,
  pacedBytes: pacedBytesMin,
  framedBytes: 0,
  roomBytes: roomBytesMin,
})

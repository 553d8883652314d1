/** What a leader knows of one member that it sends the log to. */

import type { RaftLog } from './log.js'
import type { Message } from './messages.js'

/** Entries in one message: large enough for a burst, small enough not to hold up a heartbeat. */
const BATCH_ENTRIES = 64
/** Entries under way and not answered; beyond it only heartbeats go. */
const WINDOW_ENTRIES = 512

export class Progress {
  /** Own monotonic ms of its last message. */
  heardMs: number
  /** It answered this leader. */
  hasAnswered = false
  /** Its log equals the leader's up to here. */
  match = 0
  /** Newest round of confirmations that it answered. */
  round = 0
  /** Newest round that it was told of. */
  #toldRound = 0
  #next: number
  /** Not known where its log joins on: the same message goes out until it answers one with yes. */
  #isProbing = true
  /** The entries went along with it. Repeated without an answer they would fill a slow link faster than it empties. */
  #hasProbed = false
  #snapshotMs = Number.NEGATIVE_INFINITY

  constructor(next: number, heardMs: number) {
    this.#next = next
    this.heardMs = heardMs
  }

  /** What to send now. Assumes that it arrives; a gap shows at the next message, by its answer. */
  takeAppend(log: RaftLog, term: number, round: number): Message {
    const prevIndex = Math.max(this.#next - 1, log.baseIndex)
    const entries = this.#isOpen(log) ? log.after(prevIndex, BATCH_ENTRIES) : []
    if (this.#isProbing) this.#hasProbed = true
    else this.#next += entries.length
    this.#toldRound = round
    const prevTerm = log.termAt(prevIndex) as number
    return { type: 'append', term, prevIndex, prevTerm, entries, commit: log.applied, round }
  }

  /** What it was told last is not answered yet. */
  get isAsked(): boolean {
    return this.round < this.#toldRound
  }

  hasMore(log: RaftLog): boolean {
    return !this.#isProbing && this.#next <= log.lastIndex && this.#isOpen(log)
  }

  onMatch(index: number): void {
    this.hasAnswered = true
    this.#isProbing = false
    this.match = Math.max(this.match, index)
    this.#next = Math.max(this.#next, this.match + 1)
  }

  /**
   * Its log has no equal entry where the last message joined on; up to `hint` it is equal for certain. True if this is
   * news: of several messages under way each is answered so, and only the first needs a reaction.
   */
  onMismatch(hint: number): boolean {
    const isNews = !this.#isProbing || !this.hasAnswered
    this.hasAnswered = true
    this.#isProbing = true
    if (isNews) this.#hasProbed = false
    this.#next = Math.max(this.match, hint) + 1
    return isNews
  }

  #isOpen(log: RaftLog): boolean {
    return this.#next > log.baseIndex && (this.#isProbing ? !this.#hasProbed : this.#next - this.match <= WINDOW_ENTRIES)
  }

  /** The log no longer begins early enough, or the member has nothing at all. At most one snapshot in `againMs`. */
  needsSnapshot(log: RaftLog, nowMs: number, againMs: number): boolean {
    const isNeeded = this.hasAnswered && (this.#next <= log.baseIndex || (this.#next === 1 && log.applied > 0))
    if (!isNeeded || nowMs - this.#snapshotMs < againMs) return false
    this.#snapshotMs = nowMs
    this.#next = log.applied + 1
    return true
  }
}

/**
 * Reads at a primary are answered only if no later epoch can have acknowledged a write before them (rule R8): by the
 * lease; or, when it is not valid, by asking every member that could have become primary, after the read arrived;
 * or, alone in the set, by the control plane. One round serves all reads that wait when it starts.
 *
 * A member that is cut off is the owner in its own view for as long as the cut lasts, while its callers give up and ask anew. So a
 * read that waits for long is let go, with its result: whoever still waits for it asks again.
 */

import { CobnutError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import type { Copy, Respond } from './copy.js'
import type { Result } from './request.js'

const askAgainMs = 150
/** Then a read is let go. */
export const readWaitMaxMs = 5_000
/** In one group. Beyond: OVERLOADED, which callers retry. */
const readsMax = 10_000

interface Read {
  readonly respond: Respond
  readonly result: Result
  readonly sinceMs: number
}

interface Round {
  readonly number: number
  readonly version: number
  readonly missing: Set<MemberId>
  /** In the order in which they came, as all that wait. */
  readonly reads: Read[]
  askedAtMs: number
}

export class ReadConfirmation {
  readonly #replica: Copy
  readonly #required: () => readonly MemberId[]
  #waiting: Read[] = []
  #round: Round | null = null
  #rounds = 0

  constructor(replica: Copy, required: () => readonly MemberId[]) {
    this.#replica = replica
    this.#required = required
  }

  get busy(): boolean {
    return this.#waiting.length > 0 || this.#round !== null
  }

  /** `result` shows committed state as of now or later. */
  answer(respond: Respond, result: Result): void {
    const { host, commit } = this.#replica
    if (host.readsByLease()) {
      respond(null, result, 0, commit)
      return
    }
    if (this.#waiting.length + (this.#round?.reads.length ?? 0) >= readsMax) {
      respond(new CobnutError('OVERLOADED', 'too many reads of this partition wait for a confirmation'), null, 0, 0)
      return
    }
    this.#waiting.push({ respond, result, sinceMs: host.nowMs() })
    // an answer may be lost, or a lease come: nobody looks again at a copy in which nothing else happens
    this.#replica.wake()
    this.#start()
  }

  #start(): void {
    if (this.#round !== null || this.#waiting.length === 0) return
    const missing = new Set(this.#required())
    const { host, config } = this.#replica
    const round: Round = {
      number: ++this.#rounds,
      version: config.version,
      missing,
      reads: this.#waiting,
      askedAtMs: host.nowMs(),
    }
    this.#waiting = []
    this.#round = round
    this.#ask(round)
  }

  #ask(round: Round): void {
    const { host, group } = this.#replica
    const epoch = this.#replica.config.epoch
    if (round.missing.size > 0) {
      for (const id of round.missing) host.sendConfirm(id, group, epoch, round.number)
      return
    }
    host.confirmAlone(confirmed => {
      if (confirmed && this.#round === round) this.#finish(round)
    })
  }

  onConfirmed(from: MemberId, number: number): void {
    const round = this.#round
    if (round === null || round.number !== number) return
    round.missing.delete(from)
    if (round.missing.size === 0) this.#finish(round)
  }

  #finish(round: Round): void {
    this.#round = null
    for (const read of round.reads) read.respond(null, read.result, 0, this.#replica.commit)
    this.#start()
  }

  /** The set of members to ask changed: what was confirmed by the old one says nothing of the new one. */
  restart(): void {
    const round = this.#round
    if (round === null || round.version === this.#replica.config.version) return
    this.#round = null
    this.#waiting = [...round.reads, ...this.#waiting]
    this.#start()
  }

  tick(nowMs: number): void {
    if (this.#replica.host.readsByLease()) {
      const reads = [...(this.#round?.reads ?? []), ...this.#waiting]
      this.#round = null
      this.#waiting = []
      for (const read of reads) read.respond(null, read.result, 0, this.#replica.commit)
      return
    }
    this.#letGo(nowMs)
    if (this.#round !== null && nowMs - this.#round.askedAtMs > askAgainMs) {
      this.#round.askedAtMs = nowMs
      this.#ask(this.#round)
    }
  }

  #letGo(nowMs: number): void {
    const asked = this.#round?.reads ?? []
    const over = [...takeOverdue(asked, nowMs), ...takeOverdue(this.#waiting, nowMs)]
    if (over.length === 0) return
    if (asked.length === 0) {
      // those that came since need a round of their own
      this.#round = null
      this.#start()
    }
    // to whoever asks it is as if the answer had not come: as UNAVAILABLE it would say that nobody serves the partition
    const error = new CobnutError('WRONG_OWNER', 'this member cannot make sure that it still owns the partition')
    for (const { respond } of over) respond(error, null, 0, 0)
  }

  fail(error: CobnutError): void {
    const reads = [...(this.#round?.reads ?? []), ...this.#waiting]
    this.#round = null
    this.#waiting = []
    for (const read of reads) read.respond(error, null, 0, 0)
  }
}

/** Those that have waited for too long. */
function takeOverdue(reads: Read[], nowMs: number): Read[] {
  const kept = reads.findIndex(({ sinceMs }) => nowMs - sinceMs < readWaitMaxMs)
  return reads.splice(0, kept === -1 ? reads.length : kept)
}

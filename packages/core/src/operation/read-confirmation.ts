/**
 * Reads at a primary are answered only if no later epoch can have acknowledged a write before them (rule R8): by the
 * lease; or, when it is not valid, by asking every member that could have become primary, after the read arrived;
 * or, alone in the set, by the control plane. One round serves all reads that wait when it starts.
 */

import type { CobnutError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import type { Copy, Respond } from './copy.js'
import type { Result } from './request.js'

const askAgainMs = 150

interface Read {
  readonly respond: Respond
  readonly result: Result
}

interface Round {
  readonly number: number
  readonly version: number
  readonly missing: Set<MemberId>
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
    if (this.#replica.host.readsByLease()) {
      respond(null, result, 0, this.#replica.commit)
      return
    }
    this.#waiting.push({ respond, result })
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
    if (this.#round !== null && nowMs - this.#round.askedAtMs > askAgainMs) {
      this.#round.askedAtMs = nowMs
      this.#ask(this.#round)
    }
  }

  fail(error: CobnutError): void {
    const reads = [...(this.#round?.reads ?? []), ...this.#waiting]
    this.#round = null
    this.#waiting = []
    for (const read of reads) read.respond(error, null, 0, 0)
  }
}

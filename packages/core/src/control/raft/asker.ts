/** What a member wants of the leader, be it another or itself: its lease, and answers to what its other rooms ask. */

import type { MemberId } from '../../base/ids.js'
import type { Command } from '../cluster-state.js'
import type { ControlTiming } from '../control-plane.js'
import { HeldLease } from './leases.js'
import type { Message } from './messages.js'
import type { Change } from './replica.js'
import { Requests, type Settled } from './requests.js'

export type Answer = Extract<Message, { type: 'readAt' | 'refused' | 'lease' | 'notMember' }>

/** A request fails after so many lease and election spans: enough for one change of the leader in between. */
const REQUEST_SPANS = 2

export class Asker {
  readonly lease: HeldLease
  readonly #self: MemberId
  readonly #timing: ControlTiming
  readonly #send: (to: MemberId, message: Message) => void
  readonly #requests = new Requests()
  #nextLeaseMs: number
  /** A leader said that this is no member, at this index. */
  #removedAt = -1

  constructor(self: MemberId, timing: ControlTiming, send: (to: MemberId, message: Message) => void, nowMs: number) {
    this.lease = new HeldLease(timing.leaseMs)
    this.#self = self
    this.#timing = timing
    this.#send = send
    this.#nextLeaseMs = nowMs
  }

  /** Ticket of a proposal, or of a read (null). Null: too many wait. */
  open(commands: readonly Command[] | null, nowMs: number): number | null {
    const waitMs = REQUEST_SPANS * (this.#timing.leaseMs + this.#timing.electionMs)
    return this.#requests.isFull ? null : this.#requests.add(commands, nowMs + waitMs)
  }

  /** `members`: where a leader may be, when none is known; one that was removed learns it there. */
  tick(leader: MemberId | null, members: readonly { readonly id: MemberId }[], nowMs: number): void {
    if (nowMs >= this.#nextLeaseMs) {
      this.#nextLeaseMs = nowMs + (leader === null ? this.#timing.electionMs : this.#untilNextMs(nowMs))
      const asked = leader === null ? members.map(m => m.id).filter(m => m !== this.#self) : [leader]
      for (const member of asked) this.#send(member, { type: 'askLease', sentAtMs: nowMs })
    }
    this.#requests.expire(nowMs)
    this.#requests.retry()
  }

  /** Without a lease soon: the first question of a member that has just joined is lost when its link is not up yet. */
  #untilNextMs(nowMs: number): number {
    const { heartbeatMs } = this.#timing
    return this.lease.untilMs > nowMs ? heartbeatMs : heartbeatMs / 5
  }

  onTerm(term: number): void {
    this.#requests.onTerm(term)
  }

  /** Somebody else leads: it may take what the one before refused. */
  onLeader(leader: MemberId, nowMs: number): void {
    this.#requests.retry()
    this.#nextLeaseMs = nowMs + this.#untilNextMs(nowMs)
    this.#send(leader, { type: 'askLease', sentAtMs: nowMs })
  }

  /** Hands the leader what it has not got. */
  flush(leader: MemberId | null, term: number): void {
    if (leader === null) return
    for (const { ticket, commands } of this.#requests.takeUnsent(term)) {
      this.#send(leader, commands === null ? { type: 'read', ticket } : { type: 'propose', ticket, commands })
    }
  }

  onAnswer(message: Answer, applied: number, nowMs: number): void {
    if (message.type === 'readAt') this.#requests.onReadAt(message.ticket, message.index, applied)
    else if (message.type === 'refused') this.#requests.onRefused(message.ticket, message.forGood)
    else if (message.type === 'lease') this.lease.onGrant(message.sentAtMs, message.index, applied, nowMs)
    else this.#removedAt = Math.max(this.#removedAt, message.index)
  }

  onChange({ state, entry, accepted }: Change): void {
    if (entry === null) this.#requests.onSkipped()
    else if (entry.origin?.member === this.#self) {
      const results = accepted.map(yes => ({ index: state.index, accepted: yes }))
      this.#requests.onCommitted(entry.origin.ticket, results)
    }
  }

  onApplied(applied: number, nowMs: number): void {
    this.lease.onApplied(applied, nowMs)
    this.#requests.onApplied(applied)
  }

  /** A leader said so, and nothing newer has been heard. */
  isRemovedAt(index: number): boolean {
    return this.#removedAt >= index
  }

  close(): void {
    this.#requests.expire(Number.POSITIVE_INFINITY)
  }

  takeSettled(): readonly Settled[] {
    return this.#requests.takeSettled()
  }
}

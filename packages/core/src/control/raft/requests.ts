/**
 * What this member has asked of the leader, itself included: proposals and reads, each with a ticket. Promises that every
 * ticket is settled once: with the result, or as failed with what can be said about its effect.
 */

import type { Outcome } from '../../base/errors.js'
import type { Command } from '../cluster-state.js'
import type { Proposed } from '../control-plane.js'

export type Settled =
  | { readonly type: 'proposed'; readonly ticket: number; readonly results: readonly Proposed[] }
  | { readonly type: 'read'; readonly ticket: number; readonly index: number }
  | { readonly type: 'failed'; readonly ticket: number; readonly outcome: Outcome }

interface Request {
  readonly ticket: number
  /** Null: a read. */
  readonly commands: readonly Command[] | null
  readonly deadlineMs: number
  /** Term in which it was sent; null: not sent, or refused, which changes nothing. */
  sentTerm: number | null
  /** Refused just now: not to be sent again before `retry`. */
  isHeld: boolean
  /** Of a read: what has to be applied here before it is answered. */
  index: number | null
}

/** Requests that wait at one member. More: something asks in a loop. */
const REQUESTS_MAX = 10_000

export class Requests {
  readonly #open = new Map<number, Request>()
  #settled: Settled[] = []
  #nextTicket = 1

  get isFull(): boolean {
    return this.#open.size >= REQUESTS_MAX
  }

  add(commands: readonly Command[] | null, deadlineMs: number): number {
    const ticket = this.#nextTicket++
    this.#open.set(ticket, { ticket, commands, deadlineMs, sentTerm: null, isHeld: false, index: null })
    return ticket
  }

  /** Those that the leader has not got, oldest first; they count as sent in this term from now on. */
  takeUnsent(term: number): readonly { readonly ticket: number; readonly commands: readonly Command[] | null }[] {
    const unsent = [...this.#open.values()].filter(r => r.sentTerm === null && !r.isHeld)
    for (const request of unsent) request.sentTerm = term
    return unsent
  }

  onRefused(ticket: number, forGood: boolean): void {
    const request = this.#open.get(ticket)
    if (request === undefined) return
    request.sentTerm = null
    request.isHeld = true
    if (forGood) this.#fail(request)
  }

  /** What was refused may be sent again: time has passed, or another member leads. */
  retry(): void {
    for (const request of this.#open.values()) request.isHeld = false
  }

  onCommitted(ticket: number, results: readonly Proposed[]): void {
    if (this.#open.delete(ticket)) this.#settled.push({ type: 'proposed', ticket, results })
  }

  onReadAt(ticket: number, index: number, applied: number): void {
    const request = this.#open.get(ticket)
    if (request === undefined || request.commands !== null) return
    request.index = index
    this.onApplied(applied)
  }

  onApplied(applied: number): void {
    for (const { ticket, index } of this.#open.values()) {
      if (index === null || index > applied) continue
      this.#open.delete(ticket)
      this.#settled.push({ type: 'read', ticket, index: applied })
    }
  }

  /** There is a newer term: what was proposed in an older one may be committed or not; reads ask again. */
  onTerm(term: number): void {
    for (const request of this.#open.values()) {
      if (request.sentTerm === null || request.sentTerm >= term) continue
      if (request.commands === null) request.sentTerm = null
      else this.#fail(request)
    }
  }

  /** Entries were skipped by a snapshot, the answers among them. */
  onSkipped(): void {
    for (const request of this.#open.values()) {
      if (request.commands !== null && request.sentTerm !== null) this.#fail(request)
    }
  }

  /** Fails what has waited too long; Infinity fails everything. */
  expire(nowMs: number): void {
    for (const request of this.#open.values()) {
      if (request.deadlineMs <= nowMs) this.#fail(request)
    }
  }

  takeSettled(): readonly Settled[] {
    const settled = this.#settled
    if (settled.length > 0) this.#settled = []
    return settled
  }

  #fail(request: Request): void {
    this.#open.delete(request.ticket)
    const outcome = request.commands === null || request.sentTerm === null ? 'not-applied' : 'unknown'
    this.#settled.push({ type: 'failed', ticket: request.ticket, outcome })
  }
}

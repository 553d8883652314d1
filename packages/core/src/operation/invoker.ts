/**
 * A caller's wish until it is answered: finds the owner in the cluster state, asks it, asks again where the first answer
 * is "not here" or never comes, and gives up only at the deadline. A write keeps one invocation id over all attempts, so
 * it happens once however often it is asked for.
 */

import type { CallOptions, CallSession, Durability } from '../api/map.js'
import { CobnutError, type ErrorCode, errorTable, type Outcome } from '../base/errors.js'
import type { GroupId, MemberId } from '../base/ids.js'
import { NumberTable } from '../base/number-table.js'
import { Reader } from '../codec/reader.js'
import { Writer } from '../codec/writer.js'
import { type GroupRecord, sessionOf } from '../control/cluster-state.js'
import type { Clock, Timer } from '../env/env.js'
import type { Links } from '../link/links.js'
import { classOf, isAssigned } from '../partition/planning.js'
import type { MemberMessage } from '../protocol/member-table.js'
import { type Report, reportOf } from './answering.js'
import type { Groups } from './groups.js'
import type { InvocationId } from './record.js'
import { isWalk, isWrite, type MapRequest, opCode, type Result, readResult, writeRequest } from './request.js'
import { isTooLarge } from './size-limit.js'
import { Unanswered } from './unanswered.js'

const tickMs = 5
const retryFirstMs = 2
const retryMaxMs = 100

export interface InvokeOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  readonly onDurable?: CallOptions['onDurable']
  readonly session?: CallSession | undefined
  /**
   * For calls whose effect nobody may be left with who does not wait for it any more, as the lock of one that was aborted:
   * whoever gives up is answered at once, as if nothing had been done; the owner is told to do nothing, until it answers. Had it
   * been done by then, this is called with the result.
   */
  readonly onOrphan?: ((result: Result) => void) | undefined
}

interface Pending {
  /** Rises. */
  readonly id: number
  readonly group: GroupId
  request: MapRequest
  /** When the call has waited for a lock as long as it wanted to, over all attempts; Infinity where it does not say. */
  readonly waitsUntilMs: number
  /** Null for reads. */
  invocation: { session: string; readonly number: number } | null
  readonly deadlineMs: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: CobnutError) => void
  readonly signal: AbortSignal | undefined
  readonly onAbort: (() => void) | undefined
  readonly onDurable: CallOptions['onDurable'] | undefined
  /** What the caller has seen; an answer adds to it. */
  readonly seen: CallSession | undefined
  readonly onOrphan: InvokeOptions['onOrphan']
  /** Rises with every attempt: an answer to an older one counts all the same, a failure does not. */
  attempt: number
  /** The member that was asked last; null while waiting for the next attempt. */
  asked: MemberId | null
  callId: number
  retryAtMs: number
  /** Some attempt left this member: the write may have happened. */
  sent: boolean
  lastError: CobnutError | null
}

export class Invoker {
  readonly #self: MemberId
  readonly #clock: Clock
  readonly #groups: Groups
  readonly #links: Links
  readonly #pending = new NumberTable<Pending>()
  readonly #byCall = new NumberTable<Pending>()
  /** Waiting for the next attempt. */
  readonly #retrying = new Set<Pending>()
  #session: string
  #calls = 0
  #ids = 0
  #numbers = 0
  readonly #unanswered = new Unanswered()
  readonly #timer: Timer
  #closed: CobnutError | null = null
  readonly #scratch = new Writer(1024)

  constructor(self: MemberId, clock: Clock, groups: Groups, links: Links) {
    this.#self = self
    this.#clock = clock
    this.#groups = groups
    this.#links = links
    this.#session = sessionOf({ id: self, admittedAt: 0 })
    this.#renewSession()
    this.#timer = clock.every(tickMs, () => this.#tick())
  }

  get pendingCount(): number {
    return this.#pending.size
  }

  invoke(group: GroupId, request: MapRequest, options: InvokeOptions): Promise<Result> {
    return new Promise((resolve, reject) => {
      const { signal, onOrphan } = options
      const nowMs = this.#clock.monotonicMs()
      if (this.#closed !== null || signal?.aborted) {
        reject(this.#closed ?? new CobnutError('ABORTED', undefined, { cause: signal?.reason, outcome: 'not-applied' }))
        return
      }
      const invocation = isWrite(request.op) ? { session: this.#session, number: ++this.#numbers } : null
      if (invocation !== null) this.#unanswered.add(group, invocation.number)
      const pending: Pending = {
        id: ++this.#ids,
        group,
        request,
        waitsUntilMs: nowMs + waitMsOf(request),
        invocation,
        deadlineMs: nowMs + options.timeoutMs,
        resolve,
        reject,
        signal,
        onDurable: options.onDurable,
        onAbort: signal && (() => this.#abandon(pending, 'ABORTED', { cause: signal.reason })),
        onOrphan,
        seen: options.session,
        attempt: 0,
        asked: null,
        callId: 0,
        retryAtMs: 0,
        sent: false,
        lastError: null,
      }
      if (pending.onAbort) signal?.addEventListener('abort', pending.onAbort)
      this.#pending.set(pending.id, pending)
      this.#attempt(pending)
    })
  }

  #isPending(p: Pending): boolean {
    return this.#pending.get(p.id) === p
  }

  /** As they were begun: the table may change meanwhile. */
  #inOrder(table: NumberTable<Pending>): Pending[] {
    return [...table.values()].sort((a, b) => a.id - b.id)
  }

  #attempt(p: Pending): void {
    this.#retrying.delete(p)
    this.#byCall.delete(p.callId)
    const attempt = ++p.attempt
    if (attempt > 1 && p.waitsUntilMs < Number.POSITIVE_INFINITY) this.#shortenWait(p)
    const config = this.#groups.state.groups[p.group] as GroupRecord | undefined
    if (config === undefined || !isAssigned(config))
      return this.#retryLater(p, new CobnutError('UNAVAILABLE', 'the partition has no owner yet'))
    if (config.status === 'lost') return this.#fail(p, this.#abandoned(p, 'PARTITION_LOST'))
    if (config.status === 'unavailable') return this.#retryLater(p, new CobnutError('UNAVAILABLE', undefined, { group: p.group }))
    p.asked = config.primary
    if (config.primary === this.#self) this.#askHere(p, attempt)
    else this.#askThere(p, config)
  }

  #invocation(p: Pending): InvocationId | null {
    if (p.invocation === null) return null
    const { session, number } = p.invocation
    return { session, number, ...this.#unanswered.answered(p.group, number) }
  }

  #askHere(p: Pending, attempt: number): void {
    if (!isWalk(p.request.op)) this.#perform(p, attempt)
    else
      this.#groups.walks.add(() => {
        if (this.#isPending(p) && p.attempt === attempt) this.#perform(p, attempt)
      })
  }

  #perform(p: Pending, attempt: number): void {
    const replica = this.#groups.get(p.group)
    if (replica === undefined) return this.#retryLater(p, new CobnutError('WRONG_OWNER'))
    p.sent = true
    replica.execute(p.request, this.#invocation(p), (error, result, seq, commit) => {
      if (!this.#isPending(p)) return
      if (error === null) this.#succeed(p, result, p.onDurable || p.seen ? reportOf(replica, seq, commit) : null)
      else if (p.attempt === attempt) this.#onError(p, error)
    })
  }

  #askThere(p: Pending, { primary: to, epoch }: GroupRecord): void {
    this.#calls = (this.#calls + 1) >>> 0
    p.callId = this.#calls
    writeRequest(this.#scratch, p.request)
    const report = (p.onDurable !== undefined && p.invocation !== null) || p.seen !== undefined
    const request = this.#scratch.take()
    if (isTooLarge(request.length)) return this.#fail(p, new CobnutError('TOO_LARGE', `${request.length} bytes in one call`))
    const call = { id: p.callId, group: p.group, epoch, invocation: this.#invocation(p), report, request }
    if (!this.#links.send(to, 'call', call)) return this.#retryLater(p, new CobnutError('LINK_CLOSED', undefined, { member: to }))
    p.sent = true
    this.#byCall.set(p.callId, p)
  }

  /** What a call has waited already it does not wait again. */
  #shortenWait(p: Pending): void {
    const { caller } = p.request
    const waitMs = Math.max(0, p.waitsUntilMs - this.#clock.monotonicMs())
    if (caller !== undefined) p.request = { ...p.request, caller: { ...caller, waitMs } }
  }

  #onError(p: Pending, error: CobnutError): void {
    if (error.retry) this.#retryLater(p, error)
    // an attempt before may have been done, and seen, by an owner that is lost with what it remembered
    else if (error.code === 'PARTITION_LOST' && p.attempt > 1) this.#fail(p, this.#abandoned(p, error.code))
    else this.#fail(p, error)
  }

  #retryLater(p: Pending, error: CobnutError): void {
    p.lastError = error
    p.asked = null
    p.retryAtMs = this.#clock.monotonicMs() + Math.min(retryFirstMs * 2 ** Math.min(p.attempt, 10), retryMaxMs)
    this.#retrying.add(p)
  }

  #succeed(p: Pending, result: Result, report: Report | null): void {
    this.#settle(p)
    if (report !== null) p.seen?.saw(p.group, report.commit)
    const fail = (cause: unknown): void =>
      p.reject(new CobnutError('USER_CODE', 'onDurable threw; the write has happened', { cause, outcome: 'applied' }))
    try {
      const told = report !== null && report.seq > 0 ? p.onDurable?.(this.#durability(p.group, report)) : undefined
      if (told instanceof Promise) told.then(() => p.resolve(result), fail)
      else p.resolve(result)
    } catch (cause) {
      fail(cause)
    }
  }

  #durability(group: GroupId, { epoch, seq, members }: Report): Durability {
    const { state } = this.#groups
    const copiesConfigured = 1 + classOf(state, group).backupCount
    const mode = state.settings.fork === null ? 'strict' : 'fork'
    const partitionId = group % state.settings.partitionCount
    return { partitionId, members, mode, copies: members.length, copiesConfigured, epoch, seq }
  }

  #fail(p: Pending, error: CobnutError): void {
    if (!this.#isPending(p)) return
    this.#settle(p)
    p.reject(error)
  }

  #settle(p: Pending, goesOn = false): void {
    this.#pending.delete(p.id)
    this.#retrying.delete(p)
    this.#byCall.delete(p.callId)
    if (p.invocation !== null && !goesOn) this.#unanswered.delete(p.group, p.invocation.number)
    if (p.onAbort) p.signal?.removeEventListener('abort', p.onAbort)
  }

  /** Nobody waits any longer. */
  #abandon(p: Pending, code: ErrorCode, details: Record<string, unknown> = {}): void {
    if (!this.#isPending(p)) return
    if (p.onOrphan === undefined || p.invocation === null || !p.sent) {
      this.#fail(p, this.#abandoned(p, code, details))
      return
    }
    this.#settle(p, true)
    p.reject(this.#abandoned(p, code, { ...details, outcome: 'not-applied' }))
    const taken: Pending = {
      ...p,
      id: ++this.#ids,
      request: { ...p.request, op: opCode.giveUp, value: null, caller: undefined },
      waitsUntilMs: Number.POSITIVE_INFINITY,
      deadlineMs: Number.POSITIVE_INFINITY,
      resolve: p.onOrphan,
      // the epoch, the partition or this member is gone, and what it waited for with it
      reject: () => {},
      signal: undefined,
      onAbort: undefined,
      onOrphan: undefined,
      attempt: 0,
    }
    this.#pending.set(taken.id, taken)
    this.#attempt(taken)
  }

  /** What is known of a write decides whether doing it again could double it. */
  #abandoned(p: Pending, code: ErrorCode, details: Record<string, unknown> = {}): CobnutError {
    const outcome: Outcome = p.invocation === null || !p.sent ? 'not-applied' : 'unknown'
    const because = p.lastError === null ? '' : `; last: ${p.lastError.code}, ${p.lastError.message}`
    return new CobnutError(code, `${errorTable[code].text}${because}`, { outcome, ...details, group: p.group })
  }

  #tick(): void {
    if (this.#pending.size === 0) return
    const now = this.#clock.monotonicMs()
    for (const p of this.#retrying) if (p.retryAtMs <= now) this.#attempt(p)
    const due: Pending[] = []
    for (const p of this.#pending.values()) if (p.deadlineMs <= now) due.push(p)
    for (const p of due) {
      const unreachable = p.lastError?.code === 'UNAVAILABLE' || p.lastError?.code === 'NOT_ENOUGH_COPIES'
      const isOpen = p.invocation !== null && p.sent && p.onOrphan === undefined
      this.#abandon(p, isOpen ? 'INDETERMINATE' : unreachable ? 'UNAVAILABLE' : 'TIMEOUT')
    }
  }

  /** The cluster state changed: what waits for an owner, or asked somebody who is none any more, is asked anew. */
  onStateChange(): void {
    const { groups } = this.#groups.state
    this.#renewSession()
    if (this.#pending.size === 0) return
    for (const p of this.#inOrder(this.#pending)) {
      if (p.asked === null || groups[p.group]?.primary !== p.asked) this.#attempt(p)
    }
  }

  /** Removed and taken in again: what owners remembered of the old session is gone, so its writes cannot be asked for again. */
  #renewSession(): void {
    const here = this.#groups.state.members.find(m => m.id === this.#self)
    const session = here === undefined ? this.#session : sessionOf(here)
    if (session === this.#session) return
    this.#session = session
    for (const p of this.#inOrder(this.#pending)) {
      if (p.invocation === null) continue
      if (p.sent) this.#fail(p, this.#abandoned(p, 'INDETERMINATE'))
      else p.invocation.session = session
    }
  }

  onLinkUp(member: MemberId): void {
    this.#links.send(member, 'askAgain', { member: this.#self })
    const { groups } = this.#groups.state
    for (const p of [...this.#retrying]) if (groups[p.group]?.primary === member) this.#attempt(p)
  }

  onLinkDown(member: MemberId): void {
    for (const p of this.#inOrder(this.#byCall)) {
      if (p.asked !== member) continue
      this.#byCall.delete(p.callId)
      this.#retryLater(p, new CobnutError('LINK_CLOSED', undefined, { member }))
    }
  }

  // --- messages

  /** Its answers come on a link of its own: while that was down they went nowhere, and only it knows when it is up. */
  onAskAgain(from: MemberId): void {
    for (const p of this.#inOrder(this.#byCall)) if (p.asked === from) this.#attempt(p)
  }

  onAnswer(m: MemberMessage<'answer'>): void {
    const p = this.#byCall.get(m.id)
    if (p !== undefined) this.#succeed(p, readResult(new Reader(m.result)), m.report)
  }

  onFailure(m: MemberMessage<'failure'>): void {
    const p = this.#byCall.get(m.id)
    if (p === undefined) return
    const code = m.code in errorTable ? (m.code as ErrorCode) : 'UNSUPPORTED'
    const cause = m.cause === null ? {} : { cause: Object.assign(new Error(m.cause.message), { name: m.cause.name }) }
    this.#onError(p, new CobnutError(code, m.message, { outcome: m.outcome as Outcome, ...cause }))
  }

  close(error: CobnutError): void {
    this.#closed = error
    this.#timer.cancel()
    for (const p of this.#inOrder(this.#pending)) this.#fail(p, this.#abandoned(p, error.code))
  }
}

/** Infinity where the caller says nothing of it. */
function waitMsOf({ caller }: MapRequest): number {
  return caller === undefined || caller.waitMs < 0 ? Number.POSITIVE_INFINITY : caller.waitMs
}

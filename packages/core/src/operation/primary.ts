/**
 * What a member does as the primary of a group during one epoch. Made when the epoch starts, thrown away when it ends.
 *
 * A record is committed when *every* member that is in sync, and the one whose addition is under way, has logged it
 * (rule R3), and there are as many copies as the configuration asks for. Acknowledgements are counted by who sent them.
 * A slow copy is removed by a committed change of the cluster state first; nothing succeeds because time has passed.
 */

import { CobnutError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import { Reader } from '../codec/reader.js'
import type { GroupRecord } from '../control/cluster-state.js'
import type { Copy, Respond } from './copy.js'
import { Feed } from './feed.js'
import type { Execution } from './group-data.js'
import { type Call, type Obstacle, Parking } from './parking.js'
import { ReadConfirmation, readWaitMaxMs } from './read-confirmation.js'
import { type InvocationId, makeBarrier, makeRecord } from './record.js'
import { freesLocks, type MapRequest, opCode, ownRequest, type Result, readResult, resultBytes } from './request.js'
import { type Waiter, Waiters } from './waiters.js'

/** Records that may wait for their commit in one group. Beyond: OVERLOADED, which callers retry. */
const tailRecordsMax = 20_000
/** A proposal without a visible effect is made again after so long. */
const proposeAgainMs = 300
const handOverLimitMs = 5_000
/** Whoever waits for a commit is looked through so often, while there is none: there may be many. */
const lookAgainMs = 500

interface Addition {
  readonly member: MemberId
  readonly version: number
  readonly mark: number
}

export class Primary {
  readonly epoch: number
  readonly #replica: Copy
  #config: GroupRecord
  readonly feed: Feed
  /** Counted like an in-sync member from before its proposal on, until the proposal is decided (rule R6). */
  #addition: Addition | null = null
  /** What `#required` found, and for which configuration and addition. */
  #requiredNow: readonly MemberId[] = []
  #requiredFor: GroupRecord | null = null
  #requiredAdding: Addition | null = null
  readonly #barrier: number
  readonly #waiters = new Waiters()
  readonly #reads: ReadConfirmation
  /** Calls that wait for somebody else's lock. */
  readonly #parking = new Parking({
    perform: call => this.#perform(call),
    giveUp: (call, lock) => this.#refuseLocked(call, lock),
  })
  #proposedAtMs = Number.NEGATIVE_INFINITY
  /** When a record was committed last, or this epoch began. */
  #movedAtMs: number
  #lookedAtMs = Number.NEGATIVE_INFINITY
  #handOverSinceMs = 0
  /** The hand-over is proposed, and this may be the owner no more. */
  #stopped = false

  constructor(replica: Copy, config: GroupRecord) {
    this.#replica = replica
    this.#config = config
    this.epoch = config.epoch
    this.#movedAtMs = replica.host.nowMs()
    this.#reads = new ReadConfirmation(replica, () => this.#required())
    this.feed = new Feed(replica)
    this.feed.follow()
    const barrier = makeBarrier(this.epoch, replica.log.lastSeq + 1)
    replica.log.append(barrier)
    this.#barrier = barrier.seq
  }

  /** The configuration changed within the epoch. */
  adopt(config: GroupRecord, before: GroupRecord): void {
    this.#config = config
    if (config.version !== before.version) {
      // a proposal that rests on an older version can no longer be accepted: the addition is decided, one way or the other
      this.#addition = null
      this.#proposedAtMs = Number.NEGATIVE_INFINITY
      this.#stopped = false
      this.#reads.restart()
    }
    if (config.handOver !== null && before.handOver === null) this.#handOverSinceMs = this.#replica.host.nowMs()
    if (config.version !== before.version) this.feed.follow()
  }

  /** Members other than this one that must have logged a record before it counts. */
  #required(): readonly MemberId[] {
    if (this.#requiredFor !== this.#config || this.#requiredAdding !== this.#addition) {
      const { self } = this.#replica.host
      const required = this.#config.inSync.filter(id => id !== self)
      if (this.#addition !== null && !required.includes(this.#addition.member)) required.push(this.#addition.member)
      this.#requiredNow = required
      this.#requiredFor = this.#config
      this.#requiredAdding = this.#addition
    }
    return this.#requiredNow
  }

  execute(request: MapRequest, invocation: InvocationId | null, respond: Respond): void {
    const { log, once, host } = this.#replica
    if (this.#stopped || (invocation !== null && this.#isHandingOver)) {
      respond(new CobnutError('GROUP_MOVING'), null, 0, 0)
      return
    }
    if (invocation !== null) {
      const before = once.find(invocation)
      if (before === 'forgotten') {
        respond(new CobnutError('SESSION_EXPIRED'), null, 0, 0)
        return
      }
      if (before !== 'new') {
        this.#answerWhenCommitted(before.seq, readResult(new Reader(before.result)), false, respond)
        return
      }
      if (request.op === opCode.giveUp) this.#parking.remove(invocation)
      else if (this.#parking.takeOver(invocation, respond)) return
    }
    if (log.lastSeq - this.#replica.commit > tailRecordsMax) {
      respond(new CobnutError('OVERLOADED', 'too many writes of this partition wait for their copies'), null, 0, 0)
      return
    }
    if (invocation === null && this.#replica.commit < this.#barrier) {
      // The tail holds what earlier epochs acknowledged: read now, the size of a map, or a query, would not show it.
      const kept = ownRequest(request)
      this.#answerWhenCommitted(this.#barrier, null, false, error =>
        error === null ? this.execute(kept, null, respond) : respond(error, null, 0, 0),
      )
      return
    }
    const call = { request, invocation, respond }
    const lock = this.#perform(call)
    if (lock === null) {
      if (freesLocks(request.op)) this.#parking.wake(request)
      return
    }
    const { waitMs = -1 } = request.caller ?? {}
    if (waitMs === 0) this.#refuseLocked(call, lock)
    else if (this.#parking.isFull)
      respond(new CobnutError('OVERLOADED', 'too many calls of this partition wait for locks'), null, 0, 0)
    else {
      this.#parking.park(call, lock, host.nowMs() + (waitMs < 0 ? host.lockWaitMs : waitMs))
      // so that its ticks come, which end the waiting
      this.#replica.wake()
    }
  }

  /** @returns the lock that the call has to wait for; null = it is answered, or will be when its effects are committed. */
  #perform({ request, invocation, respond }: Call): Obstacle | null {
    let done: Execution
    try {
      done = this.#replica.data.execute(request, this.#replica.host.wallMs())
    } catch (error) {
      if (!(error instanceof CobnutError)) throw error
      respond(error, null, 0, 0)
      return null
    }
    if (done.lockedBy !== null) return { ...done.lockedBy, seq: done.dependsOn }
    // taken back: what comes late under this id finds that it is over
    const effects = request.op === opCode.giveUp ? NOTHING : done.effects
    if (effects === null) {
      const { error } = done
      const answer: Respond = error === null ? respond : lost => respond(lost ?? error, null, 0, 0)
      this.#answerWhenCommitted(Math.max(done.dependsOn, this.#barrier), done.result, true, answer)
      return null
    }
    // a read that is an access as well
    if (this.#isHandingOver) {
      respond(new CobnutError('GROUP_MOVING'), null, 0, 0)
      return null
    }
    const seq = this.#append(invocation, invocation === null ? NOTHING : resultBytes(done.result), effects)
    this.#answerWhenCommitted(seq, done.result, false, respond)
    return null
  }

  /**
   * Somebody has the key locked, and the call waits no longer. That says something of the lock, so that it is told as a read is: an
   * owner that is cut off does not know that the lock is free elsewhere, and a lock that is under way may still be lost.
   */
  #refuseLocked({ request, respond }: Call, { seq }: Obstacle): void {
    const answer: Respond = request.op === opCode.lock ? respond : lost => respond(lost ?? new CobnutError('LOCKED'), null, 0, 0)
    this.#answerWhenCommitted(Math.max(seq, this.#barrier), null, true, answer)
  }

  /**
   * What waits for a lock goes with the session that it was asked in:
   *
   *   1. Member M asks for a lock on behalf of its client C, and waits; M stands still, is removed and taken in again.
   *   2. M has told C that nobody knows. The holder unlocks.
   *   3. Granted now, the lock would be C's, who is there, and does not know of it.
   */
  forgetSessions(hasEnded: (session: string) => boolean): void {
    this.#parking.forgetSessions(hasEnded)
  }

  /**
   * Tells how far the commits are, no earlier than now; not at all when this member turns out to be the owner no more, or may be none
   * without having heard of it, though under a lease:
   *
   *   1. This member has asked that ownership goes to another one. It is so decided, and the new owner acknowledges writes.
   *   2. A copy that has not heard of it either asks here, how far the commits are.
   */
  tellCommit(tell: (commit: number) => void): void {
    if (this.#config.handOver !== null) return
    this.#answerWhenCommitted(this.#barrier, null, true, (error, _result, _seq, commit) => {
      if (error === null) tell(commit)
    })
  }

  #append(invocation: InvocationId | null, result: Uint8Array, effects: Uint8Array): number {
    const { log, data, once, host } = this.#replica
    const record = makeRecord(this.epoch, log.lastSeq + 1, invocation, result, effects, host.scratch)
    log.append(record)
    once.add(record)
    data.stage(record)
    this.#replica.wake()
    return record.seq
  }

  #answerWhenCommitted(seq: number, result: Result, read: boolean, respond: Respond): void {
    const { commit, host } = this.#replica
    if (seq <= commit) this.#answer({ respond, result, read }, seq)
    else this.#waiters.add(seq, { respond, result, read, sinceMs: host.nowMs() })
  }

  #answer({ respond, result, read }: Omit<Waiter, 'sinceMs'>, seq: number): void {
    if (read) this.#reads.answer(respond, result)
    else respond(null, result, seq, this.#replica.commit)
  }

  /**
   * While nothing is committed, reads of what is not wait no longer than those that are not confirmed. Writes are in the log, and
   * wait for it. Where commits are merely slow a read that asked again would find itself behind still later records.
   */
  #letReadsGo(nowMs: number): void {
    if (nowMs - this.#movedAtMs < readWaitMaxMs || nowMs - this.#lookedAtMs < lookAgainMs) return
    this.#lookedAtMs = nowMs
    const error = new CobnutError('WRONG_OWNER', 'this member could not commit what was read')
    for (const { respond } of this.#waiters.takeReads(nowMs - readWaitMaxMs)) respond(error, null, 0, 0)
  }

  /** Removes what is past its time, as records of its own. */
  sweep(max: number): void {
    if (this.#isHandingOver || this.#replica.commit < this.#barrier) return
    const effects = this.#replica.data.sweep(this.#replica.host.wallMs(), max)
    if (effects !== null) this.#append(null, NOTHING, effects)
    this.#parking.wakeAll()
  }

  /** Sends what is new, commits what can be, proposes what is due. Called at the end of a turn in which something happened. */
  drive(): void {
    this.#advance()
    this.feed.send()
    this.#grow()
    this.#admitAsyncs()
    this.#handOver()
  }

  #advance(): void {
    const { log, host, group } = this.#replica
    let seq = log.lastSeq
    const required = this.#required()
    for (const id of required) seq = Math.min(seq, this.feed.acked(id))
    // records of earlier epochs count only together with the barrier of this one (rule R2)
    if (seq <= this.#replica.commit || seq < this.#barrier) return
    if (this.#config.inSync.length - 1 < host.backupsRequired(group)) return
    // alone, nobody could have fenced this member: only its lease says that the group is still its own
    if (required.length === 0 && !host.hasLease()) return
    this.#commitTo(seq)
  }

  #commitTo(target: number): void {
    const replica = this.#replica
    while (replica.commit < target) {
      replica.commit++
      replica.data.commit(replica.log.at(replica.commit), true)
      for (const waiter of this.#waiters.take(replica.commit)) this.#answer(waiter, replica.commit)
    }
    this.#movedAtMs = replica.host.nowMs()
    replica.log.settle(replica.commit)
    this.feed.trim()
  }

  onConfirmed(from: MemberId, round: number): void {
    this.#reads.onConfirmed(from, round)
  }

  /**
   * Adds the learner when it is near: counted first, proposed only when it has all that was there then (rule R6). From then on writers
   * wait until it has what it lacks, once, and it cannot fall behind again.
   */
  #grow(): void {
    const { learner } = this.#config
    if (learner === null || this.#config.handOver !== null) return
    const { log, host, group } = this.#replica
    if (this.#addition === null) {
      if (!this.feed.isNear(learner)) return
      this.#addition = { member: learner, version: this.#config.version, mark: log.lastSeq }
    }
    if (!this.feed.isReady(learner) || this.feed.acked(learner) < this.#addition.mark || !this.#mayPropose()) return
    host.propose({ type: 'expand', member: learner, group, epoch: this.epoch, version: this.#addition.version })
  }

  /** Says of the asynchronous copies that are being filled which one has what was there. Nobody waits for these. */
  #admitAsyncs(): void {
    const { filling, inSync, handOver, version } = this.#config
    if (handOver !== null) return
    const member = filling.find(id => !inSync.includes(id) && this.feed.isFilled(id))
    if (member === undefined || !this.#mayPropose()) return
    const { host, group } = this.#replica
    host.propose({ type: 'admitAsync', member, group, epoch: this.epoch, version })
  }

  #mayPropose(): boolean {
    const now = this.#replica.host.nowMs()
    if (now - this.#proposedAtMs < proposeAgainMs) return false
    this.#proposedAtMs = now
    return true
  }

  get #isHandingOver(): boolean {
    return this.#config.handOver !== null
  }

  /**
   * Nothing is logged from the moment the hand-over is asked for; when the rest is committed, ownership goes. What only reads is
   * answered until then, however slow the other one is, and refused from before the proposal on: the next owner may acknowledge
   * writes before this member hears of it.
   */
  #handOver(): void {
    const to = this.#config.handOver
    if (to === null) return
    const { log, commit, host, group } = this.#replica
    const rests = { group, epoch: this.epoch, version: this.#config.version }
    if (commit === log.lastSeq && this.#config.inSync.includes(to) && !this.#config.barred.includes(to)) {
      if (!this.#stopped) {
        this.#stopped = true
        this.#reads.fail(new CobnutError('GROUP_MOVING'))
      }
      if (this.#mayPropose()) host.propose({ type: 'transfer', member: to, ...rests })
    } else if (host.nowMs() - this.#handOverSinceMs > handOverLimitMs && this.#mayPropose()) {
      host.propose({ type: 'handOver', member: null, ...rests })
    }
  }

  tick(): void {
    const { host } = this.#replica
    const now = host.nowMs()
    for (const id of this.feed.slow(now)) this.#dropSlow(id)
    this.feed.tick(now)
    if (this.#addition !== null && !this.feed.isMoving(this.#addition.member, now)) this.#dropSlow(this.#addition.member)
    this.#reads.tick(now)
    this.#letReadsGo(now)
    if (this.#config.handOver === null) this.#parking.tick(now, host.wallMs())
    this.drive()
  }

  /** Asks for the removal. Until it is committed the copy counts, and whoever waits goes on waiting. */
  #dropSlow(member: MemberId): void {
    const { host, group } = this.#replica
    if (this.#config.barred.includes(member) || this.#isNeeded(member) || !this.#mayPropose()) return
    const bar = this.#config.inSync.includes(member) && host.readsBackups(group)
    host.propose({ type: bar ? 'bar' : 'shrink', member, group, epoch: this.epoch, version: this.#config.version })
  }

  /**
   * Without it there would be too few copies to acknowledge anything, so that its removal would help nobody, and could
   * cost everything:
   *
   *   1. This member is cut off for a moment, and takes the slow backup B out: nothing is acknowledged, two are needed.
   *   2. It dies before B is in again. B has all that was ever acknowledged, but is no longer known to have it.
   *
   * One that is being added and is behind a slow link would be begun anew again and again. One that the log cannot help any more has
   * to leave all the same, to be given a snapshot.
   */
  #isNeeded(member: MemberId): boolean {
    const { host, group } = this.#replica
    if (this.feed.lacksLog(member)) return false
    const others = this.#config.inSync.filter(id => id !== host.self && id !== member)
    return others.length < host.backupsRequired(group)
  }

  /** Something is outstanding, so that `tick` has work. */
  get busy(): boolean {
    const { learner, filling, handOver } = this.#config
    if (this.#waiters.size > 0 || learner !== null || filling.length > 0 || handOver !== null) return true
    if (this.#reads.busy || this.feed.busy || this.#parking.size > 0) return true
    return this.#replica.commit < this.#replica.log.lastSeq
  }

  /** Nothing is under way in this group: every copy has everything, and is a copy that stays. */
  get isQuiet(): boolean {
    return !this.busy && this.#config.barred.length === 0
  }

  get waiting(): boolean {
    return this.#waiters.size > 0
  }

  /** The epoch is over, or the member stops: whoever waits is told, and asks the next primary with the same id. */
  stop(error: CobnutError): void {
    for (const { respond } of this.#waiters.empty()) respond(error, null, 0, 0)
    for (const { respond } of this.#parking.empty()) respond(new CobnutError(error.code, error.message, NOT_DONE), null, 0, 0)
    this.#reads.fail(error)
  }
}

const NOTHING = new Uint8Array(0)
const NOT_DONE = { outcome: 'not-applied' } as const

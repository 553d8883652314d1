/**
 * One copy of one group on this member, in whatever role the cluster state gives it. This file keeps the promises of a
 * *backup*: it logs what the primary of the newest epoch sends, in order, refuses every older epoch for ever (rule R7),
 * never cuts what is committed (R9), and applies records only when told that they are committed. What a *primary* does
 * on top of that is in `primary.ts`.
 */

import { assert, InvariantError } from '../base/assert.js'
import { CobnutError } from '../base/errors.js'
import type { GroupId, MemberId } from '../base/ids.js'
import type { GroupRecord } from '../control/cluster-state.js'
import type { Configuration, Copy, CopyHost, Respond } from './copy.js'
import { Freshness } from './freshness.js'
import type { GroupData } from './group-data.js'
import { type Position, ReplicaLog } from './log.js'
import { OnceTable } from './once.js'
import { Primary } from './primary.js'
import { type InvocationId, type LogRecord, readRecord } from './record.js'
import { isWrite, type MapRequest, type Result } from './request.js'

/** What replicas need of the member they live in. */
export interface ReplicaHost extends CopyHost {
  /** Calls `replica.drive()` at the end of this turn. */
  wake(replica: Replica): void
  /** Brings a copy that is too far behind the log up to date; one at a time for each (group, member). */
  startSnapshot(replica: Replica, to: MemberId): void
  /** Asks the owner how far the commits are. */
  sendFreshAsk(to: MemberId, group: GroupId, epoch: number, round: number): void
}

export type Role = 'primary' | 'backup' | 'learner' | 'async' | 'remembered' | 'none'

export function roleOf(group: GroupRecord, member: MemberId): Role {
  if (group.primary === member && group.inSync.includes(member)) return 'primary'
  if (group.inSync.includes(member)) return 'backup'
  if (group.learner === member) return 'learner'
  if (group.asyncs.includes(member) || group.filling.includes(member)) return 'async'
  return group.remembered.includes(member) ? 'remembered' : 'none'
}

/** An offer that got no records in return, or a word that had no effect, is repeated after so long. */
const sayAgainMs = 150

export class Replica implements Copy {
  readonly group: GroupId
  readonly host: ReplicaHost
  readonly log = new ReplicaLog()
  once = new OnceTable()
  data: GroupData
  config: GroupRecord
  /** The newest epoch seen, in the cluster state or from a primary. */
  epoch: number
  commit = 0
  /** Where it stands with whoever drives it: see `Groups`. */
  isAwake = false
  isWatched = false
  /** A snapshot was read while it changed: what it shows is one moment's state only from this commit index on. */
  #consistentFrom = 0
  #primary: Primary | null = null
  #saidAtMs = Number.NEGATIVE_INFINITY
  /** The primary has answered an offer of this configuration with records. */
  #followed = false
  /** The owner found that this copy is not like its own. */
  #distrusted = false
  readonly #freshness = new Freshness()
  /** In the epoch last heard of, the log is the primary's up to here; a tail above it may be an earlier primary's. */
  #matched = { epoch: 0, seq: 0 }

  constructor(group: GroupId, host: ReplicaHost, data: GroupData, config: GroupRecord) {
    this.group = group
    this.host = host
    this.data = data
    this.config = config
    this.epoch = config.epoch
  }

  wake(): void {
    this.host.wake(this)
  }

  startSnapshot(to: MemberId): void {
    this.host.startSnapshot(this, to)
  }

  get role(): Role {
    return roleOf(this.config, this.host.self)
  }

  get primary(): Primary | null {
    return this.#primary
  }

  /** The cluster state has a newer record of this group. */
  adopt(config: GroupRecord): void {
    const before = this.config
    this.config = config
    if (config.epoch > this.epoch) this.epoch = config.epoch
    const leads = this.role === 'primary' && config.status === 'ok' && config.epoch === this.epoch
    if (this.#primary !== null && (!leads || this.#primary.epoch !== config.epoch))
      this.#stepDown('the partition has a new owner')
    if (this.#distrusted && (this.role === 'learner' || this.role === 'async')) this.#startOver()
    if (leads) {
      if (this.#primary === null) this.#lead()
      else this.#primary.adopt(config, before)
    }
    this.#followed = false
    this.#saidAtMs = Number.NEGATIVE_INFINITY
    this.wake()
  }

  /** Of members that are off the member list, or were taken in again: their calls are asked for no more. */
  forgetSessions(hasEnded: (session: string) => boolean): void {
    this.once.forgetSessions(hasEnded)
    this.#primary?.forgetSessions(hasEnded)
  }

  /** To be filled anew from nothing, once this copy is in sync no more. Until then it is better than none. */
  distrust(): void {
    this.#distrusted = true
  }

  #startOver(): void {
    this.#distrusted = false
    this.data = this.data.empty()
    this.once = new OnceTable()
    this.log.reset({ seq: 0, epoch: 0 })
    this.commit = 0
    this.#consistentFrom = 0
    this.#matched = { epoch: 0, seq: 0 }
  }

  #lead(): void {
    if (this.#primary === null) this.data.unstageAll()
    for (let seq = this.commit + 1; seq <= this.log.lastSeq; seq++) this.data.stage(this.log.at(seq))
    this.data.promoted(this.host.wallMs())
    this.#primary = new Primary(this, this.config)
  }

  #stepDown(why: string): void {
    const primary = this.#primary
    this.#primary = null
    this.data.unstageAll()
    primary?.stop(new CobnutError('WRONG_OWNER', why, { outcome: 'unknown' }))
  }

  /** This member stops: whoever waits is told. */
  close(error: CobnutError): void {
    this.#primary?.stop(error)
    this.#primary = null
  }

  /** Somebody showed a newer epoch than this member knew: whatever it was primary of is over (rule R7). */
  fence(epoch: number): void {
    if (epoch <= this.epoch) return
    this.epoch = epoch
    if (this.#primary !== null) this.#stepDown('a newer epoch of the partition has begun')
  }

  execute(request: MapRequest, invocation: InvocationId | null, respond: Respond): void {
    if (this.#primary !== null) this.#primary.execute(request, invocation, respond)
    else if (this.config.status === 'lost') respond(new CobnutError('PARTITION_LOST'), null, 0, 0)
    else respond(new CobnutError('WRONG_OWNER'), null, 0, 0)
  }

  /**
   * A read without the primary. Undefined: this copy cannot answer, ask the primary.
   * In sync and under a lease the answer is linearizable: whatever was acknowledged is in this log, and a key with a
   * record that is not known to be committed is not answered for. Where an answer may be older any copy gives one, as soon
   * as it knows that it is not older than that.
   *
   * @param maxAgeMs 0 = latest, Infinity = as old as it is.
   * @param atLeast the caller has seen the state after this record.
   */
  readLocally(request: MapRequest, maxAgeMs: number, atLeast: number): Result | undefined {
    assert(!isWrite(request.op), 'a backup never writes by itself')
    if (this.commit < this.#consistentFrom || this.commit < atLeast) return undefined
    if (maxAgeMs === 0 ? !this.#knowsLatest() : !this.#isFresh(maxAgeMs)) return undefined
    const { error, result, effects } = this.data.execute(request, this.host.wallMs(), false)
    return error === null && effects === null ? result : undefined
  }

  #knowsLatest(): boolean {
    const { config, host } = this
    if (this.role !== 'backup' || config.status !== 'ok' || this.epoch !== config.epoch) return false
    // the tail is short: a scan over it would be cheap, but an empty tail is by far the commonest case
    return host.readsByLease() && !config.barred.includes(host.self) && this.commit === this.log.lastSeq
  }

  #isFresh(maxAgeMs: number): boolean {
    const { config, host, role } = this
    // one that was never heard of by an owner is empty, and knows nothing
    const isCopy = role === 'backup' || (role === 'async' && this.#matched.epoch > 0)
    if (!isCopy || config.status === 'lost') return false
    if (maxAgeMs === Number.POSITIVE_INFINITY) return true
    const now = host.nowMs()
    const ageMs = this.#freshness.ageMs(now, this.commit)
    const round = ageMs > maxAgeMs / 2 && config.status === 'ok' ? this.#freshness.ask(now) : null
    if (round !== null) host.sendFreshAsk(config.primary, this.group, config.epoch, round)
    return ageMs <= maxAgeMs
  }

  /** The owner says how far the commits were when it was asked. */
  onFreshSaid(round: number, commit: number): void {
    this.#freshness.onWord(round, commit, this.commit)
  }

  /** Records from the primary, that follow `previous`. */
  onRecords(from: MemberId, sent: Configuration, previous: Position, commit: number, records: readonly Uint8Array[]): void {
    const { epoch } = sent
    if (epoch < this.epoch) {
      this.host.sendStale(from, this.group, this.epoch)
      return
    }
    this.fence(epoch)
    if (sent.version === this.config.version) this.#followed = true
    const base = this.log.base.seq
    if (previous.seq >= base && !this.log.matches(previous)) {
      this.host.sendRefusal(from, this.group, epoch, this.commit)
      return
    }
    const last = previous.seq + records.length
    for (let i = 0; i < records.length; i++) {
      if (previous.seq + 1 + i > base)
        this.#log(readRecord(records[i] as Uint8Array, this.host.sessionNames), previous.seq + 1 + i)
    }
    if (this.#matched.epoch < epoch) this.#matched = { epoch, seq: last }
    else if (this.#matched.seq < last) this.#matched.seq = last
    this.#commitTo(Math.min(commit, last))
    this.host.sendAck(from, this.group, epoch, last)
  }

  #log(record: LogRecord, seq: number): void {
    if (record.seq !== seq) throw new InvariantError(`record ${record.seq} came as ${seq}`)
    if (seq <= this.log.lastSeq) {
      if (this.log.epochAt(seq) === record.epoch) return
      assert(seq > this.commit, `group ${this.group}: told to drop committed record ${seq} of ${this.commit}`)
      this.once.removeAbove(seq - 1)
      this.log.cutAfter(seq - 1)
    }
    this.log.append(record)
    this.once.add(record)
  }

  onCommit(from: MemberId, epoch: number, commit: number): void {
    if (epoch < this.epoch) this.host.sendStale(from, this.group, this.epoch)
    else if (this.#matched.epoch === epoch) this.#commitTo(Math.min(commit, this.#matched.seq))
  }

  /** A primary asks whether a later epoch is known here. True: none is, and none older than its own will be served. */
  onConfirm(from: MemberId, epoch: number): boolean {
    if (epoch < this.epoch) {
      this.host.sendStale(from, this.group, this.epoch)
      return false
    }
    this.fence(epoch)
    return true
  }

  /** Backup side of committing; the primary's is `advance`. */
  #commitTo(seq: number): void {
    while (this.commit < seq) {
      this.commit++
      this.data.commit(this.log.at(this.commit), false)
    }
    this.log.settle(this.commit)
    this.log.trim(this.commit)
  }

  /** Replaces everything by a snapshot: what is not in it is gone, so nothing removed comes back. */
  install(data: GroupData, once: OnceTable, base: Position, consistentFrom: number): void {
    assert(this.role !== 'primary' && this.role !== 'backup', 'a copy that is in sync needs no snapshot')
    this.data = data
    this.once = once
    // what came after the base comes again, with the log; what does not come never happened
    once.removeAbove(base.seq)
    this.log.reset(base)
    this.commit = base.seq
    this.#consistentFrom = consistentFrom
    this.#matched = { epoch: 0, seq: 0 }
    this.#followed = false
    this.#saidAtMs = Number.NEGATIVE_INFINITY
    this.wake()
  }

  drive(): void {
    this.#primary?.drive()
    this.#speakUp()
  }

  tick(): void {
    this.#primary?.tick()
    this.#speakUp()
  }

  get #seeksPrimary(): boolean {
    const role = this.role
    return !this.#followed && (role === 'learner' || role === 'async')
  }

  get #isBarred(): boolean {
    return this.role === 'backup' && this.config.barred.includes(this.host.self)
  }

  /** Something is outstanding, so that `tick` has work. */
  get busy(): boolean {
    return this.#seeksPrimary || this.#isBarred || (this.#primary?.busy ?? false)
  }

  /**
   * A copy that is not in sync tells the primary how far it is, until records come. One that is barred reads no more from
   * the moment it knows, and says so by asking for its removal (rule R12).
   */
  #speakUp(): void {
    const isBarred = this.#isBarred
    if (!isBarred && !this.#seeksPrimary) return
    const now = this.host.nowMs()
    if (now - this.#saidAtMs < sayAgainMs) return
    this.#saidAtMs = now
    const { group, config, commit, log } = this
    if (isBarred) {
      const { epoch, version } = config
      this.host.propose({ type: 'shrink', member: this.host.self, group, epoch, version })
    } else this.host.sendOffer(config.primary, group, config, { seq: commit, epoch: Math.max(0, log.epochAt(commit)) })
  }
}

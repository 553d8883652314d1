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
import type { Execution } from './group-data.js'
import type { Position } from './log.js'
import { newPeer, type Peer } from './peer.js'
import { ReadConfirmation } from './read-confirmation.js'
import { type InvocationId, type LogRecord, makeBarrier, makeRecord } from './record.js'
import { type MapRequest, type Result, readResult, resultBytes } from './request.js'

/** A frame of records stays below this, so that one big group does not keep others from the link. */
const frameBytesMax = 512 * 1024
const frameRecordsMax = 512
/** Records that may wait for their commit in one group. Beyond: OVERLOADED, which callers retry. */
const tailRecordsMax = 20_000
/** No more is handed to a link that has so much waiting: the copy is slow and its acknowledgements will call again. */
const backlogBytesMax = 8 * 1024 * 1024
/** Records without an answer for so long are sent again. */
const resendAfterMs = 250
/** A proposal without a visible effect is made again after so long. */
const proposeAgainMs = 300
const handOverLimitMs = 5_000

interface Waiter {
  readonly respond: Respond
  readonly result: Result
  readonly read: boolean
}

export class Primary {
  readonly epoch: number
  readonly #replica: Copy
  #config: GroupRecord
  #peers = new Map<MemberId, Peer>()
  /** Counted like an in-sync member from before its proposal on, until the proposal is decided (rule R6). */
  #addition: { readonly member: MemberId; readonly version: number; readonly mark: number } | null = null
  readonly #barrier: number
  #waiters = new Map<number, Waiter[]>()
  readonly #reads: ReadConfirmation
  #proposedAtMs = Number.NEGATIVE_INFINITY
  #handOverSinceMs = 0
  #stopped = false

  constructor(replica: Copy, config: GroupRecord) {
    this.#replica = replica
    this.#config = config
    this.epoch = config.epoch
    this.#reads = new ReadConfirmation(replica, () => this.#required())
    this.#follow(config)
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
      this.#reads.restart()
    }
    if (config.handOver !== null && before.handOver === null) this.#handOverSinceMs = this.#replica.host.nowMs()
    this.#stopped = false
    if (config.version !== before.version) this.#follow(config)
  }

  /** Keeps one peer for every member that should get records. */
  #follow(config: GroupRecord): void {
    const { host, commit } = this.#replica
    const wanted = new Set([...config.inSync, ...(config.learner === null ? [] : [config.learner]), ...config.asyncs])
    wanted.delete(host.self)
    // A copy that is not in sync may have been given up and begun anew between two configurations known here: what it
    // had before says nothing of what it has, until it says so itself.
    for (const id of this.#peers.keys()) if (!config.inSync.includes(id)) this.#peers.delete(id)
    for (const id of wanted) {
      if (this.#peers.has(id)) continue
      // whoever is in sync has every committed record: what follows this commit index can be sent at once
      const ready = config.inSync.includes(id)
      this.#peers.set(id, newPeer(id, ready, commit + 1))
    }
  }

  /** Members other than this one that must have logged a record before it counts. */
  #required(): MemberId[] {
    const { self } = this.#replica.host
    const required = this.#config.inSync.filter(id => id !== self)
    if (this.#addition !== null && !required.includes(this.#addition.member)) required.push(this.#addition.member)
    return required
  }

  execute(request: MapRequest, invocation: InvocationId | null, respond: Respond): void {
    const { data, log, once, host } = this.#replica
    if (this.#config.handOver !== null) {
      respond(new CobnutError('GROUP_MOVING'), null)
      return
    }
    if (invocation !== null) {
      const before = once.find(invocation)
      if (before === 'forgotten') {
        respond(new CobnutError('SESSION_EXPIRED'), null)
        return
      }
      if (before !== 'new') {
        this.#answerWhenCommitted(before.seq, readResult(new Reader(before.result)), false, respond)
        return
      }
    }
    if (log.lastSeq - this.#replica.commit > tailRecordsMax) {
      respond(new CobnutError('OVERLOADED', 'too many writes of this partition wait for their copies'), null)
      return
    }
    let done: Execution
    try {
      done = data.execute(request, host.wallMs())
    } catch (error) {
      if (!(error instanceof CobnutError)) throw error
      respond(error, null)
      return
    }
    if (done.effects === null) {
      this.#answerWhenCommitted(Math.max(done.dependsOn, this.#barrier), done.result, true, respond)
      return
    }
    const seq = this.#append(invocation, invocation === null ? NOTHING : resultBytes(done.result), done.effects)
    this.#answerWhenCommitted(seq, done.result, false, respond)
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
    if (seq <= this.#replica.commit) {
      this.#answer({ respond, result, read })
      return
    }
    const waiting = this.#waiters.get(seq)
    if (waiting === undefined) this.#waiters.set(seq, [{ respond, result, read }])
    else waiting.push({ respond, result, read })
  }

  #answer(waiter: Waiter): void {
    if (waiter.read) this.#reads.answer(waiter.respond, waiter.result)
    else waiter.respond(null, waiter.result)
  }

  /** Removes what is past its time, as records of its own. */
  sweep(max: number): void {
    if (this.#config.handOver !== null || this.#replica.commit < this.#barrier) return
    const effects = this.#replica.data.sweep(this.#replica.host.wallMs(), max)
    if (effects !== null) this.#append(null, NOTHING, effects)
  }

  /** Sends what is new, commits what can be, proposes what is due. Called at the end of a turn in which something happened. */
  drive(): void {
    this.#advance()
    for (const peer of this.#peers.values()) this.#send(peer)
    this.#grow()
    this.#handOver()
  }

  #send(peer: Peer): void {
    if (!peer.ready) return
    const { log, commit, host, group } = this.#replica
    while (peer.next <= log.lastSeq && host.backlogBytes(peer.id) < backlogBytesMax) {
      if (peer.next <= log.base.seq) {
        this.#fallBack(peer)
        return
      }
      const records: LogRecord[] = []
      let bytes = 0
      for (let seq = peer.next; seq <= log.lastSeq && records.length < frameRecordsMax && bytes < frameBytesMax; seq++) {
        const record = log.at(seq)
        records.push(record)
        bytes += record.bytes.length
      }
      const previous: Position = { seq: peer.next - 1, epoch: log.epochAt(peer.next - 1) }
      host.sendRecords(peer.id, group, this.#config, previous, commit, records)
      peer.next += records.length
      peer.commitSent = commit
      peer.sentAtMs = host.nowMs()
      if (peer.waitingSinceMs === Number.POSITIVE_INFINITY) peer.waitingSinceMs = peer.sentAtMs
    }
  }

  /** The log no longer has what this copy needs. */
  #fallBack(peer: Peer): void {
    peer.ready = false
    peer.acked = 0
    if (!this.#config.inSync.includes(peer.id)) this.#replica.startSnapshot(peer.id)
  }

  #advance(): void {
    const { log, host, group } = this.#replica
    let seq = log.lastSeq
    const required = this.#required()
    for (const id of required) seq = Math.min(seq, this.#peers.get(id)?.acked ?? 0)
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
      const waiting = this.#waiters.get(replica.commit)
      if (waiting === undefined) continue
      this.#waiters.delete(replica.commit)
      for (const waiter of waiting) this.#answer(waiter)
    }
    let needed = replica.commit
    for (const peer of this.#peers.values()) if (peer.ready) needed = Math.min(needed, peer.acked)
    if (this.pinned !== null) needed = Math.min(needed, this.pinned)
    replica.log.trim(needed)
    // backups learn of the commit with the next records, or on the next tick
  }

  /** Set by a running snapshot: records above this have to stay in the log. */
  pinned: number | null = null

  onAck(from: MemberId, seq: number): void {
    const peer = this.#peers.get(from)
    if (peer === undefined || !peer.ready) return
    if (seq > peer.acked) {
      peer.acked = Math.min(seq, this.#replica.log.lastSeq)
      peer.waitingSinceMs = peer.acked + 1 < peer.next ? this.#replica.host.nowMs() : Number.POSITIVE_INFINITY
    }
    this.#replica.wake()
  }

  /** The copy has less than what was sent builds on. */
  onRefusal(from: MemberId, have: number): void {
    const peer = this.#peers.get(from)
    if (peer === undefined || !peer.ready) return
    const { log } = this.#replica
    if (have < log.base.seq || have > log.lastSeq) this.#fallBack(peer)
    else peer.next = Math.min(peer.next, have + 1)
    this.#replica.wake()
  }

  /** A copy that is not in sync says how far it is. */
  onOffer(from: MemberId, version: number, at: Position): void {
    const peer = this.#peers.get(from)
    // of another version: one of the two has not heard yet, and the offer will be repeated
    if (peer === undefined || version !== this.#config.version || this.#config.inSync.includes(from)) return
    if (this.#replica.log.matches(at)) {
      peer.acked = at.seq
      peer.next = at.seq + 1
      peer.ready = true
      peer.waitingSinceMs = Number.POSITIVE_INFINITY
      this.#announce(peer)
    } else this.#fallBack(peer)
    this.#replica.wake()
  }

  /** An empty frame: tells a copy that has everything that it is heard, and how far the commit is. */
  #announce(peer: Peer): void {
    const { log, commit, host, group } = this.#replica
    if (peer.next <= log.lastSeq) return
    const previous = { seq: peer.next - 1, epoch: log.epochAt(peer.next - 1) }
    host.sendRecords(peer.id, group, this.#config, previous, commit, [])
    peer.commitSent = commit
  }

  onConfirmed(from: MemberId, round: number): void {
    this.#reads.onConfirmed(from, round)
  }

  /** What was sent to this member may be lost: its link broke. */
  onLinkUp(member: MemberId): void {
    const peer = this.#peers.get(member)
    if (peer === undefined || !peer.ready) return
    this.#rewind(peer)
    this.#replica.wake()
  }

  #rewind(peer: Peer): void {
    const { log, commit } = this.#replica
    const from = peer.acked > 0 ? peer.acked : commit
    peer.next = Math.max(Math.min(peer.next, from + 1), Math.min(log.base.seq + 1, peer.next))
  }

  /** Adds the learner when it is near: counted first, proposed only when it has all that was there then (rule R6). */
  #grow(): void {
    const { learner } = this.#config
    if (learner === null || this.#config.handOver !== null) return
    const peer = this.#peers.get(learner)
    const { log, host, group } = this.#replica
    if (peer === undefined || !peer.ready) return
    if (this.#addition === null) {
      if (peer.acked + 16 < log.lastSeq) return
      this.#addition = { member: learner, version: this.#config.version, mark: log.lastSeq }
    }
    if (peer.acked < this.#addition.mark || !this.#mayPropose()) return
    host.propose({ type: 'expand', member: learner, group, epoch: this.epoch, version: this.#addition.version })
  }

  #mayPropose(): boolean {
    const now = this.#replica.host.nowMs()
    if (now - this.#proposedAtMs < proposeAgainMs) return false
    this.#proposedAtMs = now
    return true
  }

  /** New work is refused from the moment the hand-over is asked for; when the rest is committed, ownership goes. */
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
    for (const peer of this.#peers.values()) {
      const waitedMs = now - peer.waitingSinceMs
      if (waitedMs > host.backupAckTimeoutMs && this.#config.inSync.includes(peer.id)) this.#dropSlow(peer.id)
      if (waitedMs > resendAfterMs && now - peer.sentAtMs > resendAfterMs && peer.ready) this.#rewind(peer)
      if (peer.ready && peer.commitSent < this.#replica.commit && peer.next > this.#replica.log.lastSeq) {
        host.sendCommit(peer.id, this.#replica.group, this.epoch, this.#replica.commit)
        peer.commitSent = this.#replica.commit
      }
    }
    if (this.#addition !== null && !this.#peerIsMoving(this.#addition.member, now)) this.#dropSlow(this.#addition.member)
    this.#reads.tick(now)
    this.drive()
  }

  #peerIsMoving(id: MemberId, now: number): boolean {
    const peer = this.#peers.get(id)
    return peer !== undefined && now - peer.waitingSinceMs <= this.#replica.host.backupAckTimeoutMs
  }

  /** Asks for the removal. Until it is committed the copy counts, and whoever waits goes on waiting. */
  #dropSlow(member: MemberId): void {
    const { host, group } = this.#replica
    if (this.#config.barred.includes(member) || !this.#mayPropose()) return
    const bar = this.#config.inSync.includes(member) && host.readsBackups(group)
    host.propose({ type: bar ? 'bar' : 'shrink', member, group, epoch: this.epoch, version: this.#config.version })
  }

  /** Something is outstanding, so that `tick` has work. */
  get busy(): boolean {
    if (this.#waiters.size > 0 || this.#config.learner !== null || this.#config.handOver !== null || this.#reads.busy) return true
    for (const peer of this.#peers.values()) {
      if (peer.acked < this.#replica.log.lastSeq || peer.commitSent < this.#replica.commit) return true
    }
    return this.#replica.commit < this.#replica.log.lastSeq
  }

  get waiting(): boolean {
    return this.#waiters.size > 0
  }

  /** The epoch is over, or the member stops: whoever waits is told, and asks the next primary with the same id. */
  stop(error: CobnutError): void {
    const waiters = this.#waiters
    this.#waiters = new Map()
    for (const list of waiters.values()) for (const waiter of list) waiter.respond(error, null)
    this.#reads.fail(error)
  }
}

const NOTHING = new Uint8Array(0)

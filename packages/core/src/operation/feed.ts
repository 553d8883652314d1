/**
 * Sends the log of a group from its primary to the other copies, and keeps account of how far each has it. What is lost
 * with a link is sent again; what is only slow is not, for that would make it slower.
 */

import type { MemberId } from '../base/ids.js'
import type { Copy } from './copy.js'
import type { Position } from './log.js'
import { newPeer, type Peer, pacedBytesAfter, roomBytesMin } from './peer.js'

/** A frame of records stays below this, so that one big group does not keep others from the link. */
const frameBytesMax = 512 * 1024
const frameRecordsMax = 512
/** No more is handed to a link that has so much waiting: the copy is slow and its acknowledgements will call again. */
const backlogBytesMax = 8 * 1024 * 1024
/** What a copy that is to be added may lack to be near. */
const nearRecords = 256
/** Records without an answer for so long after they have left are sent again. */
const resendAfterMs = 250

export class Feed {
  readonly #copy: Copy
  #peers = new Map<MemberId, Peer>()
  /** Set by a running snapshot: records above this have to stay in the log. */
  pinned: number | null = null

  constructor(copy: Copy) {
    this.#copy = copy
  }

  /** Keeps one peer for every member that should get records. */
  follow(): void {
    const { host, commit, config } = this.#copy
    const { inSync, learner, asyncs, filling } = config
    const wanted = new Set([...inSync, ...(learner === null ? [] : [learner]), ...asyncs, ...filling])
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

  /** Copies that have told how far they are may be behind; the others are not there yet. */
  isReady(id: MemberId): boolean {
    return this.#peers.get(id)?.ready ?? false
  }

  /** How far a copy has the log, in this epoch. */
  acked(id: MemberId): number {
    return this.#peers.get(id)?.acked ?? 0
  }

  /** It lacks little more than what is under way. */
  isNear(id: MemberId): boolean {
    return this.isReady(id) && this.acked(id) + nearRecords >= this.#copy.log.lastSeq
  }

  /**
   * It has what was there when it said first how far it is. What came since is not asked for: writers wait for no asynchronous
   * copy, so that one behind a slow link would never be filled, and a filled one may fall behind as well.
   */
  isFilled(id: MemberId): boolean {
    const peer = this.#peers.get(id)
    return peer?.ready === true && peer.acked >= peer.fillMark
  }

  lacksLog(id: MemberId): boolean {
    return this.#peers.get(id)?.lacksLog ?? false
  }

  /** A snapshot is of use to this copy: it has not been found in the log meanwhile. */
  needsSnapshot(id: MemberId): boolean {
    const peer = this.#peers.get(id)
    return peer !== undefined && !peer.ready
  }

  /** It answers what it is sent within the time that copies have for it. */
  isMoving(id: MemberId, now: number): boolean {
    const peer = this.#peers.get(id)
    return peer !== undefined && now - peer.waitingSinceMs <= this.#copy.host.backupAckTimeoutMs
  }

  /** Copies in sync that have not answered for too long, or that the log cannot help: nothing is sent to these any more. */
  slow(now: number): MemberId[] {
    return this.#copy.config.inSync.filter(id => this.#peers.has(id) && (this.lacksLog(id) || !this.isMoving(id, now)))
  }

  /** Sends what is new: records, which tell the commit as well, or else the commit alone. */
  send(): void {
    for (const peer of this.#peers.values()) this.#send(peer)
  }

  #send(peer: Peer): void {
    if (!peer.ready) return
    const { log, commit, host, group, config } = this.#copy
    const isPaced = !config.inSync.includes(peer.id)
    const bytesMax = isPaced ? Math.min(peer.pacedBytes, frameBytesMax) : frameBytesMax
    while (peer.next <= log.lastSeq && host.backlogBytes(peer.id) < backlogBytesMax) {
      // one frame at a time, of what has gathered while the one before was answered
      if (isPaced && peer.acked + 1 < peer.next) return
      if (peer.next <= log.base.seq) {
        this.#fallBack(peer)
        return
      }
      const records: Uint8Array[] = []
      let bytes = 0
      for (let seq = peer.next; seq <= log.lastSeq && records.length < frameRecordsMax && bytes < bytesMax; seq++) {
        const record = log.bytesAt(seq)
        records.push(record)
        bytes += record.length
      }
      const previous: Position = { seq: peer.next - 1, epoch: log.epochAt(peer.next - 1) }
      host.sendRecords(peer.id, group, config, previous, commit, records)
      peer.next += records.length
      peer.framedBytes = bytes
      peer.commitSent = commit
      peer.sentAtMs = host.nowMs()
      peer.sentUpToBytes = host.sentBytes(peer.id)
      if (peer.waitingSinceMs === Number.POSITIVE_INFINITY) peer.waitingSinceMs = peer.sentAtMs
    }
    // until it knows, a backup has to keep what it has logged as it came
    if (peer.commitSent < commit && peer.next > log.lastSeq) {
      host.sendCommit(peer.id, group, config.epoch, commit)
      peer.commitSent = commit
    }
  }

  /** The log no longer has what this copy needs. */
  #fallBack(peer: Peer): void {
    peer.ready = false
    peer.lacksLog = true
    peer.acked = 0
    if (!this.#copy.config.inSync.includes(peer.id)) this.#copy.startSnapshot(peer.id)
  }

  onAck(from: MemberId, seq: number): void {
    const peer = this.#peers.get(from)
    if (peer === undefined || !peer.ready) return
    if (seq > peer.acked) {
      peer.refusedAt = -1
      peer.acked = Math.min(seq, this.#copy.log.lastSeq)
      const now = this.#copy.host.nowMs()
      const isAll = peer.acked + 1 >= peer.next
      if (isAll) peer.pacedBytes = pacedBytesAfter(peer.pacedBytes, peer.framedBytes, now - peer.waitingSinceMs)
      peer.waitingSinceMs = isAll ? Number.POSITIVE_INFINITY : now
    }
    this.#copy.wake()
  }

  /** The copy has less than what was sent builds on. */
  onRefusal(from: MemberId, have: number): void {
    const peer = this.#peers.get(from)
    if (peer === undefined || !peer.ready) return
    const { log, host } = this.#copy
    if (have < log.base.seq || have > log.lastSeq) this.#fallBack(peer)
    else {
      // every frame that was under way behind the first refused one is refused too: one of them is answered
      if (peer.refusedAt === have && host.nowMs() - peer.sentAtMs < resendAfterMs) return
      peer.refusedAt = have
      peer.next = Math.min(peer.next, have + 1)
    }
    this.#copy.wake()
  }

  /** A copy that is not in sync says how far it is. */
  onOffer(from: MemberId, version: number, at: Position): void {
    const peer = this.#peers.get(from)
    // of another version: one of the two has not heard yet, and the offer will be repeated
    if (peer === undefined || version !== this.#copy.config.version || this.#copy.config.inSync.includes(from)) return
    // the answer to an offer before is on its way: one for each would make a slow way slower, and never end
    if (peer.ready && at.seq >= peer.acked && peer.acked + 1 < peer.next) return
    if (this.#copy.log.matches(at)) {
      peer.acked = at.seq
      peer.next = at.seq + 1
      peer.ready = true
      peer.fillMark = Math.min(peer.fillMark, this.#copy.log.lastSeq)
      peer.lacksLog = false
      peer.waitingSinceMs = Number.POSITIVE_INFINITY
      // what came while it got its snapshot is no sign that it is too slow
      peer.roomBytes = Math.max(roomBytesMin, 2 * this.#copy.log.settledBytesAbove(at.seq))
      this.#announce(peer)
    } else this.#fallBack(peer)
    this.#copy.wake()
  }

  /** An empty frame: tells a copy that has everything that it is heard, and how far the commit is. */
  #announce(peer: Peer): void {
    const { log, commit, host, group } = this.#copy
    if (peer.next <= log.lastSeq) return
    const previous = { seq: peer.next - 1, epoch: log.epochAt(peer.next - 1) }
    host.sendRecords(peer.id, group, this.#copy.config, previous, commit, [])
    peer.commitSent = commit
  }

  /**
   * Forgets of the log what no copy needs any more, and what would be kept only for an asynchronous copy that is slower than the
   * writers: it gets a snapshot, or the log would grow without end.
   */
  trim(): void {
    const { log, commit, config } = this.#copy
    let needed = commit
    for (const peer of this.#peers.values()) {
      const isAsync = !config.inSync.includes(peer.id) && peer.id !== config.learner
      const isTooSlow = isAsync && log.settledBytesAbove(peer.acked) > peer.roomBytes
      if (peer.ready && !isTooSlow) needed = Math.min(needed, peer.acked)
    }
    if (this.pinned !== null) needed = Math.min(needed, this.pinned)
    log.trim(needed)
  }

  /** What was sent to this member may be lost: its link broke. */
  onLinkUp(member: MemberId): void {
    const peer = this.#peers.get(member)
    if (peer === undefined) return
    peer.sentUpToBytes = 0
    if (!peer.ready) return
    // so may be the word of the last commit, which nothing else repeats while nobody writes
    peer.commitSent = 0
    this.#rewind(peer)
    this.#copy.wake()
  }

  /** What it was sent last waits in its link, or there is none. */
  #isInLink({ id, sentUpToBytes }: Peer): boolean {
    const { host } = this.#copy
    return host.sentBytes(id) - host.backlogBytes(id) < sentUpToBytes
  }

  #rewind(peer: Peer): void {
    const { log, commit, config } = this.#copy
    // one in sync has every committed record, also before it has answered in this epoch; any other what it has said that it has
    const from = peer.acked > 0 || !config.inSync.includes(peer.id) ? peer.acked : commit
    peer.next = Math.max(Math.min(peer.next, from + 1), Math.min(log.base.seq + 1, peer.next))
  }

  tick(now: number): void {
    const { config } = this.#copy
    for (const peer of this.#peers.values()) {
      if (this.#isInLink(peer)) peer.sentAtMs = now
      const isDue = now - peer.waitingSinceMs > resendAfterMs && now - peer.sentAtMs > resendAfterMs
      if (isDue && peer.ready) this.#rewind(peer)
      // the one asked for before may have ended with a link; whoever was heard once makes no more offers
      if (peer.lacksLog && !config.inSync.includes(peer.id)) this.#copy.startSnapshot(peer.id)
    }
  }

  /** Some copy has not answered yet, or does not know yet what is committed. */
  get busy(): boolean {
    const { log, commit } = this.#copy
    for (const peer of this.#peers.values()) if (peer.acked < log.lastSeq || peer.commitSent < commit) return true
    return false
  }
}

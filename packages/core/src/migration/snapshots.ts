/**
 * Bringing a copy up to date that is too far behind the log: the primary walks its store in pieces, each sent when the one
 * before has arrived; the copy fills a *new* store and swaps it in whole, so nothing removed can come back. What changes
 * meanwhile is in the log from the walk's start on, which is kept until the copy has it.
 *
 *      primary                                    learner
 *        | piece 0 (base = commit at the start)  -->  new, empty data
 *        | <-- next 1                                 install
 *        | piece 1 ..., then the once table      -->  install
 *        | last piece (with `consistentFrom`)    -->  swap, log starts at base
 *        |                       (offer base)   <--
 *        | records base+1 ...                    -->
 */

import type { MemberId } from '../base/ids.js'
import { groupId } from '../base/ids.js'
import { Reader } from '../codec/reader.js'
import { Writer } from '../codec/writer.js'
import type { Clock, Timer } from '../env/env.js'
import type { Links } from '../link/links.js'
import type { GroupData, SnapshotCursor } from '../operation/group-data.js'
import type { Groups } from '../operation/groups.js'
import type { Position } from '../operation/log.js'
import { OnceTable } from '../operation/once.js'
import type { Primary } from '../operation/primary.js'
import type { Replica } from '../operation/replica.js'
import type { MemberMessage } from '../protocol/member-table.js'

/** A piece is not much larger than this, and than the largest entry. */
const pieceBytesMax = 256 * 1024
/** Snapshots under way from this member: more fill the links without being faster. */
const parallelMax = 16
/** A piece without an answer for so long ends the snapshot; the copy offers itself again. */
const pieceTimeoutMs = 3_000
const tickMs = 100

interface Sending {
  readonly id: number
  readonly replica: Replica
  readonly primary: Primary
  readonly to: MemberId
  readonly base: Position
  cursor: SnapshotCursor | null
  /** Set when the walk is over. */
  rest: Rest | null
  piece: number
  last: boolean
  sentAtMs: number
}

/** What follows the content. */
interface Rest {
  /** The commit index at the end of the walk. */
  readonly consistentFrom: number
  /** What is still to be sent of what was remembered of invocations then. */
  once: Uint8Array
}

interface Receiving {
  readonly id: number
  readonly epoch: number
  readonly data: GroupData
  readonly once: Writer
  piece: number
}

export class Snapshots {
  readonly #clock: Clock
  readonly #links: Links
  readonly #groups: () => Groups
  /** Key: group and member. */
  readonly #sending = new Map<string, Sending>()
  /** In order of asking; those with waiting writes go first. */
  readonly #queue = new Map<string, { readonly replica: Replica; readonly to: MemberId }>()
  readonly #receiving = new Map<number, Receiving>()
  #ids = 0
  readonly #timer: Timer

  constructor(clock: Clock, links: Links, groups: () => Groups) {
    this.#clock = clock
    this.#links = links
    this.#groups = groups
    this.#timer = clock.every(tickMs, () => this.#tick())
  }

  get sendingCount(): number {
    return this.#sending.size + this.#queue.size
  }

  /** At the primary: `to` needs everything. */
  start(replica: Replica, to: MemberId): void {
    const key = `${replica.group}:${to}`
    if (this.#sending.has(key) || this.#queue.has(key)) return
    this.#queue.set(key, { replica, to })
    this.#startNext()
  }

  #startNext(): void {
    while (this.#sending.size < parallelMax && this.#queue.size > 0) {
      const [key, { replica, to }] = this.#mostUrgent()
      this.#queue.delete(key)
      const { primary, log, commit } = replica
      if (primary === null || !primary.feed.needsSnapshot(to) || !this.#links.isUp(to)) continue
      const base = { seq: commit, epoch: log.epochAt(commit) }
      const id = ++this.#ids
      const sending = { id, replica, primary, to, base, cursor: null, rest: null, piece: 0, last: false, sentAtMs: 0 }
      this.#sending.set(key, sending)
      this.#repin(replica, primary)
      this.#sendPiece(key, sending)
    }
  }

  #mostUrgent(): [string, { readonly replica: Replica; readonly to: MemberId }] {
    for (const entry of this.#queue) if (entry[1].replica.primary?.waiting) return entry
    return this.#queue.entries().next().value as [string, { replica: Replica; to: MemberId }]
  }

  /** The log keeps what the oldest of this group's snapshots still needs. */
  #repin(replica: Replica, primary: Primary): void {
    const bases = [...this.#sending.values()].filter(s => s.replica === replica).map(s => s.base.seq)
    primary.feed.pinned = bases.length === 0 ? null : Math.min(...bases)
  }

  #sendPiece(key: string, s: Sending): void {
    // Sent to a copy that goes on from its log, the rest of an older snapshot would take back what it has acknowledged since.
    if (s.replica.primary !== s.primary || !s.primary.feed.needsSnapshot(s.to)) {
      this.#finish(key, s)
      return
    }
    const { epoch, group } = s.replica
    const content = s.rest === null ? this.#walkOn(s) : NOTHING
    const once = takeFrom(s.rest, pieceBytesMax - content.length)
    s.last = s.rest?.once.length === 0
    s.sentAtMs = this.#clock.monotonicMs()
    const { id, piece, base, rest } = s
    const consistentFrom = s.last && rest !== null ? rest.consistentFrom : null
    this.#links.send(s.to, 'snapshotPiece', { group, epoch, snapshot: id, piece, base, content, once, consistentFrom })
  }

  #walkOn(s: Sending): Uint8Array {
    const { data, once, commit } = s.replica
    const { bytes, next } = data.snapshot(s.cursor, pieceBytesMax)
    s.cursor = next
    if (next === null) {
      const out = new Writer(1024)
      once.write(out)
      s.rest = { consistentFrom: commit, once: out.take() }
    }
    return bytes
  }

  #finish(key: string, s: Sending): void {
    this.#sending.delete(key)
    this.#repin(s.replica, s.primary)
    this.#startNext()
  }

  onNext(from: MemberId, m: MemberMessage<'snapshotNext'>): void {
    const key = `${m.group}:${from}`
    const s = this.#sending.get(key)
    if (s === undefined || s.id !== m.snapshot || s.piece !== m.piece) return
    if (s.last) {
      // its offer of the base came before this answer: the log's records from there on are on their way
      this.#finish(key, s)
      return
    }
    s.piece++
    this.#sendPiece(key, s)
  }

  /** At the learner. */
  onPiece(from: MemberId, m: MemberMessage<'snapshotPiece'>): void {
    const replica = this.#groups().get(groupId(m.group))
    if (replica === undefined || replica.epoch !== m.epoch || replica.config.primary !== from) return
    if (replica.role !== 'learner' && replica.role !== 'async') return
    let receiving = this.#receiving.get(m.group)
    if (m.piece === 0) {
      receiving = { id: m.snapshot, epoch: m.epoch, data: replica.data.empty(), once: new Writer(), piece: 0 }
      this.#receiving.set(m.group, receiving)
    }
    if (receiving === undefined || receiving.id !== m.snapshot || receiving.epoch !== m.epoch || receiving.piece !== m.piece)
      return
    receiving.data.install(m.content)
    receiving.once.raw(m.once)
    receiving.piece++
    if (m.consistentFrom !== null) {
      this.#receiving.delete(m.group)
      receiving.data.complete()
      replica.install(receiving.data, OnceTable.read(new Reader(receiving.once.flip())), m.base, m.consistentFrom)
      replica.drive()
    }
    this.#links.send(from, 'snapshotNext', { group: m.group, snapshot: m.snapshot, piece: m.piece })
  }

  #tick(): void {
    const now = this.#clock.monotonicMs()
    for (const [key, s] of this.#sending) {
      const isOver = now - s.sentAtMs > pieceTimeoutMs && !this.#isOnItsWay(s.to)
      if (s.replica.primary !== s.primary || isOver) this.#finish(key, s)
    }
    const groups = this.#groups()
    for (const [group, receiving] of this.#receiving) {
      if (groups.get(groupId(group))?.epoch !== receiving.epoch) this.#receiving.delete(group)
    }
  }

  /** The link is slow and has not taken what was given to it: another snapshot would only come behind this one. */
  #isOnItsWay(to: MemberId): boolean {
    return this.#links.isUp(to) && this.#links.backlogBytes(to) > 0
  }

  close(): void {
    this.#timer.cancel()
  }
}

const NOTHING = new Uint8Array(0)

function takeFrom(rest: Rest | null, bytesMax: number): Uint8Array {
  if (rest === null || bytesMax <= 0) return NOTHING
  const part = rest.once.subarray(0, bytesMax)
  rest.once = rest.once.subarray(bytesMax)
  return part
}

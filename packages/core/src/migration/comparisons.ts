/**
 * Compares copies with their owner all the time, a group after the other: digests of the content at the same place of the
 * log, while nobody writes to the group. They are equal unless something is wrong with a member or its memory. A backup
 * that differs is told so, removed, and made anew from the owner.
 *
 *      owner                                     backup
 *        | digestAsk (commit 7)            -->     walks its copy at commit 7
 *        | walks its own                           ...
 *        | <-- digestSaid (commit 7, sum)
 *        | differs, again and again: distrust -->  what it has is not to be built on
 *        | proposes its removal
 */

import { type GroupId, groupId, type MemberId } from '../base/ids.js'
import type { Clock, Log, Timer } from '../env/env.js'
import type { Links } from '../link/links.js'
import type { SnapshotCursor } from '../operation/group-data.js'
import type { Groups } from '../operation/groups.js'
import type { Primary } from '../operation/primary.js'
import type { Replica } from '../operation/replica.js'
import type { MemberMessage } from '../protocol/member-table.js'

const tickMs = 100
/** Read in a tick, on either side, and one entry more: about half a millisecond of every hundred. */
const bytesPerTick = 256 * 1024
/** A comparison without all answers after so long is given up; somebody wrote, or a link is down. */
const patienceMs = 10_000
/** A map that is being destroyed may be gone here and not yet there: what differs is looked at so often before it counts. */
const looksMax = 3

interface Walk {
  readonly replica: Replica
  readonly commit: number
  cursor: SnapshotCursor | null
  sum: number
  done: boolean
}

interface Comparison extends Walk {
  readonly primary: Primary
  readonly version: number
  readonly backups: readonly MemberId[]
  readonly answers: Map<MemberId, number>
  readonly sinceMs: number
}

interface Answering extends Walk {
  readonly to: MemberId
  readonly epoch: number
}

export interface CopyDiffers {
  readonly group: GroupId
  readonly backup: MemberId
}

export interface ComparisonsOptions {
  readonly clock: Clock
  readonly log: Log
  readonly links: Links
  readonly groups: Groups
  readonly onDiffers: (found: CopyDiffers) => void
}

export class Comparisons {
  readonly #o: ComparisonsOptions
  readonly #timer: Timer
  /** Groups still to be compared in this round. */
  #round: GroupId[] = []
  #current: Comparison | null = null
  readonly #answering = new Map<number, Answering>()
  /** How often a copy differed in a row; key: group and member. */
  readonly #suspects = new Map<string, number>()
  /** Copies compared, and found to differ, since the member started. */
  compared = 0
  differing = 0

  constructor(options: ComparisonsOptions) {
    this.#o = options
    this.#timer = options.clock.every(tickMs, () => this.#tick())
  }

  #tick(): void {
    for (const [group, walk] of this.#answering) {
      if (!isStill(walk) || this.#o.groups.get(walk.replica.group) !== walk.replica) this.#answering.delete(group)
      else if (step(walk)) this.#answer(group, walk)
    }
    this.#current ??= this.#next()
    if (this.#current !== null) this.#goOn(this.#current)
  }

  #next(): Comparison | null {
    const { groups, clock, links } = this.#o
    if (this.#round.length === 0) this.#round = [...groups.all()].filter(r => r.primary !== null).map(r => r.group)
    for (let group = this.#round.pop(); group !== undefined; group = this.#round.pop()) {
      const replica = groups.get(group)
      const primary = replica?.primary
      if (replica === undefined || primary == null || !primary.isQuiet) continue
      const { commit, config, host } = replica
      const backups = config.inSync.filter(id => id !== host.self)
      if (backups.length === 0) continue
      for (const to of backups) links.send(to, 'digestAsk', { group, epoch: config.epoch, commit })
      const walk = { replica, commit, cursor: null, sum: 0, done: false }
      return { ...walk, primary, version: config.version, backups, answers: new Map(), sinceMs: clock.monotonicMs() }
    }
    return null
  }

  #goOn(current: Comparison): void {
    const { replica, primary, version, backups, answers, sinceMs } = current
    const isSame = replica.primary === primary && replica.config.version === version && isStill(current)
    if (!isSame || this.#o.clock.monotonicMs() - sinceMs > patienceMs) {
      this.#current = null
      return
    }
    const isDone = step(current)
    if (!isDone || answers.size < backups.length) return
    this.#current = null
    for (const backup of backups) this.#judge(current, backup, answers.get(backup) as number)
  }

  #judge({ replica, sum, commit }: Comparison, backup: MemberId, theirs: number): void {
    const { group, config } = replica
    const key = `${group}:${backup}`
    this.compared++
    if (theirs === sum) {
      this.#suspects.delete(key)
      return
    }
    const looks = (this.#suspects.get(key) ?? 0) + 1
    this.#suspects.set(key, looks)
    if (looks < looksMax) {
      this.#round.unshift(group)
      return
    }
    this.#suspects.delete(key)
    this.differing++
    this.#o.log.error('copies.differ', { group, backup, commit, owner: sum, other: theirs })
    this.#o.links.send(backup, 'distrust', { group, epoch: config.epoch })
    const { epoch, version } = config
    const type = replica.host.readsBackups(group) ? 'bar' : 'shrink'
    replica.host.propose({ type, member: backup, group, epoch, version })
    this.#o.onDiffers({ group, backup })
  }

  // --- messages

  /** At the backup. */
  onAsk(from: MemberId, m: MemberMessage<'digestAsk'>): void {
    const replica = this.#o.groups.get(groupId(m.group))
    if (replica === undefined || replica.role !== 'backup' || replica.epoch !== m.epoch) return
    const walk = { replica, commit: m.commit, cursor: null, sum: 0, done: false }
    if (isStill(walk)) this.#answering.set(m.group, { ...walk, to: from, epoch: m.epoch })
  }

  #answer(group: number, { to, epoch, commit, sum }: Answering): void {
    this.#answering.delete(group)
    this.#o.links.send(to, 'digestSaid', { group, epoch, commit, sum })
  }

  /** At the owner. */
  onSaid(from: MemberId, m: MemberMessage<'digestSaid'>): void {
    const current = this.#current
    if (current?.replica.group !== m.group || current.commit !== m.commit || current.replica.epoch !== m.epoch) return
    current.answers.set(from, m.sum)
  }

  onDistrust(from: MemberId, m: MemberMessage<'distrust'>): void {
    const replica = this.#o.groups.get(groupId(m.group))
    if (replica === undefined || replica.config.primary !== from || replica.epoch !== m.epoch) return
    this.#o.log.error('copies.distrusted', { group: m.group, owner: from })
    replica.distrust()
  }

  close(): void {
    this.#timer.cancel()
  }
}

/** Everything that the log has is in the data, and it is the place of the log that is compared. */
const isStill = ({ replica, commit }: Walk): boolean => replica.commit === commit && replica.log.lastSeq === commit

/** True at the end of the walk. */
function step(walk: Walk): boolean {
  if (walk.done) return true
  const { sum, next } = walk.replica.data.digest(walk.cursor, bytesPerTick)
  walk.sum = (walk.sum ^ sum) >>> 0
  walk.cursor = next
  walk.done = next === null
  return walk.done
}

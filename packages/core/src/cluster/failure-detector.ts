/**
 * When is a member gone? Two kinds of evidence, and they are never mixed up:
 * - *Proof*: the system of this host says that the process of that incarnation does not exist any more. Acted on at once.
 * - *Silence*: nothing was heard for a while. It may be paused, or cut off, and believe that all is well: its roles are
 *   taken only when the lease it may still hold is over (rule R12).
 */

import type { MemberId } from '../base/ids.js'
import type { Command, MemberRecord } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Clock, Log, Network, Timer } from '../env/env.js'
import { unwaited } from '../env/unwaited.js'
import type { Links } from '../link/links.js'

const tickMs = 50
/** Ticks further apart mean that this process itself stood still: then it has not listened, and nobody was silent. */
const standstillMs = 500
/** A killed process closes its connections and its socket in any order: the first probes follow each other quickly. */
const probeAgainMs = [2, 5, 10, 20, 50, 100, 250] as const

export interface FailureDetectorOptions {
  readonly self: MemberId
  readonly clock: Clock
  readonly network: Network
  readonly log: Log
  readonly links: Links
  readonly control: ControlPlane
  readonly suspectAfterMs: number
}

export class FailureDetector {
  readonly #o: FailureDetectorOptions
  readonly #dead = new Set<MemberId>()
  /** What waits to ask once more; null = it is being asked. */
  readonly #probing = new Map<MemberId, Timer | null>()
  readonly #timer: Timer
  #tickedMs = Number.NEGATIVE_INFINITY
  #listeningSinceMs = Number.NEGATIVE_INFINITY
  #proposing = false
  #stopped = false

  constructor(options: FailureDetectorOptions) {
    this.#o = options
    this.#timer = options.clock.every(tickMs, () => this.#tick())
  }

  /** The connection to it broke, or none could be made: a sign of a death, and of much else. Each is looked into at once. */
  onLinkDown(member: MemberId): void {
    const record = this.#o.control.state().members.find(m => m.id === member)
    if (record === undefined || record.deathToken === '' || this.#dead.has(member)) return
    const waiting = this.#probing.get(member)
    if (waiting === null) return
    waiting?.cancel()
    this.#probe(record, 0)
  }

  #probeOnce(member: MemberRecord): void {
    if (member.deathToken !== '' && !this.#dead.has(member.id) && !this.#probing.has(member.id)) this.#probe(member, 0)
  }

  #probe(member: MemberRecord, attempt: number): void {
    unwaited(this.#o.clock, this.#look(member, attempt))
  }

  async #look(member: MemberRecord, attempt: number): Promise<void> {
    const { network, links, clock } = this.#o
    this.#probing.set(member.id, null)
    const proof = await network.probe(member.deathToken)
    const { members, awaited } = this.#o.control.state()
    const isOver = this.#stopped || ![...members, ...awaited].some(m => m.id === member.id)
    // the word of a broken connection may come after the proof
    if (isOver || proof === 'dead' || links.isUp(member.id)) {
      this.#probing.delete(member.id)
      if (!isOver && proof === 'dead') this.#onProof(member.id)
      return
    }
    const againMs = probeAgainMs[Math.min(attempt, probeAgainMs.length - 1)] as number
    this.#probing.set(
      member.id,
      clock.after(againMs, () => this.#probe(member, attempt + 1)),
    )
  }

  /**
   * Half of this member's lease has passed, and it was not renewed: one of those that decide may be dead, and the word of its
   * connection on the way. In a cluster of two its death has to be known before the lease is over (voting.ts).
   */
  #probeVoters(now: number): void {
    const { control, self } = this.#o
    const leftMs = control.leaseUntilMs() - now
    const { members, voters, settings } = control.state()
    if (leftMs <= 0 || leftMs > settings.leaseMs / 2) return
    for (const member of members) if (voters.includes(member.id) && member.id !== self) this.#probeOnce(member)
  }

  #onProof(member: MemberId): void {
    this.#dead.add(member)
    this.#o.log.info('member.dead', { member, proof: 'its process does not exist any more' })
    this.#o.control.onDeathProved(member)
    this.#tick()
  }

  /** Leader only: proposes what it knows of the members and the state does not say yet. True while that is not decided. */
  hasToSay(): boolean {
    this.#tick()
    return this.#proposing
  }

  #tick(): void {
    const { control, self, clock, suspectAfterMs, log } = this.#o
    const now = clock.monotonicMs()
    if (now - this.#tickedMs > standstillMs) this.#listeningSinceMs = now
    this.#tickedMs = now
    if (this.#stopped) return
    this.#probeVoters(now)
    if (!control.isLeader() || this.#proposing) return
    const commands: Command[] = []
    const { members, awaited } = control.state()
    // what waits for one that has died is lost
    for (const member of awaited) {
      if (this.#dead.has(member.id)) commands.push({ type: 'remove', member: member.id, why: 'dead' })
      else this.#probeOnce(member)
    }
    for (const member of members) {
      const { id, status } = member
      if (id === self) {
        // an earlier leader suspected this one, and only who leads can take that back
        if (status === 'suspect') commands.push({ type: 'setStatus', member: id, status: 'alive' })
        continue
      }
      if (this.#dead.has(id)) {
        commands.push({ type: 'remove', member: id, why: 'dead' })
        continue
      }
      const silentMs = now - Math.max(control.lastHeardMs(id), this.#listeningSinceMs)
      if (silentMs <= suspectAfterMs) {
        // also to one that was removed and is a member again: as a voter it may never have been forgotten in between
        control.resumeGranting(id)
        if (status !== 'suspect') continue
        commands.push({ type: 'setStatus', member: id, status: 'alive' })
        log.info('member.backAgain', { member: id })
        continue
      }
      const leaseOverAtMs = control.leaseOverAtMs(id, { stopGranting: true })
      if (status !== 'suspect') {
        commands.push({ type: 'setStatus', member: id, status: 'suspect' })
        log.warn('member.suspected', { member: id, silentMs })
      } else if (now >= leaseOverAtMs) {
        commands.push({ type: 'remove', member: id, why: 'silent' })
        log.warn('member.removed', { member: id, silentMs })
      }
    }
    if (commands.length === 0) return
    this.#proposing = true
    control
      .propose(commands)
      // without a leader there is nobody to decide: the next tick of whoever leads then sees the same evidence
      .catch(() => {})
      .finally(() => {
        this.#proposing = false
      })
  }

  stop(): void {
    this.#stopped = true
    this.#timer.cancel()
    for (const waiting of this.#probing.values()) waiting?.cancel()
  }
}

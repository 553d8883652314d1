/** Everybody that a leader sends its log to: all members, and keepers that are no members any more until they are no keepers. */

import { DecodeError } from '../../base/errors.js'
import type { MemberId } from '../../base/ids.js'
import type { Ground } from './ground.js'
import type { Message } from './messages.js'
import { Progress } from './progress.js'
import { keepersOf } from './voting.js'

/** A member this close to the end of the log may become a voter. */
const CAUGHT_UP_ENTRIES = 16

export class Peers {
  readonly #ground: Ground
  readonly #firstHeardMs: (member: MemberId, nowMs: number) => number
  readonly #peers = new Map<MemberId, Progress>()
  /** As of the last update; null before the first. */
  #members: ReadonlySet<MemberId> | null = null

  /** `firstHeardMs`: when those that are there as this leader begins count as heard. */
  constructor(ground: Ground, firstHeardMs: (member: MemberId, nowMs: number) => number) {
    this.#ground = ground
    this.#firstHeardMs = firstHeardMs
  }

  onHeard(from: MemberId, nowMs: number): void {
    const peer = this.#peers.get(from)
    if (peer !== undefined) peer.heardMs = nowMs
  }

  heardMs(member: MemberId): number | undefined {
    return this.#peers.get(member)?.heardMs
  }

  /** Up to where its log equals the leader's. */
  match(member: MemberId): number {
    const { self, log } = this.#ground
    return member === self ? log.lastIndex : (this.#peers.get(member)?.match ?? 0)
  }

  /** Newest round that it has answered. */
  round(member: MemberId): number {
    return this.#peers.get(member)?.round ?? 0
  }

  isCaughtUp(member: MemberId, nowMs: number): boolean {
    const peer = this.#peers.get(member)
    const { log, timing } = this.#ground
    if (peer === undefined || peer.match === 0 || nowMs - peer.heardMs > timing.electionMs) return false
    return peer.match + CAUGHT_UP_ENTRIES > log.lastIndex
  }

  /** @param awaited a round for whose answers somebody waits; 0 = nobody does. */
  onAppended(
    from: MemberId,
    { ok, index, round }: Extract<Message, { type: 'appended' }>,
    { started, awaited }: { readonly started: number; readonly awaited: number },
    nowMs: number,
  ): void {
    const peer = this.#peers.get(from)
    const { lastIndex } = this.#ground.log
    if (peer === undefined) return
    if (ok && index > lastIndex) throw new DecodeError(`${from} has acknowledged ${index} of ${lastIndex}`)
    peer.round = Math.max(peer.round, Math.min(round, started))
    if (ok) peer.onMatch(index)
    if (ok ? peer.round < awaited && !peer.isAsked : peer.onMismatch(index)) this.#send(from, peer, started, nowMs)
  }

  /**
   * Asks for the answers to a round. One that has not answered the last one yet is asked when it has: a word for each question would
   * fill a slow link, and what grants it its lease would come too late.
   */
  ask(round: number, nowMs: number): void {
    for (const [member, peer] of this.#peers) if (!peer.isAsked) this.#send(member, peer, round, nowMs)
  }

  broadcast(round: number, nowMs: number): void {
    for (const [member, peer] of this.#peers) this.#send(member, peer, round, nowMs)
  }

  /** Goes on sending after an answer while there is more. */
  feed(member: MemberId, round: number, nowMs: number): void {
    const peer = this.#peers.get(member)
    while (peer?.hasMore(this.#ground.log)) this.#send(member, peer, round, nowMs)
  }

  /** Follows the state. Returns those that are none any more; the living learn of it by a last message. */
  update(round: number, nowMs: number): readonly MemberId[] {
    const { self, state, log, term } = this.#ground
    const members = new Set(state.members.map(m => m.id))
    const wanted = new Set([...members, ...this.#ground.votings().flatMap(keepersOf)])
    for (const member of wanted) {
      if (member === self || this.#ground.isDead(member) || this.#peers.has(member)) continue
      const heardMs = this.#members === null ? this.#firstHeardMs(member, nowMs) : nowMs
      this.#peers.set(member, new Progress(log.lastIndex, heardMs))
    }
    // one that was removed and is taken in again has a new link to make before it can be heard
    for (const member of members) if (this.#members?.has(member) === false) this.onHeard(member, nowMs)
    this.#members = members
    const gone: MemberId[] = []
    for (const [member, peer] of this.#peers) {
      const isDead = this.#ground.isDead(member)
      if (wanted.has(member) && !isDead) continue
      this.#peers.delete(member)
      gone.push(member)
      if (!isDead) this.#ground.send(member, peer.takeAppend(log, term, round))
    }
    return gone
  }

  #send(member: MemberId, peer: Progress, round: number, nowMs: number): void {
    const { term, log, state, timing } = this.#ground
    if (peer.needsSnapshot(log, nowMs, timing.electionMs)) {
      const stateTerm = log.termAt(log.applied) as number
      this.#ground.send(member, { type: 'snapshot', term, stateTerm, state, round })
    } else {
      this.#ground.send(member, peer.takeAppend(log, term, round))
    }
  }
}

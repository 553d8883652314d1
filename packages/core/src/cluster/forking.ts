/**
 * What is left of a cluster, or a side of a divided one, goes on although nobody leads it: by itself, where `cobnut.consistency`
 * is `available`, or by an operator's order, who vouches for it that the others are gone.
 *
 *   1. A member has had no lease for `forkAfterMs`: a quorum is out of reach. The oldest asks all that it can reach, the others
 *      a little later, in the order of their age, unless they have been asked. Or it is ordered to.
 *   2. Whoever is without a lease as well says which cluster state it knows.
 *   3. The one that asked takes the newest of these states, makes it that of its side (`control/fork.ts`), leaves the consensus
 *      and begins another one as its only voter. It tells those who answered, as its last word on connections of before.
 *   4. They do the same, and follow. Whoever has a leader again by then does not. So each tells the new leader that it has come.
 *
 * By order it does not stop at what is known to be decided: an entry that stands in a log may have been acted on by those who are
 * gone, and of two logs the one that would win an election has all that either knows to be decided. And one that is led says so,
 * which ends it: the order is for those that nobody leads.
 *
 * To leave a consensus is what a crash is to the others: nothing that a quorum decides rests on who has left. No message of one
 * side is taken for one of the other, because every connection ends in 3 and 4, and the handshake compares cluster ids.
 */

import { CobnutError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import type { Prng } from '../base/prng.js'
import type { ClusterState, MemberRecord } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import { forkedState, survivorsState } from '../control/fork.js'
import { decodeState, encodeState } from '../control/state-codec.js'
import type { Clock, Log, Timer } from '../env/env.js'
import { pause } from '../env/pause.js'
import { unwaited } from '../env/unwaited.js'
import type { Links } from '../link/links.js'
import type { MemberMessage } from '../protocol/member-table.js'

const tickMs = 100
/** Ticks further apart mean that this process itself stood still: then it has asked nobody for a lease. */
const standstillMs = 500
/** How long answers are waited for. */
const answerMs = 1_000
/** By order all are asked so often while one has not answered: a link that has just broken is there again in a moment. */
const orderedTimes = 3
/** Between the turns of two members: the younger one is asked before it asks itself. */
const turnMs = 2 * answerMs

export interface ForkingOptions {
  readonly self: MemberId
  readonly clock: Clock
  readonly random: Prng
  readonly log: Log
  readonly links: Links
  readonly control: ControlPlane
  readonly forkAfterMs: number
}

/** What one member knows. */
type Known = ReturnType<ControlPlane['ahead']>

interface Asked {
  readonly fork: string
  readonly atMs: number
  readonly known: Map<MemberId, Known>
  /** Those that are led. */
  readonly led: MemberId[]
}

export class Forking {
  readonly #o: ForkingOptions
  /** Null: only by order. */
  readonly #timer: Timer | null
  /** When a quorum was last known to be within reach, or this process did not listen. */
  #ledMs: number
  #tickedMs: number
  #asked: Asked | null = null
  /** The same, by order. */
  #ordered: Asked | null = null
  /** What this member has answered last. */
  #said = ''
  #saidMs = Number.NEGATIVE_INFINITY
  #stopped = false
  /** The side does not know yet that this member is there. */
  #hasToSay = false

  constructor(options: ForkingOptions) {
    this.#o = options
    this.#ledMs = options.clock.monotonicMs()
    this.#tickedMs = this.#ledMs
    const isAvailable = options.control.state().settings.consistency === 'available'
    this.#timer = isAvailable ? options.clock.every(tickMs, () => this.#tick()) : null
  }

  #tick(): void {
    const { clock, control, forkAfterMs, self } = this.#o
    const now = clock.monotonicMs()
    const turn = control.state().members.findIndex(m => m.id === self)
    const stoodStill = now - this.#tickedMs > standstillMs
    this.#tickedMs = now
    if (this.#hasToSay && control.leaseUntilMs() > now) unwaited(clock, this.#sayFollowed())
    // one that knows of its removal knows that a quorum decided it
    if (control.leaseUntilMs() > now || stoodStill || turn < 0) {
      this.#ledMs = now
      this.#asked = null
    } else if (this.#asked !== null) {
      if (now - this.#asked.atMs >= answerMs) this.#fork(this.#asked)
    } else {
      const isAnswering = now - this.#saidMs < turnMs
      const own = { state: control.state(), term: 0 }
      if (now - this.#ledMs >= forkAfterMs + turn * turnMs && !isAnswering) {
        this.#asked = this.#question(own)
        this.#ask(this.#asked, false)
      }
    }
  }

  #question(own: Known): Asked {
    const { clock, random, self } = this.#o
    return { fork: random.uuid(), atMs: clock.monotonicMs(), known: new Map([[self, own]]), led: [] }
  }

  /** Everybody, also who has answered to it: one may be led by now. */
  #ask({ fork }: Asked, byOrder: boolean): void {
    const { control, links, self } = this.#o
    for (const { id } of control.state().members) if (id !== self) links.send(id, 'forkAsk', { fork, byOrder })
  }

  onAsk(from: MemberId, { fork, byOrder }: MemberMessage<'forkAsk'>): void {
    const { clock, control, links } = this.#o
    const now = clock.monotonicMs()
    if (byOrder && this.#isLed(now)) return void links.send(from, 'forkSaid', { fork, state: null, term: 0 })
    if (!byOrder && !this.#mayGoWith(from, now)) return
    this.#asked = null
    this.#said = fork
    this.#saidMs = now
    const { state, term } = byOrder ? control.ahead() : { state: control.state(), term: 0 }
    links.send(from, 'forkSaid', { fork, state: encodeState(state), term })
  }

  #mayGoWith(from: MemberId, nowMs: number): boolean {
    const { control, forkAfterMs, self } = this.#o
    // the one that asks may have missed its lease a little earlier
    if (control.leaseUntilMs() > nowMs || nowMs - this.#ledMs < forkAfterMs / 2) return false
    const { members, settings } = control.state()
    const age = (id: MemberId): number => members.findIndex(m => m.id === id)
    return settings.consistency === 'available' && (this.#asked === null || age(self) >= age(from))
  }

  /** Or takes the lead just now. */
  #isLed(nowMs: number): boolean {
    const { control } = this.#o
    return control.leader() !== null || control.leaseUntilMs() > nowMs || this.#ordered !== null
  }

  onSaid(from: MemberId, { fork, state, term }: MemberMessage<'forkSaid'>): void {
    const asked = [this.#asked, this.#ordered].find(one => one?.fork === fork)
    if (state === null) asked?.led.push(from)
    else asked?.known.set(from, { state: decodeState(state), term })
  }

  #fork({ fork, known }: Asked): void {
    const { self, log, control } = this.#o
    this.#asked = null
    const newest = newestOf(known)
    // a newer one may tell of its own removal
    const base = newest.members.some(m => m.id === self) ? newest : control.state()
    const members = new Set(base.members.flatMap(m => (known.has(m.id) ? [m.id] : [])))
    const index = Math.max(...[...known.values()].map(({ state }) => state.index))
    const state = forkedState({ ...base, index }, { id: fork, leader: self, members })
    log.warn('cluster.forked', {
      fork,
      members: members.size,
      of: base.members.length,
      emptied: state.settings.fork?.emptied.length,
    })
    this.#begin(fork, state)
  }

  /**
   * By an operator's order. Whoever answers goes along, and everybody else is dead.
   * @param own the cluster may have counted this member out.
   * @returns those that are taken for dead
   * @throws CobnutError LEADER_PRESENT: this member, or one that answers, is led.
   */
  async takeLead(own: MemberRecord): Promise<readonly MemberId[]> {
    const { clock, control, log, self } = this.#o
    if (this.#isLed(clock.monotonicMs())) throw leaderPresent(self)
    const asked = this.#question(control.ahead())
    const { fork, known, led } = asked
    this.#ordered = asked
    for (let times = 0; times < orderedTimes && !this.#stopped && led.length === 0; times++) {
      if (control.state().members.every(m => known.has(m.id))) break
      this.#ask(asked, true)
      await pause(clock, answerMs)
    }
    this.#ordered = null
    if (this.#stopped) throw new CobnutError('MEMBER_STOPPED', undefined, { outcome: 'not-applied' })
    const [by] = this.#isLed(clock.monotonicMs()) ? [self] : led
    if (by !== undefined) throw leaderPresent(by)
    const base = newestOf(known)
    const records = new Map([own, ...[...known.values()].flatMap(({ state }) => state.members)].map(m => [m.id, m]))
    const state = survivorsState(base, { id: fork, leader: self, members: new Set(known.keys()) }, [...records.values()])
    const gone = [...base.members, ...base.awaited].flatMap(m => (known.has(m.id) ? [] : [m.id]))
    log.warn('control.leadTaken', { clusterId: fork, members: state.members.length, gone })
    this.#begin(fork, state)
    return gone
  }

  #begin(fork: string, state: ClusterState): void {
    const { links, self } = this.#o
    const begun = { fork, state: encodeState(state) }
    for (const { id } of state.members) if (id !== self) links.send(id, 'forkBegun', begun)
    this.#follow(state)
  }

  onBegun(from: MemberId, { fork, state }: MemberMessage<'forkBegun'>): void {
    const { clock, control, log } = this.#o
    const begun = decodeState(state)
    const isFree = control.leaseUntilMs() <= clock.monotonicMs() && begun.index > control.state().index
    if (!isFree || fork !== this.#said) return
    const event = begun.settings.fork === null ? 'control.leadTaken' : 'cluster.forked'
    log.warn(event, { clusterId: fork, by: from, members: begun.members.length })
    this.#follow(begun)
  }

  #follow(state: ClusterState): void {
    const { control, links, clock } = this.#o
    this.#ledMs = clock.monotonicMs()
    this.#said = ''
    this.#hasToSay = true
    links.renew()
    control.restart(state)
  }

  async #sayFollowed(): Promise<void> {
    const { control, self } = this.#o
    this.#hasToSay = false
    await control.propose([{ type: 'follow', member: self }]).catch(() => {
      this.#hasToSay = true
    })
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }
}

function newestOf(known: ReadonlyMap<MemberId, Known>): ClusterState {
  const isNewer = (a: Known, b: Known): boolean => (a.term === b.term ? a.state.index > b.state.index : a.term > b.term)
  return [...known.values()].reduce((a, b) => (isNewer(b, a) ? b : a)).state
}

function leaderPresent(by: MemberId): CobnutError {
  return new CobnutError('LEADER_PRESENT', `nothing has to be forced: member ${by} hears a leader, or did a moment ago`, { by })
}

/**
 * A side of a divided cluster that nobody leads goes on alone, where `cobnut.consistency` is `available`:
 *
 *   1. A member has had no lease for `forkAfterMs`: a quorum is out of reach. The oldest asks all that it can reach, the others
 *      a little later, in the order of their age, unless they have been asked.
 *   2. Whoever is without a lease as well says which cluster state it knows.
 *   3. The one that asked takes the newest of these states, makes it that of its side (`control/fork.ts`), leaves the consensus
 *      and begins another one as its only voter. It tells those who answered, as its last word on connections of before.
 *   4. They do the same, and follow. Whoever has a leader again by then does not.
 *
 * To leave a consensus is what a crash is to the others: nothing that a quorum decides rests on who has left. No message of one
 * side is taken for one of the other, because every connection ends in 3 and 4, and the handshake compares cluster ids.
 */

import type { MemberId } from '../base/ids.js'
import type { Prng } from '../base/prng.js'
import type { ClusterState } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import { forkedState } from '../control/fork.js'
import { decodeState, encodeState } from '../control/state-codec.js'
import type { Clock, Log, Timer } from '../env/env.js'
import type { Links } from '../link/links.js'
import type { MemberMessage } from '../protocol/member-table.js'

const tickMs = 100
/** Ticks further apart mean that this process itself stood still: then it has asked nobody for a lease. */
const standstillMs = 500
/** How long answers are waited for. */
const answerMs = 1_000
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

interface Asked {
  readonly fork: string
  readonly atMs: number
  readonly states: Map<MemberId, ClusterState>
}

export class Forking {
  readonly #o: ForkingOptions
  readonly #timer: Timer
  /** When a quorum was last known to be within reach, or this process did not listen. */
  #ledMs: number
  #tickedMs: number
  #asked: Asked | null = null
  /** What this member has answered last. */
  #said = ''
  #saidMs = Number.NEGATIVE_INFINITY

  constructor(options: ForkingOptions) {
    this.#o = options
    this.#ledMs = options.clock.monotonicMs()
    this.#tickedMs = this.#ledMs
    this.#timer = options.clock.every(tickMs, () => this.#tick())
  }

  #tick(): void {
    const { clock, control, forkAfterMs, self } = this.#o
    const now = clock.monotonicMs()
    const { members, settings } = control.state()
    const stoodStill = now - this.#tickedMs > standstillMs
    this.#tickedMs = now
    const turn = members.findIndex(m => m.id === self)
    // one that knows of its removal knows that a quorum decided it
    if (control.leaseUntilMs() > now || stoodStill || turn < 0 || settings.consistency !== 'available') {
      this.#ledMs = now
      this.#asked = null
    } else if (this.#asked !== null) {
      if (now - this.#asked.atMs >= answerMs) this.#begin(this.#asked)
    } else {
      const isAnswering = now - this.#saidMs < turnMs
      if (now - this.#ledMs >= forkAfterMs + turn * turnMs && !isAnswering) this.#ask(now)
    }
  }

  #ask(nowMs: number): void {
    const { control, links, random, self } = this.#o
    this.#asked = { fork: random.uuid(), atMs: nowMs, states: new Map([[self, control.state()]]) }
    for (const { id } of control.state().members) if (id !== self) links.send(id, 'forkAsk', { fork: this.#asked.fork })
  }

  onAsk(from: MemberId, { fork }: MemberMessage<'forkAsk'>): void {
    const { clock, control, links, forkAfterMs, self } = this.#o
    const now = clock.monotonicMs()
    // the one that asks may have missed its lease a little earlier
    if (control.leaseUntilMs() > now || now - this.#ledMs < forkAfterMs / 2) return
    const { members } = control.state()
    const age = (id: MemberId): number => members.findIndex(m => m.id === id)
    if (this.#asked !== null && age(self) < age(from)) return
    this.#asked = null
    this.#said = fork
    this.#saidMs = now
    links.send(from, 'forkSaid', { fork, state: encodeState(control.state()) })
  }

  onSaid(from: MemberId, { fork, state }: MemberMessage<'forkSaid'>): void {
    if (this.#asked?.fork === fork) this.#asked.states.set(from, decodeState(state))
  }

  #begin({ fork, states }: Asked): void {
    const { links, self, log, control } = this.#o
    this.#asked = null
    const newest = [...states.values()].reduce((a, b) => (b.index > a.index ? b : a))
    // a newer one may tell of its own removal
    const base = newest.members.some(m => m.id === self) ? newest : control.state()
    const members = new Set(base.members.flatMap(m => (states.has(m.id) ? [m.id] : [])))
    const index = Math.max(...[...states.values()].map(s => s.index))
    const state = forkedState({ ...base, index }, { id: fork, leader: self, members })
    log.warn('cluster.forked', {
      fork,
      members: members.size,
      of: base.members.length,
      emptied: state.settings.fork?.emptied.length,
    })
    const begun = { fork, state: encodeState(state) }
    for (const member of members) if (member !== self) links.send(member, 'forkBegun', begun)
    this.#follow(state)
  }

  onBegun(from: MemberId, { fork, state }: MemberMessage<'forkBegun'>): void {
    const { clock, control, log } = this.#o
    const begun = decodeState(state)
    const isFree = control.leaseUntilMs() <= clock.monotonicMs() && begun.index > control.state().index
    if (!isFree || fork !== this.#said) return
    log.warn('cluster.forked', { fork, by: from, members: begun.members.length })
    this.#follow(begun)
  }

  #follow(state: ClusterState): void {
    const { control, links, clock } = this.#o
    this.#ledMs = clock.monotonicMs()
    this.#said = ''
    links.renew()
    control.restart(state)
  }

  stop(): void {
    this.#timer.cancel()
  }
}

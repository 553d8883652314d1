/**
 * The control plane of one member by consensus among members: drives the core with a clock and a way to send, and turns
 * its tickets into promises. Messages may be lost; whoever waits here is answered or refused by a deadline.
 */

import { assert } from '../base/assert.js'
import { CobnutError, type Outcome } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import type { Prng } from '../base/prng.js'
import type { Clock, Log, Timer } from '../env/env.js'
import { ClockGuard } from './clock-guard.js'
import type { ClusterState, Command } from './cluster-state.js'
import type { ControlPlane, ControlTiming, Proposed } from './control-plane.js'
import { RaftCore } from './raft/core.js'
import { decodeMessage, encodeMessage } from './raft/messages.js'
import type { Settled } from './raft/requests.js'

export interface RaftOptions {
  readonly self: MemberId
  readonly clock: Clock
  readonly random: Prng
  readonly log: Log
  readonly timing: ControlTiming
  /** Sends or drops: in order to each member while connected to it. */
  readonly send: (to: MemberId, bytes: Uint8Array) => void
  /** An invariant is broken. It is thrown as well, but perhaps into a promise of somebody who does not look at it. */
  readonly onBroken: (error: unknown) => void
}

/** Looks at the time so often in each heartbeat; also how soon the end of a lease is noticed. */
const TICKS_PER_HEARTBEAT = 5
/** A member that stops waits so many election spans for another to take over its part. */
const STOP_SPANS = 3
/** The only voter waits so long, because without it nobody ever leads those that stay. */
const ONLY_VOTER_STOP_MS = 30_000

interface Waiting {
  readonly resolve: (settled: Settled) => void
  readonly reject: (error: CobnutError) => void
}

export class RaftControlPlane implements ControlPlane {
  readonly #options: RaftOptions
  #core: RaftCore
  readonly #guard: ClockGuard
  readonly #waiting = new Map<number, Waiting>()
  readonly #listeners = new Set<(state: ClusterState, before: ClusterState) => void>()
  #timer: Timer | null
  #isDraining = false
  #leaderLogged: MemberId | null = null
  #onMayStop: (() => void) | null = null

  /** Founds a cluster of one. */
  static found(options: RaftOptions, command: Extract<Command, { type: 'found' }>): RaftControlPlane {
    const plane = new RaftControlPlane(options)
    plane.#core.found(command, options.clock.monotonicMs())
    plane.#drain()
    return plane
  }

  /** Waits for the leader of a cluster in which somebody else proposes its `join`. */
  static join(options: RaftOptions): RaftControlPlane {
    return new RaftControlPlane(options)
  }

  private constructor(options: RaftOptions) {
    const { self, timing, clock, random } = options
    this.#options = options
    this.#core = new RaftCore({ self, timing, random: random.fork(), nowMs: clock.monotonicMs() })
    this.#guard = new ClockGuard(clock)
    this.#timer = clock.every(timing.heartbeatMs / TICKS_PER_HEARTBEAT, () => this.#tick())
  }

  state(): ClusterState {
    return this.#core.state
  }

  onChange(listener: (state: ClusterState, before: ClusterState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async propose(commands: readonly Command[]): Promise<readonly Proposed[]> {
    assert(!commands.some(c => c.type === 'setVoters' || c.type === 'found'), 'the control plane chooses its voters itself')
    const settled = await this.#wait(now => this.#core.propose(commands, now))
    assert(settled.type === 'proposed', 'a proposal was answered as a read')
    return settled.results
  }

  async readIndex(): Promise<number> {
    const settled = await this.#wait(now => this.#core.read(now))
    assert(settled.type === 'read', 'a read was answered as a proposal')
    return settled.index
  }

  leader(): MemberId | null {
    return this.#core.leader
  }

  isLeader(): boolean {
    return this.#core.leadership !== null
  }

  isMember(): boolean {
    return this.#core.isMember
  }

  leaseUntilMs(): number {
    if (this.#timer === null) return 0
    this.#glanceAtClocks()
    return this.#core.lease.untilMs
  }

  leaseIndex(): number {
    return this.#core.lease.index
  }

  leaseOverAtMs(member: MemberId, { stopGranting }: { readonly stopGranting: boolean }): number {
    return this.#core.leadership?.leaseOverAtMs(member, stopGranting, this.#nowMs()) ?? Number.POSITIVE_INFINITY
  }

  resumeGranting(member: MemberId): void {
    this.#core.leadership?.resumeGranting(member)
  }

  lastHeardMs(member: MemberId): number {
    return this.#core.leadership?.lastHeardMs(member) ?? 0
  }

  onDeathProved(member: MemberId): void {
    if (this.#timer === null) return
    this.#checkClocks()
    this.#guarded(() => this.#core.proveDead(member, this.#nowMs()))
    this.#drain()
  }

  ahead(): { readonly state: ClusterState; readonly term: number } {
    return this.#core.ahead
  }

  restart(state: ClusterState): void {
    if (this.#timer === null) return
    const { self, timing, random } = this.#options
    const nowMs = this.#nowMs()
    const before = this.#core.state
    // tickets begin anew as well
    this.#core.close()
    for (const one of this.#core.take().settled) this.#answer(one)
    this.#core = new RaftCore({ self, timing, random: random.fork(), nowMs, base: state })
    this.#guarded(() => {
      if (state.voters.includes(self)) this.#core.refound(nowMs)
      for (const listener of this.#listeners) listener(state, before)
    })
    this.#drain()
  }

  onMessage(from: MemberId, bytes: Uint8Array): void {
    if (this.#timer === null) return
    this.#glanceAtClocks()
    this.#core.receive(from, decodeMessage(bytes), this.#nowMs())
    this.#drain()
  }

  async stop({ atOnce }: { readonly atOnce: boolean } = { atOnce: false }): Promise<void> {
    if (!atOnce) await this.#giveAway()
    if (this.#timer === null) return
    this.#timer.cancel()
    this.#timer = null
    this.#onMayStop?.()
    this.#core.close()
    for (const one of this.#core.take().settled) this.#answer(one)
    this.#listeners.clear()
  }

  async #giveAway(): Promise<void> {
    if (this.#timer === null) return
    const { self, clock, timing } = this.#options
    this.#core.retire(this.#nowMs())
    this.#drain()
    if (this.#core.mayStop) return
    await new Promise<void>(resolve => {
      const isOnlyVoter = this.state().voters.every(voter => voter === self)
      const deadline = clock.after(isOnlyVoter ? ONLY_VOTER_STOP_MS : STOP_SPANS * timing.electionMs, resolve)
      this.#onMayStop = () => {
        deadline.cancel()
        resolve()
      }
    })
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  #tick(): void {
    this.#checkClocks()
    this.#core.tick(this.#nowMs())
    this.#drain()
  }

  /** A host that was suspended may go on with anything: what rests on the lease does not wait for the next tick. */
  #glanceAtClocks(): void {
    if (this.#guard.isDue) this.#checkClocks()
  }

  #checkClocks(): void {
    if (this.#guard.agrees()) return
    this.#core.lease.drop(this.#nowMs())
    this.#options.log.warn('control.clocks-disagree', {})
  }

  #wait(ask: (nowMs: number) => number | null): Promise<Settled> {
    if (this.#timer === null) return Promise.reject(new CobnutError('MEMBER_STOPPED', undefined, { outcome: 'not-applied' }))
    const ticket = this.#guarded(() => ask(this.#nowMs()))
    if (ticket === null) return Promise.reject(new CobnutError('OVERLOADED', 'too many proposals wait for the leader'))
    const settled = new Promise<Settled>((resolve, reject) => this.#waiting.set(ticket, { resolve, reject }))
    this.#drain()
    return settled
  }

  /** Brings out what the core has decided. A listener may ask for more: the outermost call brings that out too. */
  #drain(): void {
    if (this.#isDraining) return
    this.#isDraining = true
    try {
      this.#guarded(() => this.#bringOut())
    } finally {
      this.#isDraining = false
    }
    this.#logLeader()
    if (this.#onMayStop !== null && this.#core.mayStop) this.#onMayStop()
  }

  #bringOut(): void {
    for (;;) {
      const { messages, changes, settled } = this.#core.take()
      if (messages.length + changes.length + settled.length === 0) return
      for (const { to, message } of messages) this.#options.send(to, encodeMessage(message))
      for (const { state, before } of changes) for (const listener of this.#listeners) listener(state, before)
      for (const one of settled) this.#answer(one)
    }
  }

  /**
   * Of a cluster of one: 1. somebody proposes, and does not look at the promise; 2. the change is decided and applied within the
   * call; 3. a listener throws, and the others never hear of that state. Nobody else would ever know.
   */
  #guarded<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      this.#options.onBroken(error)
      throw error
    }
  }

  #answer(settled: Settled): void {
    const waiting = this.#waiting.get(settled.ticket)
    this.#waiting.delete(settled.ticket)
    if (settled.type === 'failed') waiting?.reject(noLeader(settled.outcome))
    else waiting?.resolve(settled)
  }

  #logLeader(): void {
    const { leader, term } = this.#core
    if (leader === this.#leaderLogged) return
    this.#leaderLogged = leader
    this.#options.log.info('control.leader', { leader, term })
  }
}

const noLeader = (outcome: Outcome): CobnutError => new CobnutError('NO_LEADER', undefined, { outcome })

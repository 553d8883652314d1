/**
 * Consensus cores in one seeded world: virtual time, clocks that drift, a network that loses, delays and is cut, members
 * that crash, come back under new ids, pause, and are proved dead. A small coordinator on each leader does what the
 * cluster room does: it suspects, waits for leases, and removes. `Checks` looks on. Faults can be planted in the world
 * around the core, so that the checks are seen to find them.
 */

import { type GroupId, type MemberId, memberId } from '../../../src/base/ids.js'
import { Prng } from '../../../src/base/prng.js'
import type { Command } from '../../../src/control/cluster-state.js'
import { RaftCore } from '../../../src/control/raft/core.js'
import { decodeMessage, encodeMessage, type Message } from '../../../src/control/raft/messages.js'
import { Checks } from './checks.js'
import { founding, record } from './plane-world.js'
import { Queue } from './queue.js'

/** What goes wrong in the world around the cores; each has to be found by a check. */
export type Planted =
  | 'none'
  | 'restart under the old id'
  | 'altered entry'
  | 'acknowledged too much'
  | 'removed as dead without proof'
  | 'clock too fast'
  | 'lease counted from its receipt'
  | 'false proof of death'
  | 'read without confirmation'

const timing = { heartbeatMs: 100, electionMs: 400, leaseMs: 800, driftRatio: 0.05 }
const TICK_MS = 25

export interface Host {
  readonly id: MemberId
  readonly core: RaftCore
  /** Own clock = offset + rate * world time. */
  readonly rate: number
  readonly offsetMs: number
  pausedUntilMs: number
}

interface Weather {
  readonly lossPercent: number
  readonly delayMs: number
  readonly slowPercent: number
  readonly cuts: boolean
  readonly crashes: boolean
  readonly pauses: boolean
  readonly proofs: boolean
  readonly members: number
  /** Shorter than a lease too: then only the wait for leases protects. */
  readonly suspectAfterMs: number
}

export class Simulation {
  readonly checks: Checks
  readonly hosts = new Map<MemberId, Host>()
  readonly leaving = new Set<Host>()
  readonly #random: Prng
  readonly #planted: Planted
  readonly #weather: Weather
  readonly #queue = new Queue()
  readonly #cut = new Set<string>()
  /** Messages between two members stay in order. */
  readonly #arrivals = new Map<string, number>()
  readonly #encodes: boolean
  #isCalm = false
  #creepsUntilMs = 0
  /** What a member says that it has, and has not. */
  #pretendedIndex = 0
  #nextId = 1
  #nextWrite = 1
  nowMs = 0

  constructor(seed: number, planted: Planted = 'none') {
    const random = new Prng(seed)
    this.#random = random
    this.#planted = planted
    this.#encodes = random.chance(1, 10)
    this.#weather = {
      lossPercent: random.pick([0, 0, 2, 10]),
      delayMs: random.pick([1, 3, 20]),
      slowPercent: random.pick([0, 0, 5]),
      cuts: random.chance(1, 2),
      crashes: random.chance(2, 3),
      pauses: random.chance(1, 2),
      proofs: random.chance(1, 2),
      suspectAfterMs: random.pick([150, 300, 600]),
      members: random.pick([1, 2, 2, 3, 3, 3, 4, 5, 5]),
    }
    this.checks = new Checks(this)
  }

  /** Faults for a while, then calm, in which a cluster that still can must go on. */
  run(faultsMs: number, calmMs: number): void {
    const first = this.#addHost()
    first.core.found({ ...founding(first.id), settings: { ...founding(first.id).settings } }, this.localMs(first))
    this.#drain(first)
    for (let i = 1; i < this.#weather.members; i++) this.#addHost()
    this.#every(50, () => this.#wish())
    // time to become a cluster, without which most faults hit nothing
    this.#runUntil(1_500)
    if (this.#weather.cuts) this.#every(700, () => this.#cutSomething())
    if (this.#weather.crashes) this.#every(900, () => this.#crashSomething())
    if (this.#weather.pauses) this.#every(600, () => this.#pauseSomething())
    this.#runUntil(faultsMs)
    this.#isCalm = true
    this.#cut.clear()
    for (const host of this.hosts.values()) host.pausedUntilMs = Math.min(host.pausedUntilMs, this.nowMs)
    // what was still under way has arrived by then
    this.#runUntil(faultsMs + calmMs / 4)
    const expected = this.checks.canGoOn()
    this.#runUntil(faultsMs + calmMs / 2)
    const before = this.checks.committed
    this.#runUntil(faultsMs + calmMs)
    this.checks.atEnd(expected, before)
  }

  localMs(host: Host): number {
    return host.offsetMs + host.rate * this.nowMs
  }

  // --- members ---

  #addHost(again?: MemberId): Host {
    const id = again ?? memberId(`m${this.#nextId++}`)
    const fast = this.#planted === 'clock too fast' && this.#random.chance(1, 2)
    const drift = fast ? -0.5 : (this.#random.float() * 2 - 1) * timing.driftRatio
    const host = {
      id,
      rate: 1 + drift,
      offsetMs: this.#random.below(100_000),
      pausedUntilMs: 0,
      core: new RaftCore({ self: id, timing, random: this.#random.fork(), nowMs: 0 }),
    }
    const core = new RaftCore({ self: id, timing, random: this.#random.fork(), nowMs: this.localMs(host) })
    const placed = { ...host, core }
    this.hosts.set(id, placed)
    const tick = (): void => {
      if (this.hosts.get(id) !== placed) return
      this.#whenAwake(placed, () => {
        placed.core.tick(this.localMs(placed))
        this.#coordinate(placed)
        this.#drain(placed)
      })
      this.#queue.push(this.nowMs + TICK_MS, tick)
    }
    this.#queue.push(this.nowMs + this.#random.below(TICK_MS), tick)
    return placed
  }

  #whenAwake(host: Host, run: () => void): void {
    if (this.hosts.get(host.id) !== host) return
    if (host.pausedUntilMs <= this.nowMs) run()
    else this.#queue.push(host.pausedUntilMs, () => this.#whenAwake(host, run))
  }

  #drain(host: Host): void {
    this.checks.onStep(host)
    const { messages, changes, settled } = host.core.take()
    for (const { before, state } of changes) this.checks.onChange(host, before, state)
    for (const one of settled) this.checks.onSettled(host, one)
    for (const { to, message } of messages) this.#send(host.id, to, this.#plantIn(message))
  }

  #plantIn(message: Message): Message {
    if (this.#planted === 'altered entry' && message.type === 'append' && this.#random.chance(1, 50)) {
      const entries = message.entries.map(e => ({ ...e, commands: e.commands.filter(c => c.type !== 'setTargets') }))
      return { ...message, entries }
    }
    if (this.#pretendedIndex > 0 && message.type === 'appended' && message.ok) {
      return { ...message, index: this.#pretendedIndex }
    }
    return message
  }

  #send(from: MemberId, to: MemberId, message: Message): void {
    const { lossPercent, delayMs, slowPercent } = this.#weather
    if (!this.#isCalm && this.#random.below(100) < lossPercent) return
    // the worst moment: a lease is granted and does not arrive in time
    const target = this.hosts.get(to)
    if (message.type === 'lease' && target !== undefined && this.#weather.pauses && this.#random.chance(1, 200))
      this.#pause(target)
    const slow = !this.#isCalm && this.#random.below(100) < slowPercent ? this.#random.below(600) : 0
    const route = `${from}>${to}`
    const atMs = Math.max(this.#arrivals.get(route) ?? 0, this.nowMs + 0.2 + this.#random.float() * delayMs + slow)
    this.#arrivals.set(route, atMs)
    const sent = this.#encodes ? decodeMessage(encodeMessage(message)) : message
    this.#queue.push(atMs, () => {
      const host = this.hosts.get(to)
      if (host !== undefined && !this.#cut.has(route)) this.#whenAwake(host, () => this.#deliver(host, from, sent))
    })
  }

  #deliver(host: Host, from: MemberId, sent: Message): void {
    const nowMs = this.localMs(host)
    if (this.#planted === 'read without confirmation' && sent.type === 'read' && host.core.leadership !== null) {
      this.#send(host.id, from, { type: 'readAt', ticket: sent.ticket, index: host.core.log.applied })
      return
    }
    if (this.#planted === 'acknowledged too much' && sent.type === 'append' && this.#random.chance(1, 3)) {
      host.core.receive(from, { ...sent, entries: [] }, nowMs)
      this.#pretendedIndex = sent.prevIndex + sent.entries.length
      this.#drain(host)
      this.#pretendedIndex = 0
      return
    }
    const late = this.#planted === 'lease counted from its receipt' && sent.type === 'lease'
    host.core.receive(from, late ? { ...sent, sentAtMs: nowMs } : sent, nowMs)
    this.#drain(host)
  }

  // --- what the cluster room would do ---

  #coordinate(host: Host): void {
    const { core } = host
    if (core.leadership === null) return
    const nowMs = this.localMs(host)
    const commands: Command[] = []
    for (const member of core.state.members) {
      if (member.id === host.id) continue
      if (core.isDead(member.id)) {
        commands.push({ type: 'remove', member: member.id, why: 'dead' })
      } else if (nowMs - core.leadership.lastHeardMs(member.id) > this.#weather.suspectAfterMs) {
        const overAtMs = core.leadership.leaseOverAtMs(member.id, true, nowMs)
        const why = this.#planted === 'removed as dead without proof' ? 'dead' : 'silent'
        if (member.status === 'alive') commands.push({ type: 'setStatus', member: member.id, status: 'suspect' })
        else if (why === 'dead' || nowMs >= overAtMs) commands.push({ type: 'remove', member: member.id, why })
      } else if (member.status === 'suspect') {
        core.leadership.resumeGranting(member.id)
        commands.push({ type: 'setStatus', member: member.id, status: 'alive' })
      }
    }
    commands.push(...this.#groupCommands(core))
    // not again while the last ones are not decided
    if (commands.length > 0 && core.log.lastIndex === core.log.applied) core.propose(commands, nowMs)
  }

  #groupCommands({ state }: RaftCore): Command[] {
    const ids = state.members.filter(m => m.status === 'alive').map(m => m.id)
    const out: Command[] = []
    if (ids[0] === undefined) return out
    if (state.groups.some(g => g.epoch === 0)) {
      const placements = state.groups.map(() => this.#random.shuffled(ids).slice(0, 2))
      out.push({ type: 'assign', classIndex: 0, placements })
    }
    state.groups.forEach((g, i) => {
      const rests = { group: i as GroupId, epoch: g.epoch, version: g.version }
      const fresh = ids.find(m => !g.inSync.includes(m))
      if (g.status === 'lost') out.push({ type: 'recover', ...rests, primary: this.#random.pick(ids) })
      else if (g.learner !== null) out.push({ type: 'expand', member: g.learner, ...rests })
      else if (g.status === 'ok' && g.inSync.length < 2 && fresh !== undefined) {
        out.push({ type: 'setLearner', member: fresh, ...rests })
      }
    })
    return out
  }

  /** Writes, reads, and the wish of strangers to join, each through some member. */
  #wish(): void {
    const hosts = [...this.hosts.values()]
    const host = this.#random.pick(hosts)
    if (host === undefined || host.pausedUntilMs > this.nowMs) return
    const nowMs = this.localMs(host)
    const stranger = hosts.find(h => !h.core.isMember)
    const what = this.#random.below(3)
    if (stranger !== undefined && what === 0) {
      host.core.propose([{ type: 'join', member: record(stranger.id) }], nowMs)
    } else if (what === 1) {
      this.checks.onRead(host, host.core.read(nowMs))
    } else {
      const write: Command = { type: 'setTargets', targets: [[], []], targetsFor: `w${this.#nextWrite++}` }
      host.core.propose([write], nowMs)
    }
    this.#drain(host)
  }

  // --- weather ---

  #cutSomething(): void {
    if (this.nowMs < this.#creepsUntilMs) return
    this.#cut.clear()
    if (this.#isCalm || this.hosts.size === 0 || this.#random.chance(1, 3)) return
    const ids = [...this.hosts.keys()]
    const victim = this.#victim().id
    if (this.#random.chance(1, 3)) {
      this.#creep(victim)
      return
    }
    const side = [victim, ...this.#random.shuffled(ids.filter(id => id !== victim)).slice(0, this.#random.below(ids.length))]
    const oneWay = this.#random.chance(1, 4)
    for (const a of ids) {
      for (const b of ids) {
        if (!side.includes(a) || side.includes(b)) continue
        this.#cut.add(`${a}>${b}`)
        if (!oneWay) this.#cut.add(`${b}>${a}`)
      }
    }
  }

  /** One by one the others lose a member from sight, so that they last heard of it at very different times. */
  #creep(victim: MemberId): void {
    let atMs = this.nowMs
    for (const other of this.#random.shuffled([...this.hosts.keys()].filter(id => id !== victim))) {
      this.#queue.push(atMs, () => {
        if (!this.#isCalm) this.#cut.add(`${victim}>${other}`).add(`${other}>${victim}`)
      })
      atMs += this.#random.below(1_200)
    }
    this.#creepsUntilMs = atMs + 1_000
  }

  #crashSomething(): void {
    if (this.#isCalm || this.hosts.size < 2 || this.#random.chance(1, 2)) return
    const host = this.#victim()
    if (this.#random.chance(1, 3)) {
      this.#leave(host)
      return
    }
    // without its single voter, and without proof, a cluster ends: not in every run
    const isOnly = this.hosts.size > 2 && host.core.state.voters.length === 1 && host.core.leadership !== null
    if (isOnly && !this.#weather.proofs && this.#random.chance(9, 10)) return
    this.hosts.delete(host.id)
    if (this.#planted === 'restart under the old id') {
      this.checks.forget(host.id)
      this.#addHost(host.id)
      return
    }
    if (this.#weather.proofs) this.#prove(host.id, [...this.hosts.values()])
    this.#queue.push(this.nowMs + this.#random.below(2_000), () => this.#addHost())
  }

  /** Goes in good order: says so, gives its part away, and stops when it may, or when it has waited long enough. */
  #leave(host: Host): void {
    const { id, core } = host
    this.leaving.add(host)
    core.propose([{ type: 'setStatus', member: id, status: 'leaving' }], this.localMs(host))
    this.#drain(host)
    const untilMs = this.nowMs + 2_000
    const go = (): void => {
      if (this.hosts.get(id) !== host) return
      if (!core.isRetiring) {
        core.retire(this.localMs(host))
        core.propose([{ type: 'remove', member: id, why: 'left' }], this.localMs(host))
        this.#drain(host)
      }
      if (core.mayStop || this.nowMs >= untilMs) this.hosts.delete(id)
      else this.#queue.push(this.nowMs + TICK_MS, () => this.#whenAwake(host, go))
    }
    this.#queue.push(this.nowMs + 100, () => this.#whenAwake(host, go))
    this.#queue.push(this.nowMs + this.#random.below(3_000), () => this.#addHost())
  }

  /** Members learn of it one after the other, some late. */
  #prove(dead: MemberId, to: readonly Host[]): void {
    for (const host of to) {
      this.#queue.push(this.nowMs + this.#random.below(this.#random.pick([5, 50, 1_500])), () =>
        this.#whenAwake(host, () => {
          host.core.proveDead(dead, this.localMs(host))
          this.#drain(host)
        }),
      )
    }
  }

  /** Often the leader: that is where it hurts. */
  #victim(): Host {
    const hosts = [...this.hosts.values()]
    const leaders = hosts.filter(h => h.core.leadership !== null)
    return this.#random.pick(leaders.length > 0 && this.#random.chance(1, 2) ? leaders : hosts)
  }

  #pauseSomething(): void {
    if (this.#isCalm || this.hosts.size === 0 || this.#random.chance(1, 2)) return
    this.#pause(this.#victim())
  }

  #pause(host: Host): void {
    if (this.#isCalm) return
    host.pausedUntilMs = this.nowMs + this.#random.below(this.#random.pick([50, 500, 3_000]))
    const others = [...this.hosts.values()].filter(h => h !== host)
    if (this.#planted === 'false proof of death') this.#prove(host.id, others)
  }

  #every(intervalMs: number, run: () => void): void {
    const again = (): void => {
      run()
      this.#queue.push(this.nowMs + intervalMs * (0.5 + this.#random.float()), again)
    }
    this.#queue.push(this.nowMs + intervalMs, again)
  }

  #runUntil(endMs: number): void {
    for (let next = this.#queue.pop(endMs); next !== null; next = this.#queue.pop(endMs)) {
      this.nowMs = next.atMs
      next.run()
    }
    this.nowMs = endMs
  }
}

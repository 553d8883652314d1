/** Control planes on one virtual clock and a network that can be cut: what the directed tests play on. */

import { type MemberId, memberId } from '../../../src/base/ids.js'
import { Prng } from '../../../src/base/prng.js'
import type { ClusterSettings, Command, MapSettings, MemberRecord } from '../../../src/control/cluster-state.js'
import { decodeMessage, type Message } from '../../../src/control/raft/messages.js'
import { RaftControlPlane } from '../../../src/control/raft-control-plane.js'
import type { Clock, Log } from '../../../src/env/env.js'

const timing = { heartbeatMs: 250, electionMs: 1_000, leaseMs: 2_000, driftRatio: 0.05 }

const settings: ClusterSettings = {
  clusterId: 'c',
  clusterName: 'dev',
  partitionCount: 2,
  leaseMs: 2_000,
  minSync: -1,
  consistency: 'strict',
  fork: null,
}

export const mapSettings: MapSettings = {
  backupCount: 1,
  asyncBackupCount: 0,
  inMemoryFormat: 'BINARY',
  readBackupData: false,
  timeToLiveMs: 0,
  maxIdleMs: 0,
  perEntryStats: false,
  evictionPolicy: 'NONE',
  maxSizePolicy: 'PER_NODE',
  maxSize: 0,
}

export const record = (name: string, more: Partial<MemberRecord> = {}): MemberRecord => ({
  id: memberId(name),
  address: { host: '127.0.0.1', port: 5701 },
  lite: false,
  partitionGroup: name,
  deathToken: '',
  status: 'alive',
  admittedAt: 0,
  ...more,
})

export const founding = (name: string): Extract<Command, { type: 'found' }> => ({
  type: 'found',
  settings,
  member: record(name),
  defaultMap: mapSettings,
})

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

interface Due {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** `#now` counts in milliseconds from 1,000,000; every member's clock shows it, shifted by its own skews. */
export class PlaneWorld {
  readonly planes = new Map<string, RaftControlPlane>()
  readonly cut = new Set<string>()
  /** Added to what the uptime clock of a member shows. */
  readonly uptimeSkewMs = new Map<string, number>()
  /** Added to what its wall clock shows. */
  readonly wallSkewMs = new Map<string, number>()
  /** What was sent last. */
  lastSent: Message | null = null
  sent = 0
  #nowMs = 1_000_000
  #order = 0
  #due: Due[] = []
  readonly #random: Prng
  readonly #paused = new Set<string>()
  readonly #lastMessages = new Map<string, number>()

  constructor(seed = 7) {
    this.#random = new Prng(seed)
  }

  get nowMs(): number {
    return this.#nowMs
  }

  found(name: string): RaftControlPlane {
    return this.#add(name, RaftControlPlane.found(this.#options(name), founding(name)))
  }

  /** Starts a member and has `by` propose that it joins. */
  async join(name: string, by: string, more: Partial<MemberRecord> = {}): Promise<RaftControlPlane> {
    const plane = this.#add(name, RaftControlPlane.join(this.#options(name)))
    const proposed = this.at(by).propose([{ type: 'join', member: record(name, more) }])
    await Promise.all([this.until(() => plane.isMember()), this.settle(proposed)])
    return plane
  }

  at(name: string): RaftControlPlane {
    return this.planes.get(name) as RaftControlPlane
  }

  /** Its process is gone; nobody has been told. */
  kill(name: string): void {
    this.planes.delete(name)
  }

  /** Its process ends with so many messages more. */
  killAfter(name: string, messages: number): void {
    this.#lastMessages.set(name, messages)
  }

  pause(name: string): void {
    this.#paused.add(name)
  }

  resume(name: string): void {
    this.#paused.delete(name)
  }

  proveDead(name: string): void {
    for (const plane of this.planes.values()) plane.onDeathProved(memberId(name))
  }

  /** Its host slept: nothing ran there, and the monotonic clock stood still. */
  wake(name: string, sleptMs: number): void {
    this.uptimeSkewMs.set(name, sleptMs)
    this.wallSkewMs.set(name, sleptMs)
  }

  isolate(name: string): void {
    for (const other of this.planes.keys()) if (other !== name) this.cutBetween(name, other)
  }

  cutBetween(one: string, other: string): void {
    this.cut.add(`${one}>${other}`).add(`${other}>${one}`)
  }

  leaders(): string[] {
    return [...this.planes].filter(([, plane]) => plane.isLeader()).map(([name]) => name)
  }

  /** Runs virtual time until the condition holds; fails after `limitMs` with what was seen. */
  async until(condition: () => boolean, limitMs = 20_000): Promise<void> {
    const endMs = this.#nowMs + limitMs
    while (!condition()) {
      if (this.#nowMs >= endMs) throw new Error(`never came true: ${condition} ${this.print()}`)
      await this.run(5)
    }
  }

  /** Runs virtual time until the promise is settled. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let done = false
    const mark = (): void => {
      done = true
    }
    promise.then(mark, mark)
    await this.until(() => done)
    return promise
  }

  async run(forMs: number): Promise<void> {
    const endMs = this.#nowMs + forMs
    for (;;) {
      await Promise.resolve()
      this.#due.sort((a, b) => a.atMs - b.atMs || a.order - b.order)
      const next = this.#due[0]
      if (next === undefined || next.atMs > endMs) break
      this.#due.shift()
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.run()
    }
    this.#nowMs = endMs
    await new Promise<void>(resolve => setImmediate(resolve))
  }

  print(): string {
    const lines = [...this.planes].map(([name, p]) => {
      const { index, voters, partner, members } = p.state()
      const leaseMs = p.leaseUntilMs() - this.#nowMs
      return `${name}: ${p.isLeader() ? 'leads' : `follows ${p.leader()}`} ${JSON.stringify({ index, voters, partner, leaseMs, members: members.map(m => m.id) })}`
    })
    return `at ${this.#nowMs}\n${lines.join('\n')}`
  }

  #add(name: string, plane: RaftControlPlane): RaftControlPlane {
    this.planes.set(name, plane)
    return plane
  }

  #options(name: string) {
    return {
      self: memberId(name),
      clock: this.#clock(name),
      random: this.#random,
      log: silent,
      timing,
      send: (to: MemberId, bytes: Uint8Array) => this.#send(name, to, bytes),
      onBroken: () => {},
    }
  }

  #send(from: string, to: string, bytes: Uint8Array): void {
    this.sent += 1
    this.lastSent = decodeMessage(bytes)
    const left = this.#lastMessages.get(from)
    if (left === 0) this.kill(from)
    if (!this.planes.has(from)) return
    if (left !== undefined) this.#lastMessages.set(from, left - 1)
    if (this.cut.has(`${from}>${to}`)) return
    const deliver = (): void => {
      if (this.#paused.has(to)) this.#at(10, deliver)
      else this.planes.get(to)?.onMessage(memberId(from), bytes)
    }
    this.#at(1, deliver)
  }

  #at(delayMs: number, run: () => void): Due {
    const due = { atMs: this.#nowMs + delayMs, order: this.#order++, run }
    this.#due.push(due)
    return due
  }

  #cancel(due: Due): void {
    this.#due = this.#due.filter(d => d !== due)
  }

  #every(name: string, intervalMs: number, run: () => void): { cancel(): void } {
    let isOver = false
    const again = (): void => {
      if (isOver) return
      this.#at(intervalMs, again)
      if (!this.#paused.has(name) && this.planes.has(name)) run()
    }
    this.#at(intervalMs, again)
    return {
      cancel: () => {
        isOver = true
      },
    }
  }

  #clock(name: string): Clock {
    const after = (delayMs: number, run: () => void) => {
      const due = this.#at(delayMs, run)
      return { cancel: () => this.#cancel(due) }
    }
    return {
      monotonicMs: () => this.#nowMs,
      wallMs: () => this.#nowMs + (this.wallSkewMs.get(name) ?? 0),
      uptimeMs: () => this.#nowMs + (this.uptimeSkewMs.get(name) ?? 0),
      after,
      every: (intervalMs, run) => this.#every(name, intervalMs, run),
      defer: run => void this.#at(0, run),
    }
  }
}

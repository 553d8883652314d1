/**
 * The network between simulated machines: who listens where, connections as TCP makes them, cuts and slow links, and the
 * proof that a process is dead.
 */

import { CobnutError } from '../src/base/errors.js'
import type { MemberId } from '../src/base/ids.js'
import type { Prng } from '../src/base/prng.js'
import type { Address, DeathProof, Incarnation, Listener, ListenOptions, Network, Pipe } from '../src/env/env.js'
import { Link, type LinkStats, type Weather } from './link.js'
import type { Machine } from './machine.js'
import { SimPipe } from './pipe.js'
import type { Process, Resource } from './process.js'
import type { Timeline } from './timeline.js'

const WILDCARDS: ReadonlySet<string> = new Set(['', '0.0.0.0', '::'])
const LOOPBACKS: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])
/** A connection attempt without an answer is repeated after so long, then after twice as long, and so on. */
const DIAL_AGAIN_MS = 1000

interface Listening extends Resource {
  readonly process: Process
  readonly address: Address
  readonly onPipe: (pipe: Pipe) => void
}

/** What all processes of a world share. */
export class SimNetwork {
  readonly stats: LinkStats = { slowed: 0, slowedUntilMs: Number.NEGATIVE_INFINITY, resentUntilMs: Number.NEGATIVE_INFINITY }
  /** When a dial last found a link that was cut, or lost what it sent: it is repeated after a second at the earliest. */
  dialLostAtMs = Number.NEGATIVE_INFINITY
  readonly #timeline: Timeline
  readonly #random: Prng
  readonly #weather: Weather
  readonly #machines = new Map<string, Machine>()
  readonly #listening = new Map<string, Listening>()
  readonly #links = new Map<string, Link>()
  readonly #announced = new Map<string, Process>()
  /** Whether processes can be proved dead at all in this world. */
  readonly #provesDeath: boolean

  constructor(timeline: Timeline, random: Prng, weather: Weather, provesDeath: boolean) {
    this.#timeline = timeline
    this.#random = random
    this.#weather = weather
    this.#provesDeath = provesDeath
  }

  addMachine(machine: Machine): void {
    this.#machines.set(machine.address, machine)
  }

  /** The link over which the host named `from` reaches the host named `to`. */
  link(from: string, to: string): Link {
    const name = `${from}>${to}`
    let link = this.#links.get(name)
    if (link === undefined) {
      link = new Link(this.#weather, this.#random.fork(), this.#timeline, this.stats)
      this.#links.set(name, link)
    }
    return link
  }

  listen(process: Process, options: ListenOptions): Listener {
    const host = WILDCARDS.has(options.host) ? options.host : this.#resolve(process, options.host)
    if (!WILDCARDS.has(host) && host !== process.machine.address) {
      throw new CobnutError('ADDRESS_IN_USE', `${options.host} is not an address of this machine`)
    }
    const port = this.#freePort(process.machine, options)
    const address = { host, port }
    const key = keyOf(process.machine.address, port)
    const listening: Listening = {
      describe: () => `listener on port ${port}`,
      process,
      address,
      onPipe: options.onPipe,
      onProcessGone: () => this.#listening.delete(key),
    }
    this.#listening.set(key, listening)
    process.resources.add(listening)
    const close = async (): Promise<void> => {
      if (!process.resources.delete(listening)) return
      this.#listening.delete(key)
    }
    return { address, close }
  }

  dial(process: Process, to: Address, timeoutMs: number): Promise<Pipe> {
    const address = { host: this.#resolve(process, to.host), port: to.port }
    return new Promise((resolve, reject) => {
      const dialing: Resource = { describe: () => `dial to ${to.host}:${to.port}`, onProcessGone: () => undefined }
      process.resources.add(dialing)
      const isOver = (): boolean => !process.resources.has(dialing)
      const settle = (run: () => void): void => {
        if (!process.resources.delete(dialing)) return
        this.#timeline.cancel(timeout)
        run()
      }
      const fail = (text: string, refused: boolean): void => {
        const error = new CobnutError('LINK_CLOSED', `${to.host}:${to.port}: ${text}`, { refused, outcome: 'not-applied' })
        settle(() => reject(error))
      }
      const refuse = (): void => fail('connection refused', true)
      const timeout = process.post(() => fail(`no answer within ${timeoutMs} ms`, false), timeoutMs)
      this.#attempt(process, address, DIAL_AGAIN_MS, isOver, pipe => settle(() => resolve(pipe)), refuse)
    })
  }

  announce(process: Process, id: MemberId): Incarnation {
    if (!this.#provesDeath) return { token: '', withdraw: async () => undefined }
    const token = `${process.machine.name}:${process.number}/${id}`
    this.#announced.set(token, process)
    const announcement: Resource = { describe: () => 'announcement', onProcessGone: () => undefined }
    process.resources.add(announcement)
    const withdraw = async (): Promise<void> => {
      process.resources.delete(announcement)
      this.#announced.delete(token)
    }
    return { token, withdraw }
  }

  probe(process: Process, token: string): DeathProof {
    const announced = this.#announced.get(token)
    if (announced === undefined || announced.machine !== process.machine) return 'unknown'
    return announced.isAlive ? 'alive' : 'dead'
  }

  /** One SYN: lost on a cut or bad link and sent again; refused where nobody listens; else both ends exist. */
  #attempt(
    process: Process,
    to: Address,
    againMs: number,
    isOver: () => boolean,
    connected: (pipe: Pipe) => void,
    refused: () => void,
  ): void {
    if (isOver()) return
    const machine = this.#machines.get(to.host)
    const repeat = (): void => {
      this.#timeline.after(againMs, () => this.#attempt(process, to, 2 * againMs, isOver, connected, refused))
    }
    if (machine === undefined) {
      repeat()
      return
    }
    const listening = this.#listening.get(keyOf(to.host, to.port))
    // Where nobody listens the answer comes from the machine's kernel, over the links of the machine.
    const peer = listening?.process.name ?? machine.name
    const there = this.link(process.name, peer)
    const back = this.link(peer, process.name)
    const isLost = there.isCut || back.isCut || there.oneIn(there.weather.dialLostOneIn)
    if (there.isCut) there.held++
    if (back.isCut) back.held++
    if (isLost) {
      this.dialLostAtMs = this.#timeline.nowMs
      repeat()
      return
    }
    this.#timeline.after(there.latencyMs(0), () => {
      if (there.isCut || back.isCut || !machine.isUp) {
        repeat()
        return
      }
      const found = this.#listening.get(keyOf(to.host, to.port))
      if (found === undefined) {
        this.#timeline.after(back.latencyMs(0), () => process.enter(refused))
        return
      }
      if (isOver()) return
      const from = { host: process.machine.address, port: process.machine.takeEphemeralPort() }
      const there2 = this.link(process.name, found.process.name)
      const back2 = this.link(found.process.name, process.name)
      const [near, far] = SimPipe.connect(process, found.process, there2, back2, from, to)
      found.process.enter(() => found.onPipe(far))
      // A paused process may find, when it goes on, that it has given up in the meantime.
      this.#timeline.after(back.latencyMs(0), () => {
        if (isOver()) near.destroy()
        else process.enter(() => (isOver() ? near.destroy() : connected(near)))
      })
    })
  }

  #resolve(process: Process, host: string): string {
    return LOOPBACKS.has(host) ? process.machine.address : host
  }

  #freePort(machine: Machine, options: ListenOptions): number {
    if (options.port === 0) {
      for (;;) {
        const port = machine.takeEphemeralPort()
        if (!this.#listening.has(keyOf(machine.address, port))) return port
      }
    }
    for (let port = options.port; port < options.port + Math.max(1, options.portCount); port++) {
      if (!this.#listening.has(keyOf(machine.address, port))) return port
    }
    throw new CobnutError('ADDRESS_IN_USE', `no free port from ${options.port} on`, { port: options.port })
  }
}

/** The network as one process sees it. */
export class ProcessNetwork implements Network {
  readonly #network: SimNetwork
  readonly #process: Process

  constructor(network: SimNetwork, process: Process) {
    this.#network = network
    this.#process = process
  }

  listen(options: ListenOptions): Promise<Listener> {
    return this.#answer(() => this.#network.listen(this.#process, options))
  }

  dial(to: Address, timeoutMs: number): Promise<Pipe> {
    return this.#network.dial(this.#process, to, timeoutMs)
  }

  announce(id: MemberId): Promise<Incarnation> {
    return this.#answer(() => this.#network.announce(this.#process, id))
  }

  probe(token: string): Promise<DeathProof> {
    return this.#answer(() => this.#network.probe(this.#process, token))
  }

  /** What the kernel answers, a moment later. A dead process never hears. */
  #answer<T>(ask: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#process.post(() => {
        try {
          resolve(ask())
        } catch (error) {
          reject(error)
        }
      }, 0.05)
    })
  }
}

const keyOf = (host: string, port: number): string => `${host}:${port}`

/**
 * A simulated world: machines, processes and a network on one virtual time, all drawn from one seed. Production code runs
 * in it unchanged, through `Env`. One seed fixes everything that happens.
 *
 *     const world = new World(7)
 *     const host = world.host('a')
 *     const ready = host.start(env => startMember(config, env))
 *     await world.runUntil(() => ..., 10_000)
 */

import { Prng } from '../src/base/prng.js'
import type { LogFields, LogLevel } from '../src/env/env.js'
import { Host } from './host.js'
import { fairWeather, type Weather } from './link.js'
import { Machine } from './machine.js'
import { SimNetwork } from './network.js'
import type { Process, TimerLag } from './process.js'
import { type Event, Timeline } from './timeline.js'
import { Tripwire } from './tripwire.js'

export interface WorldOptions {
  readonly weather?: Partial<Weather>
  /** Largest error of a machine's clock rate, in parts of one. Default 0: all clocks run true. */
  readonly clockDrift?: number
  /** Largest error of a wall clock when the world begins. Default 0. */
  readonly wallErrorMs?: number
  readonly timerLag?: TimerLag
  /** False: no process can be proved dead, as on a platform without the means. Default true. */
  readonly provesDeath?: boolean
  /** Gets every log line as it is written. */
  readonly onLog?: (line: LogLine) => void
  /** Default true. False only to measure what it costs. */
  readonly tripwire?: boolean
}

export interface LogLine {
  readonly atMs: number
  readonly host: string
  readonly level: LogLevel
  readonly event: string
  readonly fields: LogFields
}

/** Something was thrown that no code of the process caught: in production it would have ended the process. */
export class UncaughtError extends Error {
  readonly host: string

  constructor(host: string, atMs: number, cause: unknown) {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    super(`uncaught in ${host} at ${atMs.toFixed(3)} ms: ${text}`, { cause })
    this.name = 'UncaughtError'
    this.host = host
  }
}

/** Log lines kept for the report of a failure. */
const LOG_LINES_KEPT = 400
/** Events for which one turn of the real event loop is prepared at once. Only speed depends on it. */
const EVENTS_A_TURN = 256

export class World {
  readonly seed: number
  /** For code outside the processes: faults, workloads. */
  readonly random: Prng
  readonly network: SimNetwork
  readonly #timeline = new Timeline()
  readonly #options: WorldOptions
  readonly #hostRandom: Prng
  readonly #machines = new Map<string, Machine>()
  readonly #hosts = new Map<string, Host>()
  readonly #log: LogLine[] = []
  #processes = 0
  #current: Process | null = null
  #failure: UncaughtError | null = null
  readonly #tripwire = new Tripwire()

  constructor(seed: number, options: WorldOptions = {}) {
    this.seed = seed
    this.#options = options
    const random = new Prng(seed)
    this.random = random.fork()
    this.#hostRandom = random.fork()
    const weather = { ...fairWeather, ...options.weather }
    this.network = new SimNetwork(this.#timeline, random.fork(), weather, options.provesDeath ?? true)
  }

  get nowMs(): number {
    return this.#timeline.nowMs
  }

  /** Events run so far. */
  get events(): number {
    return this.#timeline.ran
  }

  get hosts(): readonly Host[] {
    return [...this.#hosts.values()]
  }

  /** The last log lines of all processes, oldest first. */
  get logTail(): readonly LogLine[] {
    return this.#log.slice(-LOG_LINES_KEPT)
  }

  fingerprint(): string {
    return this.#timeline.fingerprint.toString()
  }

  /** Mixes something that a test regards as part of what happened into the fingerprint. */
  witness(text: string): void {
    this.#timeline.fingerprint.text(text)
  }

  /** A line of the log that no process wrote: a fault, a phase of a run. */
  note(event: string, fields: LogFields = {}): void {
    this.#onLog('world', 'info', event, fields)
  }

  /** The host of that name, made at the first call; hosts of one `machine` share its address, clock and death proofs. */
  host(name: string, machine: string = name): Host {
    let host = this.#hosts.get(name)
    if (host === undefined) {
      host = new Host(name, this.#machine(machine), {
        timeline: this.#timeline,
        network: this.network,
        random: this.#hostRandom.fork(),
        timerLag: this.#options.timerLag ?? { usualMs: 1, rareMs: 8 },
        takeProcessNumber: () => ++this.#processes,
        onEnter: process => {
          this.#current = process
        },
        onLog: (process, level, event, fields) => this.#onLog(process.name, level, event, fields),
      })
      this.#hosts.set(name, host)
    }
    return host
  }

  /** Runs code of nobody's process: a fault, a check. */
  after(delayMs: number, run: () => void): Event {
    return this.#timeline.after(delayMs, () => {
      this.#current = null
      run()
    })
  }

  cancel(event: Event): void {
    this.#timeline.cancel(event)
  }

  /** Runs everything that is due in the next `forMs`. Rejects with what no process caught. */
  async run(forMs: number): Promise<void> {
    await this.#drive(this.nowMs + forMs, () => false)
  }

  /** Runs until `condition`, asked after every event, is true. False if `withinMs` passed before. */
  runUntil(condition: () => boolean, withinMs: number): Promise<boolean> {
    return this.#drive(this.nowMs + withinMs, condition)
  }

  /** Runs until the promise is settled and returns its value; throws when that takes longer than `withinMs`. */
  async settle<T>(promise: Promise<T>, withinMs: number): Promise<T> {
    let outcome: { readonly value: T } | { readonly error: unknown } | null = null
    promise.then(
      value => {
        outcome = { value }
      },
      (error: unknown) => {
        outcome = { error }
      },
    )
    await this.runUntil(() => outcome !== null, withinMs)
    const settled = outcome as { readonly value: T } | { readonly error: unknown } | null
    if (settled === null) throw new Error(`not settled within ${withinMs} virtual ms`)
    if ('error' in settled) throw settled.error
    return settled.value
  }

  /** Timers, pipes, listeners and dials that living processes hold, by host: what a shutdown must leave empty. */
  leaks(): string[] {
    const found: string[] = []
    for (const { name, process } of this.#hosts.values()) {
      if (!process.isAlive) continue
      if (process.timers > 0) found.push(`${name}: ${process.timers} timers`)
      for (const resource of process.resources) found.push(`${name}: ${resource.describe()}`)
    }
    return found
  }

  #machine(name: string): Machine {
    let machine = this.#machines.get(name)
    if (machine === undefined) {
      const random = this.#hostRandom.fork()
      const spread = (limit: number): number => (2 * random.float() - 1) * limit
      const number = this.#machines.size + 1
      machine = new Machine(name, `10.0.${number >> 8}.${number & 255}`, this.#timeline, {
        rate: 1 + spread(this.#options.clockDrift ?? 0),
        bootMs: random.float() * 1e8,
        wallErrorMs: spread(this.#options.wallErrorMs ?? 0),
      })
      this.#machines.set(name, machine)
      this.network.addMachine(machine)
    }
    return machine
  }

  #onLog(host: string, level: LogLevel, event: string, fields: LogFields): void {
    const line = { atMs: this.nowMs, host, level, event, fields }
    this.#timeline.fingerprint.text(event)
    this.#log.push(line)
    if (this.#log.length > 2 * LOG_LINES_KEPT) this.#log.splice(0, LOG_LINES_KEPT)
    if (this.#options.onLog === undefined) return
    this.#tripwire.disarm()
    this.#options.onLog(line)
    this.#tripwire.arm()
  }

  #onUncaught(error: unknown): void {
    this.#failure ??= new UncaughtError(this.#current?.name ?? 'the world', this.nowMs, error)
  }

  /**
   * Each event gets a real immediate of its own: Node runs every promise continuation that the event made possible
   * before it begins the next immediate. That is complete, documented, and costs about 150 ns.
   */
  async #drive(untilMs: number, condition: () => boolean): Promise<boolean> {
    const turn = setImmediate
    const restore = this.#takeOver()
    let isOver = false
    let met = false
    try {
      await new Promise<void>(resolve => {
        const finish = (): void => {
          isOver = true
          this.#tripwire.disarm()
          resolve()
        }
        const step = (): void => {
          if (isOver) return
          met = condition()
          const isFailed = this.#failure !== null || this.#tripwire.hits.length > 0
          const run = met || isFailed ? null : this.#timeline.next(untilMs)
          if (run === null) {
            finish()
            return
          }
          this.#tripwire.arm()
          try {
            run()
          } catch (error) {
            this.#onUncaught(error)
          }
        }
        const refill = (): void => {
          this.#tripwire.disarm()
          if (isOver) return
          for (let i = 0; i < EVENTS_A_TURN; i++) turn(step)
          turn(refill)
        }
        refill()
      })
    } finally {
      restore()
    }
    const hit = this.#tripwire.hits[0]
    if (hit !== undefined) throw hit
    if (this.#failure !== null) throw this.#failure
    return met
  }

  /** While the world runs, what nobody caught belongs to it, not to the program around it. */
  #takeOver(): () => void {
    const channels = ['uncaughtException', 'unhandledRejection'] as const
    const onUncaught = (error: unknown): void => this.#onUncaught(error)
    const before = channels.map(channel => process.listeners(channel as 'uncaughtException'))
    for (const channel of channels) {
      process.removeAllListeners(channel)
      process.on(channel, onUncaught)
    }
    if (this.#options.tripwire !== false) this.#tripwire.install()
    return () => {
      if (this.#options.tripwire !== false) this.#tripwire.uninstall()
      channels.forEach((channel, i) => {
        process.removeAllListeners(channel)
        for (const listener of before[i]!) process.on(channel as 'uncaughtException', listener)
      })
    }
  }
}

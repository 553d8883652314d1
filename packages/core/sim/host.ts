/**
 * A place where a process runs, with a name that outlives it: `crash` ends the process and all that was in its memory,
 * `restart` begins the next incarnation under the same name and address.
 */

import { assert } from '../src/base/assert.js'
import type { Prng } from '../src/base/prng.js'
import type { Env, Log, LogFields, LogLevel } from '../src/env/env.js'
import { simKeys } from './keys.js'
import type { Machine } from './machine.js'
import { ProcessNetwork, type SimNetwork } from './network.js'
import { Process, ProcessClock, type TimerLag } from './process.js'
import type { Timeline } from './timeline.js'

/** What a host needs of its world. */
export interface HostWorld {
  readonly timeline: Timeline
  readonly network: SimNetwork
  readonly random: Prng
  readonly timerLag: TimerLag
  takeProcessNumber(): number
  onEnter(process: Process): void
  onLog(process: Process, level: LogLevel, event: string, fields: LogFields): void
}

export class Host {
  readonly name: string
  readonly machine: Machine
  readonly #world: HostWorld
  #process!: Process
  #env!: Env
  readonly #whenDown = new Set<() => void>()

  constructor(name: string, machine: Machine, world: HostWorld) {
    this.name = name
    this.machine = machine
    this.#world = world
    this.#begin()
  }

  /** Of the incarnation that runs now. That of a dead one does nothing any more. */
  get env(): Env {
    return this.#env
  }

  get process(): Process {
    return this.#process
  }

  get isAlive(): boolean {
    return this.#process.isAlive
  }

  get isPaused(): boolean {
    return this.#process.isPaused
  }

  /** Runs `main` as code of the process. Settles as `main` does; never, if the process dies before. */
  start<T>(main: (env: Env) => T | Promise<T>): Promise<T> {
    const env = this.#env
    return new Promise((resolve, reject) => {
      this.#process.post(() => {
        try {
          Promise.resolve(main(env)).then(resolve, reject)
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /** `process`: as kill -9, the kernel tells the peers. `power`: as a pulled plug, nobody hears anything. */
  crash(how: 'process' | 'power' = 'process'): void {
    if (!this.#process.isAlive) return
    if (how === 'power') this.machine.isUp = false
    this.#process.kill(how === 'power')
    const told = [...this.#whenDown]
    this.#whenDown.clear()
    for (const listener of told) listener()
  }

  /** A new incarnation: nothing of the old one is left. */
  restart(): void {
    assert(!this.#process.isAlive, `${this.name} still runs`)
    if (!this.machine.isUp) {
      this.machine.isUp = true
      this.#process.onMachineUp()
    }
    this.#begin()
  }

  pause(): void {
    this.#process.pause()
  }

  /** Returns how many events had to wait. */
  resume(): number {
    return this.#process.resume()
  }

  /** Pauses the process while the monotonic clock of its machine stands still. */
  suspend(): void {
    this.machine.freezeMonotonic()
    this.#process.pause()
  }

  wake(): number {
    this.machine.thawMonotonic()
    return this.#process.resume()
  }

  /** Called once when the incarnation that runs now crashes. Returns the unsubscribe function. */
  whenDown(listener: () => void): () => void {
    this.#whenDown.add(listener)
    return () => this.#whenDown.delete(listener)
  }

  #begin(): void {
    const world = this.#world
    const process = new Process(this.name, world.takeProcessNumber(), this.machine, world.timeline, p => world.onEnter(p))
    this.#process = process
    this.#env = {
      clock: new ProcessClock(process, world.random.fork(), world.timerLag),
      network: new ProcessNetwork(world.network, process),
      random: world.random.fork(),
      keys: simKeys(process.number),
      log: logOf(world, process, {}),
    }
  }
}

function logOf(world: HostWorld, process: Process, common: LogFields): Log {
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void =>
      world.onLog(process, level, event, { ...common, ...fields })
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: fields => logOf(world, process, { ...common, ...fields }),
  }
}

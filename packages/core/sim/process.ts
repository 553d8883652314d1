/**
 * One incarnation of a simulated process: the gate through which every event of its code passes. Crashed, nothing enters
 * any more; paused (as by SIGSTOP), what comes waits in order while the clocks go on.
 */

import type { Prng } from '../src/base/prng.js'
import type { Clock, Timer } from '../src/env/env.js'
import type { Machine } from './machine.js'
import type { Event, Timeline } from './timeline.js'

/** Something of the kernel that ends with the process: a pipe, a listener, a dial under way. */
export interface Resource {
  /** What it is, for a report of what is left: `pipe to 10.0.0.1:5701, open`. */
  describe(): string
  /** The process is gone. `silently`: the machine lost power, and nobody is told. */
  onProcessGone(silently: boolean): void
  /** The machine that had lost power is up again, and its kernel knows nothing of what was before. */
  onMachineUp?(): void
}

export class Process {
  readonly name: string
  /** Counts all processes of the world: a process id that is never used again. */
  readonly number: number
  readonly machine: Machine
  readonly timeline: Timeline
  readonly resources = new Set<Resource>()
  timers = 0
  #orphans: readonly Resource[] = []
  #alive = true
  #held: (() => void)[] | null = null
  readonly #onEnter: (process: Process) => void

  constructor(name: string, number: number, machine: Machine, timeline: Timeline, onEnter: (process: Process) => void) {
    this.name = name
    this.number = number
    this.machine = machine
    this.timeline = timeline
    this.#onEnter = onEnter
  }

  get isAlive(): boolean {
    return this.#alive
  }

  get isPaused(): boolean {
    return this.#held !== null
  }

  /** Runs code of the process now, or when it is resumed, or never if it is dead. */
  enter(run: () => void): void {
    if (!this.#alive) return
    if (this.#held !== null) {
      this.#held.push(run)
      return
    }
    this.timeline.fingerprint.word(this.number)
    this.#onEnter(this)
    run()
  }

  /** `enter`, in an event of its own, after what is ready now. */
  post(run: () => void, delayMs = 0): Event {
    return this.timeline.after(delayMs, () => this.enter(run))
  }

  pause(): void {
    this.#held ??= []
  }

  /** Returns how many events had to wait. */
  resume(): number {
    const held = this.#held
    if (held === null) return 0
    this.#held = null
    for (const run of held) this.post(run)
    return held.length
  }

  /** Drops everything. Peers are told by their kernels, unless it happens `silently`. */
  kill(silently: boolean): void {
    if (!this.#alive) return
    this.#alive = false
    this.#held = null
    this.timers = 0
    this.#orphans = [...this.resources]
    this.resources.clear()
    for (const resource of this.#orphans) resource.onProcessGone(silently)
  }

  /** The machine of this dead process has power again. */
  onMachineUp(): void {
    for (const resource of this.#orphans) resource.onMachineUp?.()
  }
}

/** How late timers fire: always a little, now and then more, as when the event loop is busy. */
export interface TimerLag {
  readonly usualMs: number
  readonly rareMs: number
}

export class ProcessClock implements Clock {
  readonly #process: Process
  readonly #machine: Machine
  readonly #timeline: Timeline
  readonly #random: Prng
  readonly #lag: TimerLag

  constructor(process: Process, random: Prng, lag: TimerLag) {
    this.#process = process
    this.#machine = process.machine
    this.#timeline = process.timeline
    this.#random = random
    this.#lag = lag
  }

  monotonicMs(): number {
    return this.#machine.monotonicMs()
  }

  wallMs(): number {
    return this.#machine.wallMs()
  }

  uptimeMs(): number {
    return this.#machine.uptimeMs()
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#arm(Math.max(0, delayMs), run, false)
  }

  every(intervalMs: number, run: () => void): Timer {
    return this.#arm(Math.max(1, intervalMs), run, true)
  }

  defer(run: () => void): void {
    this.#process.post(run)
  }

  #arm(delayMs: number, run: () => void, again: boolean): Timer {
    const process = this.#process
    if (!process.isAlive) return { cancel: () => undefined }
    let event: Event | null = null
    let dueMs = this.#machine.monotonicMs() + delayMs
    const finish = (): void => {
      if (event === null) return
      event = null
      process.timers--
    }
    const enter = (): void => {
      if (event === null) return
      if (again) {
        dueMs = this.#machine.monotonicMs() + delayMs
        event = this.#timeline.at(this.#fireAt(dueMs), fire)
      } else finish()
      run()
    }
    const fire = (): void => {
      // The clock may have been slowed down or stopped since the timer was armed: it must not fire early.
      if (this.#machine.monotonicMs() < dueMs - 0.001) event = this.#timeline.at(this.#fireAt(dueMs), fire)
      else process.enter(enter)
    }
    process.timers++
    event = this.#timeline.at(this.#fireAt(dueMs), fire)
    return {
      cancel: () => {
        if (event === null || !process.isAlive) return
        this.#timeline.cancel(event)
        finish()
      },
    }
  }

  #fireAt(dueMs: number): number {
    const lagMs = this.#random.chance(1, 64) ? this.#lag.rareMs : this.#lag.usualMs
    return this.#machine.trueTimeOf(dueMs) + this.#random.float() * lagMs
  }
}

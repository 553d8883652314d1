/**
 * The seats of a simulated cluster and who sits on them now: starts members, crashes them, starts them again, and knows
 * what they say in public. It never looks inside one.
 */

import type { Host } from './host.js'
import type { Subject, SubjectMember } from './subject.js'
import type { World } from './world.js'

export interface Seated {
  readonly host: Host
  /** Null while it is down or still starting. */
  member: SubjectMember | null
  /** Members started on this seat so far. */
  incarnations: number
  /** It failed to start, and has to be started again. */
  startFailed: boolean
}

export interface ClusterOptions {
  readonly members: number
  /** All members on one machine: they share address and clock, and can prove each other dead. */
  readonly oneMachine: boolean
}

export class Cluster {
  readonly world: World
  readonly seats: readonly Seated[]
  readonly #subject: Subject
  readonly #machines: readonly string[]
  /** Impossible things that members found in themselves. */
  readonly broken: string[] = []
  #lost = 0

  constructor(world: World, subject: Subject, options: ClusterOptions) {
    this.world = world
    this.#subject = subject
    this.seats = Array.from({ length: options.members }, (_, i) => {
      const name = `m${i + 1}`
      const host = world.host(name, options.oneMachine ? 'machine' : name)
      return { host, member: null, incarnations: 0, startFailed: false }
    })
    this.#machines = [...new Set(this.seats.map(seat => seat.host.machine.address))]
  }

  /** Seats whose process runs a member that has joined. */
  running(): Seated[] {
    return this.seats.filter(seat => seat.host.isAlive && seat.member?.isRunning())
  }

  /** Partitions reported lost, as many times as members were told. */
  lostReports(): number {
    return this.#lost + this.seats.reduce((sum, { member }) => sum + (member?.lostPartitions() ?? 0), 0)
  }

  start(seat: Seated): void {
    seat.incarnations++
    seat.startFailed = false
    const { host } = seat
    const { process } = host
    const own = host.machine.address
    host
      .start(env => this.#subject.start(env, { name: host.name, own, machines: this.#machines }))
      .then(
        member => {
          if (host.process === process) seat.member = member
        },
        (error: unknown) => {
          if (host.process !== process) return
          seat.startFailed = true
          this.world.witness(`start failed ${String(error)}`)
        },
      )
  }

  crash(seat: Seated, how: 'process' | 'power'): void {
    this.#bury(seat)
    seat.host.crash(how)
  }

  /** Starts a crashed seat again, as a new process. */
  restart(seat: Seated): void {
    this.#bury(seat)
    seat.host.restart()
    this.start(seat)
  }

  /**
   * Whether everybody says that all is well: every seat runs, all know the same members, exactly those that run, at the
   * same version, and each says that no copy is missing.
   */
  isWhole(): boolean {
    const running = this.running()
    if (running.length === 0 || running.length < this.seats.length) return false
    const ids = running.map(({ member }) => member!.id)
    let version: number | null = null
    for (const { member } of running) {
      const word = member!.word()
      version ??= word.stateVersion
      if (!word.safe || word.stateVersion !== version || word.members.length !== ids.length) return false
      if (!word.members.every(id => ids.includes(id))) return false
    }
    return true
  }

  /** Members that stopped of themselves (removed by the others, broken) end their process, as a supervisor would see it. */
  reap(): Seated[] {
    const stopped = this.seats.filter(({ host, member, startFailed }) => {
      return host.isAlive && !host.isPaused && (startFailed || (member !== null && !member.isRunning()))
    })
    for (const seat of stopped) this.crash(seat, 'process')
    return stopped
  }

  /** What the members found broken in themselves so far. */
  complaints(): string[] {
    const now = this.seats.map(({ member }) => member?.brokenBy() ?? null).filter(text => text !== null)
    return [...this.broken, ...now]
  }

  #bury(seat: Seated): void {
    const { member } = seat
    if (member === null) return
    const broken = member.brokenBy()
    if (broken !== null) this.broken.push(broken)
    this.#lost += member.lostPartitions()
    seat.member = null
  }
}

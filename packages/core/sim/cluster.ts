/**
 * The seats of a simulated cluster and who sits on them now: starts members, crashes them, starts them again, and knows
 * what they say in public. It never looks inside one.
 */

import type { Host } from './host.js'
import type { Subject, SubjectMember } from './subject.js'
import type { World } from './world.js'

const SUPERVISE_EACH_MS = 250

export interface Seated {
  readonly host: Host
  readonly lite: boolean
  /** Null while it is down or still starting. */
  member: SubjectMember | null
  /** Members started on this seat so far. */
  incarnations: number
  /** It failed to start, and has to be started again. */
  startFailed: boolean
}

export interface ClusterOptions {
  readonly members: number
  /** The last so many of them hold no data. */
  readonly lite?: number
  /** Partitions that are lost stay so, and the rest is expected to be well. Default false. */
  readonly mayLose?: boolean
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
  /** What stopped members still held. */
  readonly leaks: string[] = []
  readonly #mayLose: boolean
  #lost = 0
  #isUnsupervised = false

  constructor(world: World, subject: Subject, options: ClusterOptions) {
    this.world = world
    this.#subject = subject
    this.#mayLose = options.mayLose ?? false
    this.seats = Array.from({ length: options.members }, (_, i) => {
      const name = `m${i + 1}`
      const host = world.host(name, options.oneMachine ? 'machine' : name)
      const lite = i >= options.members - (options.lite ?? 0)
      return { host, lite, member: null, incarnations: 0, startFailed: false }
    })
    this.#machines = [...new Set(this.seats.map(seat => seat.host.machine.address))]
  }

  /** Seats whose process runs a member that has joined. */
  running(): Seated[] {
    return this.seats.filter(seat => seat.host.isAlive && seat.member?.state() === 'running')
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
      .start(env => this.#subject.start(env, { name: host.name, own, machines: this.#machines, lite: seat.lite }))
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
      const known = member!.members()
      if (known.length !== ids.length || !known.every(id => ids.includes(id))) return false
      const word = member!.word()
      version ??= word.stateVersion
      const isSafe = word.safe || (this.#mayLose && word.safeButLost)
      if (!isSafe || word.stateVersion !== version) return false
    }
    return true
  }

  /**
   * Does from now on what a supervisor of processes does: a member that stopped of itself (removed by the others, failed to
   * start) ends its process, which is started again. What a stopped member still holds is told as a leak.
   */
  supervise(): void {
    const { world } = this
    const stopped = new Map<Seated, SubjectMember | null>()
    const look = (): void => {
      if (this.#isUnsupervised) return
      for (const seat of this.seats) {
        const { host, member, startFailed } = seat
        const hasStopped = host.isAlive && !host.isPaused && (startFailed || member?.state() === 'stopped')
        if (!hasStopped) stopped.delete(seat)
        else if (!stopped.has(seat) || stopped.get(seat) !== member) stopped.set(seat, member)
        else {
          stopped.delete(seat)
          if (host.process.timers > 0) this.leaks.push(`${host.name} stopped of itself and left ${host.process.timers} timers`)
          world.note('sim.stopped', { member: host.name, broken: member?.brokenBy() ?? null })
          this.crash(seat, 'process')
          this.restart(seat)
        }
      }
      world.after(SUPERVISE_EACH_MS, look)
    }
    look()
  }

  stopSupervising(): void {
    this.#isUnsupervised = true
  }

  /** One line for a report: what each seat says. */
  describe(): string {
    const lines = this.seats.map(({ host, member, startFailed }) => {
      if (!host.isAlive) return `${host.name} down`
      if (member === null) return `${host.name} ${startFailed ? 'failed to start' : 'starting'}`
      if (member.state() !== 'running') return `${host.name} ${member.state()}`
      const { safe, stateVersion } = member.word()
      return `${host.name} ${safe ? 'safe' : 'not safe'}, version ${stateVersion}, knows ${member.members().length}`
    })
    return lines.join('; ')
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

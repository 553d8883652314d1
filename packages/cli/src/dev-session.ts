/**
 * A dev cluster with somebody watching: spawned, reported, and stopped by signals. The first signal lets the members leave,
 * the second ends them at once.
 */

import { onTerminationSignals } from 'cobnut'
import { ClusterMonitor } from './cluster-monitor.js'
import { DevCluster, type DevClusterOptions } from './dev-cluster.js'
import { exitCode, exitCodeOfSignal } from './exit.js'
import { plural } from './format.js'
import type { EventLine } from './json-lines.js'
import { endingText, type MemberProcess } from './member-process.js'
import { jsonReporter, liveReporter, type Reporter } from './reporter.js'
import type { Terminal } from './terminal.js'

const clusterWide: ReadonlySet<string> = new Set(['member.joined', 'member.left', 'groups.underReplicated', 'partition.lost'])

export class DevSession {
  readonly reporter: Reporter
  readonly #offSignals: () => void
  readonly #interrupted: Promise<number>
  #cluster: DevCluster | null = null
  #monitor: ClusterMonitor | null = null
  #isStopping = false

  constructor(terminal: Terminal) {
    this.reporter = terminal.isLive ? liveReporter(terminal, () => this.#monitor) : jsonReporter(terminal)
    let interrupt = (_code: number): void => {}
    this.#interrupted = new Promise(resolve => {
      interrupt = resolve
    })
    this.#offSignals = onTerminationSignals({
      gracefully: () => {
        this.#isStopping = true
        this.hint([`stopping ${plural(this.#cluster?.living.length ?? 0, 'member')}; once more to end them at once`])
        interrupt(exitCode.ok)
      },
      atOnce: signal => {
        this.#cluster?.killAll()
        this.reporter.close()
        process.exit(exitCodeOfSignal(signal))
      },
    })
  }

  /** Resolves when every member serves. */
  async start(options: Omit<DevClusterOptions, 'onEvent' | 'onState' | 'onDiagnostic'>): Promise<DevCluster> {
    const { reporter } = this
    const cluster = await DevCluster.spawn({
      ...options,
      onEvent: (member, line) => this.#onEvent(member, line),
      onState: member => this.#onState(member),
      onDiagnostic: (member, line) => this.#onDiagnostic(member, line),
    })
    this.#cluster = cluster
    this.#monitor = new ClusterMonitor(cluster, () => reporter.changed())
    await Promise.race([cluster.started(), this.#interrupted])
    return cluster
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Shown below the table until the next one; on a pipe it is said once. */
  hint(lines: readonly string[]): void {
    if (this.#monitor !== null) this.#monitor.hints = lines
    if (this.reporter.isLive) this.reporter.changed()
    else for (const line of lines) this.reporter.note(line)
  }

  /** Resolves with the exit code when a signal came, or when no member is left. */
  async untilEnd(): Promise<number> {
    const allEnded = Promise.all(this.#cluster?.members.map(({ ended }) => ended) ?? []).then(() => exitCode.failure)
    return Promise.race([this.#interrupted, allEnded])
  }

  async close(): Promise<void> {
    this.#isStopping = true
    await this.#cluster?.stop()
    this.hint([])
    this.#monitor?.stop()
    this.reporter.close()
    this.#offSignals()
  }

  #onEvent(member: MemberProcess, line: EventLine): void {
    if (!this.reporter.isLive) this.reporter.event(line, member.address)
    // the table shows who starts and leaves; what all members see alike is shown once
    else if (member === this.#cluster?.living[0] && clusterWide.has(line.event)) this.reporter.event(line)
    else if (line.event === 'member.crashed') this.reporter.event(line, member.address)
  }

  #onState(member: MemberProcess): void {
    // one that could not even start is an error of this command, told when it ends
    if (member.state === 'died' && member.uuid !== null && !this.#isStopping && member.ending !== null) {
      const { code, signal } = member.ending
      this.reporter.event(
        { event: 'member.died', uuid: member.uuid, pid: member.pid, code, signal, text: endingText(member.ending) },
        member.address,
      )
    }
    this.reporter.changed()
  }

  /** Live, the events say what matters; on a pipe the members' logs go where ours would. */
  #onDiagnostic(member: MemberProcess, line: string): void {
    if (this.#isStopping || this.#monitor === null || this.reporter.isLive) return
    this.reporter.note(`${member.address} ${line}`)
  }
}

/**
 * `cobnut start`: one member in this process, until a signal, the cluster or the parent ends it. On a terminal it shows a
 * live picture, otherwise one JSON line per event on stdout, `member.started` first; its log goes to stderr.
 */

import { Cobnut, type Member, onTerminationSignals, type StartOptions } from 'cobnut'
import { loadCode } from '../application-code.js'
import { exitCode, exitCodeOfSignal } from '../exit.js'
import { followMember, startedEvent } from '../member-events.js'
import { MemberView } from '../member-view.js'
import { jsonReporter, liveReporter, type Reporter } from '../reporter.js'
import { type StartFlags, startConfig } from '../start-config.js'
import type { Terminal } from '../terminal.js'

export async function start(flags: StartFlags, terminal: Terminal): Promise<number> {
  const view = new MemberView()
  const reporter = terminal.isLive ? liveReporter(terminal, () => view) : jsonReporter(terminal)
  const running = new Running(reporter)
  if (flags.stopWithParent === true) running.stopWithParent()
  try {
    if (terminal.isLive) reporter.note(flags.config === undefined ? 'starting' : `starting with ${flags.config}`)
    const code = flags.code === undefined ? {} : await loadCode(flags.code)
    const logging: StartOptions = terminal.isLive ? { logSink: line => noteLog(line, reporter) } : {}
    const member = await Cobnut.start(startConfig(flags), { ...logging, ...code })
    view.show(member)
    return await running.until(member)
  } finally {
    running.close()
    reporter.close()
  }
}

/** In the live picture only what somebody should look at; the events have their own lines. */
type LogLine = Parameters<NonNullable<StartOptions['logSink']>>[0]

function noteLog({ level, event, ts: _ts, ...fields }: LogLine, reporter: Reporter): void {
  if (level === 'warn' || level === 'error') reporter.note(`${event} ${JSON.stringify(fields)}`)
}

/** From the first signal to the exit code. */
class Running {
  readonly #reporter: Reporter
  readonly #offSignals: () => void
  readonly #done: Promise<number>
  #member: Member | null = null
  #isLeaving = false
  #end: (code: number) => void = () => {}

  constructor(reporter: Reporter) {
    this.#reporter = reporter
    this.#done = new Promise(resolve => {
      this.#end = resolve
    })
    this.#offSignals = onTerminationSignals({
      gracefully: signal => this.#leave(signal, exitCodeOfSignal(signal)),
      atOnce: signal => this.#stopNow(exitCodeOfSignal(signal)),
    })
  }

  /** Our stdin is the parent's end of a pipe: when it closes, the parent is gone, however it ended. */
  stopWithParent(): void {
    process.stdin.on('close', () => this.#leave('the process that started this member is gone', exitCode.failure))
    process.stdin.on('error', () => {})
    process.stdin.resume()
  }

  async until(member: Member): Promise<number> {
    this.#member = member
    const { event } = this.#reporter
    let crashed = false
    event(startedEvent(member, process.pid))
    followMember(member, event)
    member.on('crashed', () => {
      crashed = true
    })
    member.on('stopped', ({ reason }) => {
      if (this.#isLeaving) return
      event({ event: 'member.stopped', uuid: member.id, reason })
      this.#end(crashed ? exitCode.failure : exitCode.ok)
    })
    return this.#done
  }

  #leave(why: string, codeBeforeStart: number): void {
    const member = this.#member
    // nothing to hand over yet
    if (member === null) return this.#exit(codeBeforeStart)
    if (this.#isLeaving) return
    this.#isLeaving = true
    // the last one to hold data has nobody to hand it to: that is the end of the cluster, not a failure. One that goes over to
    // another side of a divided cluster is in none just now.
    const members = member.members()
    const isLast = members.length > 0 && members.every(({ local, lite }) => local || lite)
    this.#reporter.event({ event: 'member.leaving', uuid: member.id, why })
    void member.shutdown().then(({ handedOver }) => {
      this.#reporter.event({ event: 'member.stopped', uuid: member.id, reason: why, handedOver })
      this.#end(handedOver || isLast ? exitCode.ok : exitCode.failure)
    })
  }

  #stopNow(code: number): void {
    this.#reporter.event({
      event: 'member.stopped',
      uuid: this.#member?.id,
      reason: 'stopped at once, on a second signal',
      handedOver: false,
    })
    const exit = (): void => this.#exit(code)
    if (this.#member === null) exit()
    else void this.#member.terminate().then(exit, exit)
  }

  #exit(code: number): void {
    this.#reporter.close()
    process.exit(code)
  }

  close(): void {
    this.#offSignals()
    process.stdin.removeAllListeners('close')
    process.stdin.destroy()
  }
}

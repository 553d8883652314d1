/**
 * One member in a process of its own. It is watched through what it prints and by how it ends:
 *
 *   starting --> running --> leaving --> stopped
 *       `-----------`-----------`------> died         (ended without being asked to, or refused to start)
 *
 * If this process dies without a word, the pipe to the child's stdin closes and the child leaves by itself.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { CommandError, exitCode } from './exit.js'
import { type EventLine, eventFromLine, onLines } from './json-lines.js'

export type ProcessState = 'starting' | 'running' | 'leaving' | 'stopped' | 'died'

export interface MemberProcessOptions {
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]]
  /** Where it will be reached: what is shown before it has said so itself. */
  readonly address: string
  onEvent(member: MemberProcess, line: EventLine): void
  onState(member: MemberProcess): void
  /** What it writes to stderr, line by line. */
  onDiagnostic(member: MemberProcess, line: string): void
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Lines of stderr kept, to explain a start that failed. */
const diagnosticsMax = 20

export class MemberProcess {
  readonly address: string
  /** Resolves when the member serves; rejects with what it said when it ends before. */
  readonly started: Promise<void>
  readonly ended: Promise<Ending>
  readonly #child: ChildProcess
  readonly #options: MemberProcessOptions
  readonly #diagnostics: string[] = []
  #state: ProcessState = 'starting'
  #uuid: string | null = null
  #clusterName: string | null = null
  #ending: Ending | null = null
  #isStarted: () => void = () => {}
  #failedToStart: (error: Error) => void = () => {}

  constructor(options: MemberProcessOptions) {
    this.address = options.address
    this.#options = options
    const [program, ...args] = options.command
    // A group of its own: Ctrl-C in the terminal reaches only us, and we say when each member goes.
    this.#child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    this.started = new Promise((resolve, reject) => {
      this.#isStarted = resolve
      this.#failedToStart = reject
    })
    this.started.catch(() => {})
    this.ended = this.#watch()
  }

  get state(): ProcessState {
    return this.#state
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** The id the member gave itself, once it has started. */
  get uuid(): string | null {
    return this.#uuid
  }

  /** As its configuration has it, once it has started. */
  get clusterName(): string | null {
    return this.#clusterName
  }

  get ending(): Ending | null {
    return this.#ending
  }

  get isAlive(): boolean {
    return this.#ending === null
  }

  /** Asks it to hand over and leave. */
  stop(): void {
    if (this.isAlive && this.#state !== 'leaving') {
      this.#become('leaving')
      this.#child.kill('SIGTERM')
    }
  }

  /** What a power cut does to it. */
  kill(): void {
    if (this.isAlive) this.#child.kill('SIGKILL')
  }

  async #watch(): Promise<Ending> {
    const { stdin, stdout, stderr } = this.#child
    stdin?.on('error', () => {})
    if (stdout !== null) onLines(stdout, line => this.#onOutput(line))
    if (stderr !== null) onLines(stderr, line => this.#onDiagnostic(line))
    try {
      // 'close' comes after the last line of its output, 'exit' may come before
      const [code, signal] = (await once(this.#child, 'close')) as [number | null, NodeJS.Signals | null]
      return this.#onEnd({ code, signal })
    } catch (error) {
      this.#diagnostics.push(String(error))
      return this.#onEnd({ code: null, signal: null })
    }
  }

  #onOutput(line: string): void {
    const event = eventFromLine(line)
    if (event === null) return
    if (event.event === 'member.started') {
      this.#uuid = String(event.uuid)
      this.#clusterName = String(event.clusterName)
      if (this.#state === 'starting') this.#become('running')
      this.#isStarted()
    } else if (event.event === 'member.leaving' || event.event === 'member.stopped') this.#become('leaving')
    this.#options.onEvent(this, event)
  }

  #onDiagnostic(line: string): void {
    this.#diagnostics.push(line)
    if (this.#diagnostics.length > diagnosticsMax) this.#diagnostics.shift()
    this.#options.onDiagnostic(this, line)
  }

  #onEnd(ending: Ending): Ending {
    this.#ending = ending
    const said = this.#diagnostics.length === 0 ? '' : `:\n${this.#diagnostics.join('\n')}`
    const text = `the member at ${this.address} ${endingText(ending)} before it had started${said}`
    this.#failedToStart(new CommandError(text, { exitCode: ending.code === exitCode.usage ? exitCode.usage : exitCode.failure }))
    this.#become(this.#state === 'leaving' && ending.signal === null ? 'stopped' : 'died')
    return ending
  }

  #become(state: ProcessState): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.onState(this)
  }
}

export function endingText({ code, signal }: Ending): string {
  if (signal !== null) return `was ended by ${signal}`
  return code === null ? 'could not be run' : `ended with exit code ${code}`
}

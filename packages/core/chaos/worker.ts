/** A process of a chaos run, member or client, led by messages. It does not outlive the one that started it. */

import { type ChildProcess, fork } from 'node:child_process'
import type { Result } from '../sim/history.js'
import type { Ask, Look, Request, Told } from './messages.js'

const startLimitMs = 60_000
/** Longer than any fault lasts: whatever has no answer by then will get none. */
const askLimitMs = 120_000

/** What a call ended with when it did not succeed. `isUndone`: it certainly had no effect. */
export class CallFailed extends Error {
  readonly isUndone: boolean

  constructor(code: string, isUndone: boolean) {
    super(code)
    this.isUndone = isUndone
  }
}

interface Waiting {
  readonly resolve: (value: Result | Look) => void
  readonly reject: (error: Error) => void
}

export class Worker {
  readonly started: Promise<void>
  readonly exited: Promise<void>
  /** Code or signal of a process that ended although nobody told it to; null = it did not. */
  endedBy: string | null = null
  clusterName = ''
  backupCount = 0
  #isRunning = false
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #asks = 0

  constructor(program: string, settings: unknown) {
    this.#child = fork(program, [JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.exited = new Promise(resolve =>
      this.#child.once('exit', (code, signal) => {
        if (this.#isRunning) this.endedBy = signal ?? `code ${code}`
        resolve()
      }),
    )
    this.started = new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`did not start within ${startLimitMs} ms`)), startLimitMs)
      const fail = (text: string): void => {
        clearTimeout(timer)
        this.#isRunning = false
        reject(new Error(text))
      }
      this.#child.on('message', (told: Told) => {
        if (told.type === 'failed') fail(told.text)
        else if (told.type === 'started') {
          clearTimeout(timer)
          this.clusterName = told.clusterName
          this.backupCount = told.backupCount
          this.#isRunning = true
          resolve()
        } else this.#onTold(told)
      })
      void this.exited.then(() => {
        fail('the process has ended')
        for (const { reject: lose } of this.#waiting.values()) lose(new CallFailed('the process has ended', false))
      })
    })
    // whoever starts it asks; one that is killed before is no news to others
    this.started.catch(() => {})
  }

  /** It has started, and neither ended nor been told to leave. */
  get isRunning(): boolean {
    return this.#isRunning
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  ask(request: Request): Promise<Result | Look> {
    const id = ++this.#asks
    const lose = (text: string): void => {
      this.#waiting.get(id)?.reject(new CallFailed(text, false))
      this.#waiting.delete(id)
    }
    const timer = setTimeout(lose, askLimitMs, `no answer within ${askLimitMs} ms`)
    const answer = new Promise<Result | Look>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.send({ ...request, id } as Ask, error => {
        if (error !== null) lose('the process has ended')
      })
    })
    return answer.finally(() => clearTimeout(timer))
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name)
  }

  /** As a power cut does it. */
  async kill(): Promise<void> {
    this.#isRunning = false
    this.#child.kill('SIGKILL')
    await this.exited
  }

  async leave(): Promise<void> {
    this.#isRunning = false
    // its process ends instead of an answer
    const ended = await this.ask({ type: 'leave' }).catch(() => this.#child.exitCode !== null || this.#child.signalCode !== null)
    if (ended === false) {
      await this.kill()
      throw new Error('did not leave')
    }
    await this.exited
    const { exitCode, signalCode } = this.#child
    if (exitCode !== 0) throw new Error(`ended with ${signalCode ?? `code ${exitCode}`} while it left`)
  }

  #onTold(told: Extract<Told, { readonly id: number }>): void {
    const waiting = this.#waiting.get(told.id)
    this.#waiting.delete(told.id)
    if (told.type === 'answer') waiting?.resolve(told.value)
    else waiting?.reject(new CallFailed(told.code, told.isUndone))
  }
}

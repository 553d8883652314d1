/** The real `cobnut` as a child process: its lines, its events, its exit code. Ended when the test is. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type EventLine, eventFromLine, onLines } from '../src/json-lines.js'
import { eventually } from './support.js'

const main = fileURLToPath(new URL('../src/main.js', import.meta.url))

export class CobnutProcess {
  readonly events: EventLine[] = []
  /** What it wrote to stdout, and to stderr. */
  readonly out: string[] = []
  readonly err: string[] = []
  readonly child: ChildProcess
  readonly #closed: Promise<[number | null, NodeJS.Signals | null]>

  constructor(t: TestContext, args: readonly string[], cwd?: string, environment: Readonly<Record<string, string>> = {}) {
    const env = { ...process.env, ...environment }
    const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'pipe'], cwd, env })
    this.child = child
    onLines(child.stdout, line => {
      this.out.push(line)
      const event = eventFromLine(line)
      if (event !== null) this.events.push(event)
    })
    onLines(child.stderr, line => this.err.push(line))
    this.#closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
    t.after(async () => {
      child.kill('SIGKILL')
      await this.#closed
    })
  }

  /** Waits for the first event of this name for which `isIt`. */
  async event(name: string, isIt: (event: EventLine) => boolean = () => true): Promise<EventLine> {
    return eventually(
      () => this.events.find(event => event.event === name && isIt(event)),
      () => ({ wanted: name, out: this.out, err: this.err }),
      20_000,
    )
  }

  /** Where the member listens, once it has started. */
  async address(): Promise<string> {
    return String((await this.event('member.started')).address)
  }

  async exitCode(): Promise<number | null> {
    const [code] = await this.#closed
    return code
  }
}

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a command to its end. */
export const cobnut = (t: TestContext, ...args: string[]): Promise<Ran> => cobnutWith(t, {}, ...args)

/** The same, with variables of the environment. */
export async function cobnutWith(t: TestContext, environment: Readonly<Record<string, string>>, ...args: string[]): Promise<Ran> {
  const run = new CobnutProcess(t, args, undefined, environment)
  run.child.stdin?.end()
  const code = await run.exitCode()
  return { code, out: run.out.join('\n'), err: run.err.join('\n') }
}

/** What several tests of this room need. */

import type { Log, LogFields, LogLevel, Pipe } from '../../../src/env/env.js'
import { createNodeLog, type LogLine } from '../../../src/node/node-log.js'
import { NodeNetwork } from '../../../src/node/node-network.js'

export const localhost = '127.0.0.1'

/** Waits for a condition; fails with what it was. */
export async function until(what: string, holds: () => boolean, withinMs = 5_000): Promise<void> {
  const endMs = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise(resume => setTimeout(resume, 5))
  }
}

export function memoryLog(level: LogLevel = 'debug'): { log: Log; lines: LogLine[]; find(event: string): LogFields | undefined } {
  const lines: LogLine[] = []
  return { log: createNodeLog(level, line => lines.push(line)), lines, find: event => lines.find(line => line.event === event) }
}

export const network = (): NodeNetwork => new NodeNetwork(memoryLog().log)

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Everything that comes out of a pipe. */
export class Sink {
  text = ''
  drains = 0
  readonly reasons: string[] = []

  constructor(pipe: Pipe) {
    pipe.start({
      onData: chunk => {
        this.text += Buffer.from(chunk).toString('latin1')
      },
      onDrain: () => {
        this.drains++
      },
      onClose: reason => {
        this.reasons.push(reason)
      },
    })
  }
}

/** Log lines as objects to a sink, by default one JSON text a line on stderr. Never throws. */

import type { Log, LogFields, LogLevel } from '../env/env.js'

export interface LogLine extends LogFields {
  readonly ts: string
  readonly level: LogLevel
  readonly event: string
}

export type LogSink = (line: LogLine) => void

const rank: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

const toStderr: LogSink = line => {
  process.stderr.write(`${JSON.stringify(line)}\n`)
}

export function createNodeLog(level: LogLevel, sink: LogSink = toStderr, fixed: LogFields = {}): Log {
  const write = (of: LogLevel, event: string, fields: LogFields = {}): void => {
    if (rank[of] < rank[level]) return
    try {
      sink({ ts: new Date().toISOString(), level: of, event, ...fixed, ...fields })
    } catch {
      // a log that cannot be written must not stop the member
    }
  }
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
    child: fields => createNodeLog(level, sink, { ...fixed, ...fields }),
  }
}

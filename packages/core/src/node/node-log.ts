/** Log lines as objects to a sink, by default one JSON text a line on stderr. Never throws. */

import type { Log, LogFields, LogLevel } from '../env/env.js'

export interface LogLine extends LogFields {
  /** ISO 8601, UTC. */
  readonly ts: string
  readonly level: LogLevel
  readonly event: string
}

export type LogSink = (line: LogLine) => void

const rank: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }
const reserved: ReadonlySet<string> = new Set(['ts', 'level', 'event'])

export function createNodeLog(level: LogLevel, sink: LogSink = toStderr, fixed: LogFields = {}): Log {
  const write = (of: LogLevel, event: string, fields: LogFields = {}): void => {
    if (rank[of] < rank[level]) return
    try {
      sink(lineOf(of, event, { ...fixed, ...fields }))
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

/** Any line as one line of JSON, whatever values its fields have. */
export function logText(line: LogLine): string {
  try {
    return JSON.stringify(line, (_, value: unknown) => plain(value))
  } catch (error) {
    return JSON.stringify({ ts: line.ts, level: line.level, event: line.event, unprintable: String(error) })
  }
}

/** A field named like one of the three that every line has keeps its value under a name of its own. */
function lineOf(level: LogLevel, event: string, fields: LogFields): LogLine {
  const own = Object.entries(fields).map(([name, value]) => [reserved.has(name) ? `${name}_` : name, value])
  return { ts: new Date().toISOString(), level, event, ...Object.fromEntries(own) }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error)
    return { ...Object.fromEntries(Object.entries(value)), name: value.name, message: value.message, stack: value.stack }
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set) return [...value]
  return value
}

// unlike process.stderr.write, console survives a reader that has gone away
const toStderr: LogSink = line => console.error(logText(line))

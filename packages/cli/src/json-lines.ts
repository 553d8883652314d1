/** Splits a byte stream into lines, and reads those that are JSON objects. */

import type { Readable } from 'node:stream'

/** A child that writes no end of line must not fill our memory: what is longer is cut into pieces of this many characters. */
const lineCharsMax = 64 * 1024

export function onLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
    if (rest.length > lineCharsMax) {
      onLine(rest)
      rest = ''
    }
  })
  stream.on('end', () => {
    if (rest !== '') onLine(rest)
    rest = ''
  })
}

export interface EventLine {
  readonly event: string
  readonly [field: string]: unknown
}

/** Null for a line that is no event: a child may print whatever it likes. */
export function eventFromLine(line: string): EventLine | null {
  if (!line.startsWith('{')) return null
  try {
    const value = JSON.parse(line) as EventLine
    return typeof value.event === 'string' ? value : null
  } catch {
    return null
  }
}

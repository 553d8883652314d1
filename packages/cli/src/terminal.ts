/** Where a command writes. Results go to `out`, everything said on the way to `err`, so that results can be piped. */

import pc from 'picocolors'

export type Colours = ReturnType<typeof pc.createColors>

/** The part of `process.stdout` that is used; tests hand in an array with a `write`. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

export interface Terminal {
  readonly out: Output
  readonly err: Output
  /** A person is looking: live views instead of JSON lines. */
  readonly isLive: boolean
  readonly colours: Colours
}

export function processTerminal(): Terminal {
  // Whoever read our output may be gone (`cobnut start | head -1`, a dev cluster that was killed): the member lives on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const isLive = process.stdout.isTTY === true && process.env.TERM !== 'dumb'
  return { out: process.stdout, err: process.stderr, isLive, colours: pc.createColors(pc.isColorSupported && isLive) }
}

export const writeLine = (to: Output, text: string): void => {
  to.write(`${text}\n`)
}

/** One event, one line: what a program that started us reads. */
export const writeEvent = (to: Output, event: string, fields: Readonly<Record<string, unknown>>): void => {
  writeLine(to, JSON.stringify({ event, ...fields }))
}

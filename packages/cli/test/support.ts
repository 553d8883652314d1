/** A terminal that remembers, and waiting with a deadline. */

import pc from 'picocolors'
import type { Terminal } from '../src/terminal.js'

export interface TestTerminal extends Terminal {
  readonly outText: () => string
  readonly errText: () => string
}

export const noColours = pc.createColors(false)

export function testTerminal(): TestTerminal {
  const written = { out: '', err: '' }
  return {
    out: { write: (text: string) => (written.out += text) },
    err: { write: (text: string) => (written.err += text) },
    isLive: false,
    colours: noColours,
    outText: () => written.out,
    errText: () => written.err,
  }
}

/** Asks `what` again and again until it gives something; fails with what was seen last. */
export async function eventually<T>(
  what: () => T | undefined | Promise<T | undefined>,
  seen: () => unknown,
  limitMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const found = await what()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms in vain; saw ${JSON.stringify(seen())}`)
    await new Promise(resume => setTimeout(resume, 20))
  }
}

/**
 * What a long run has done so far, one line of JSON for each seed, so that a run that was ended goes on where it stood. Of
 * another commit nothing is taken over: the first line names the commit.
 */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { SeedSummary } from './totals.js'

export class Journal {
  readonly done = new Map<number, SeedSummary>()
  readonly #file: string

  constructor(file: string, commit: string) {
    this.#file = file
    const [head = '', ...lines] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
    if (head !== JSON.stringify({ commit })) {
      writeFileSync(file, `${JSON.stringify({ commit })}\n`)
      return
    }
    for (const line of lines) {
      const summary = parsed(line)
      if (summary !== null) this.done.set(summary.seed, summary)
    }
  }

  add(summary: SeedSummary): void {
    appendFileSync(this.#file, `${JSON.stringify(summary)}\n`)
  }
}

/** Null: the last line may have been cut off in the middle. */
function parsed(line: string): SeedSummary | null {
  try {
    return JSON.parse(line) as SeedSummary
  } catch {
    return null
  }
}

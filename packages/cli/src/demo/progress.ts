/** A progress bar as text. Pure. */

import { count, duration } from '../format.js'

const barColumns = 24

export function progressLine(what: string, done: number, total: number, elapsedMs: number): string {
  const share = total === 0 ? 1 : done / total
  const full = Math.round(share * barColumns)
  const rate = elapsedMs > 0 ? `  ${count((done * 1000) / elapsedMs)}/s` : ''
  const left = done > 0 && done < total ? `  ${duration((elapsedMs * (total - done)) / done)} left` : ''
  return `${what}  ${'█'.repeat(full)}${'░'.repeat(barColumns - full)} ${count(done)} of ${count(total)}${rate}${left}`
}

/** Calls `say` for the first and the last step, and in between at most every `everyMs`. */
export function sparingly(
  everyMs: number,
  total: number,
  say: (done: number, elapsedMs: number) => void,
): (done: number) => void {
  const startMs = performance.now()
  let saidMs = startMs
  return done => {
    const now = performance.now()
    if (done < total && now - saidMs < everyMs) return
    saidMs = now
    say(done, now - startMs)
  }
}

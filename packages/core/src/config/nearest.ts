/** "Did you mean": the known name that differs least, if it differs little. */

import { plain } from './data-tree.js'

/** Longer names are nobody's slip of the finger. */
const charactersMax = 100

export function nearest(given: string, names: Iterable<string>): string | null {
  let best: string | null = null
  // a third of the letters, and of a short name one
  let least = (given.length < 5 ? 1 : Math.max(2, Math.floor(given.length / 3))) + 1
  for (const name of names) {
    const d = distance(plain(given), plain(name), least)
    if (d < least) {
      least = d
      best = name
    }
  }
  return best
}

/** Letters to add, drop or change; `limit` stands for that and more. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit || a.length > charactersMax) return limit
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

/** What one caller has seen of each group, so that no copy answers it with something older. */

import type { CallSession } from '../api/map.js'

/** A group is a few bytes here; a cluster has some hundreds. */
export class SeenPositions implements CallSession {
  readonly #commits = new Map<number, number>()

  saw(group: number, commit: number): void {
    if (commit > this.seenOf(group)) this.#commits.set(group, commit)
  }

  seenOf(group: number): number {
    return this.#commits.get(group) ?? 0
  }
}

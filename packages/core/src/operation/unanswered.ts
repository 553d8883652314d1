/**
 * Numbers of invocations without an answer, by group: what a group remembers of a session it forgets below the lowest of its
 * own. A call that waits for a lock, perhaps for hours, keeps no other group from forgetting.
 */

import type { GroupId } from '../base/ids.js'

export class Unanswered {
  /** Numbers rise, so that the first of a set is its lowest. Empty sets stay: there are as many as groups, and calls without end. */
  readonly #byGroup = new Map<GroupId, Set<number>>()

  add(group: GroupId, number: number): void {
    const numbers = this.#byGroup.get(group)
    if (numbers === undefined) this.#byGroup.set(group, new Set([number]))
    else numbers.add(number)
  }

  delete(group: GroupId, number: number): void {
    this.#byGroup.get(group)?.delete(number)
  }

  lowest(group: GroupId): number | undefined {
    return this.#byGroup.get(group)?.values().next().value
  }
}

/**
 * Numbers of invocations without an answer, by group: what a group remembers of a session it forgets below the lowest of its
 * own. A call that waits for a lock, perhaps for hours, keeps no other group from forgetting.
 */

import type { GroupId } from '../base/ids.js'

export class Unanswered {
  /** Rising. Empty lists stay: there are as many as groups, and calls without end. */
  readonly #byGroup = new Map<GroupId, number[]>()

  add(group: GroupId, number: number): void {
    const numbers = this.#byGroup.get(group)
    if (numbers === undefined) this.#byGroup.set(group, [number])
    else numbers.push(number)
  }

  delete(group: GroupId, number: number): void {
    const numbers = this.#byGroup.get(group)
    const at = numbers?.indexOf(number) ?? -1
    if (at >= 0) numbers?.splice(at, 1)
  }

  lowest(group: GroupId): number | undefined {
    return this.#byGroup.get(group)?.[0]
  }
}

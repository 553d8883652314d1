/**
 * Numbers of invocations without an answer, by group: what a group remembers of a session it forgets below the lowest of its
 * own. A call that waits for a lock, perhaps for hours, keeps nobody from forgetting: it is told by its number.
 */

import type { GroupId } from '../base/ids.js'

/** So far behind the newest one a number is told by itself, and what lies between is forgotten. */
const behindMax = 1_000
/** So many are told at most: each costs eight bytes in every record. With more of them everything above is remembered. */
const openMax = 64

/** What of a session may be forgotten: everything below `ackedBelow` but these. */
export interface Answered {
  readonly ackedBelow: number
  /** Rising. */
  readonly open: readonly number[]
}

export const noneOpen: readonly number[] = []

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

  /** As the call of this number tells it, itself unanswered. `open` are all without an answer below `ackedBelow`. */
  answered(group: GroupId, number: number): Answered {
    const numbers = this.#byGroup.get(group) ?? []
    let n = 0
    while (n < openMax && number - (numbers[n] ?? number) > behindMax) n++
    return { ackedBelow: numbers[n] ?? number, open: n === 0 ? noneOpen : numbers.slice(0, n) }
  }
}

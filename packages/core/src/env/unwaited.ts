/**
 * What nobody waits for. Where it fails, an invariant is broken: that must not end as a rejection that nobody handles, which
 * ends the whole process. It is thrown in a turn of its own, which the environment of a member guards like every other.
 */

import type { Clock } from './env.js'

export function unwaited(clock: Clock, work: Promise<unknown>): void {
  work.catch((error: unknown) =>
    clock.defer(() => {
      throw error
    }),
  )
}

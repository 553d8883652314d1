/**
 * The messages about locks, and who calls: a lock is held for a client, by its id, and the thread that it names. Whoever
 * waits for a lock waits as long as its connection lives; then the wait is taken back, so that no lock is granted to nobody.
 */

import { CobnutError } from '../base/errors.js'
import type { DataCall, DataMap, MapService } from '../map/data-map.js'
import type { mapTable } from '../protocol/client-table.js'
import type { HandlersOf } from './handlers.js'
import type { Session } from './session.js'

/** Calls of one connection that wait for locks: well below the requests at which its reading stops, or nothing could unlock. */
const WAITS_MAX = 1_000

type LockMessage = 'lock' | 'tryLock' | 'isLocked' | 'unlock' | 'forceUnlock'

interface Caller {
  readonly threadId?: number
  readonly reference?: number
}

/** How a call of this session is known to locks. */
export function callOf(session: Session, { threadId = 0, reference = 0 }: Caller): DataCall {
  return { caller: { endpoint: session.identity?.uuid ?? '', referenceId: reference }, threadId }
}

/** Clients say "for ever" by -1 and by the largest long. */
const lease = (ms: number): number => (ms > Number.MAX_SAFE_INTEGER ? -1 : ms)

/** Milliseconds; the largest long is for ever, what is negative is not at all. */
export const patience = (ms: number): number => (ms > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : Math.max(0, ms))

export function lockHandlers(maps: MapService): Pick<HandlersOf<typeof mapTable>, LockMessage> {
  const map = (name: string): DataMap => maps.map(name)
  const waits = new Waits()
  return {
    lock: async (q, session) => {
      const terms = { leaseMs: lease(q.lease), waitMs: Number.POSITIVE_INFINITY }
      await waits.run(session, signal => map(q.name).lock(q.key, terms, { ...callOf(session, q), signal }))
    },
    tryLock: async (q, session) => {
      const terms = { leaseMs: lease(q.lease), waitMs: patience(q.timeout) }
      const token = await waits.run(session, signal => map(q.name).lock(q.key, terms, { ...callOf(session, q), signal }))
      return token !== null
    },
    isLocked: q => map(q.name).isLocked(q.key),
    unlock: (q, session) => map(q.name).unlock(q.key, callOf(session, q)),
    forceUnlock: (q, session) => map(q.name).forceUnlock(q.key, callOf(session, q)),
  }
}

interface Waiting {
  readonly calls: Set<AbortController>
  readonly registration: string
}

/** The calls of each session that wait for locks. */
class Waits {
  readonly #bySession = new Map<Session, Waiting>()

  async run<T>(session: Session, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const waiting = this.#bySession.get(session) ?? this.#begin(session)
    const { calls } = waiting
    if (calls.size >= WAITS_MAX) throw new CobnutError('OVERLOADED', `${WAITS_MAX} calls of this client wait for locks`)
    const abort = new AbortController()
    calls.add(abort)
    try {
      return await call(abort.signal)
    } finally {
      calls.delete(abort)
      if (calls.size === 0 && this.#bySession.get(session) === waiting) {
        this.#bySession.delete(session)
        await session.release(waiting.registration)
      }
    }
  }

  #begin(session: Session): Waiting {
    const calls = new Set<AbortController>()
    const registration = session.hold(() => {
      for (const call of calls) call.abort()
      return true
    })
    const waiting = { calls, registration }
    this.#bySession.set(session, waiting)
    return waiting
  }
}

/** What calls say to locks: who asks, and how long it waits where somebody else has the key locked. */

import { isCobnutError } from '../base/errors.js'
import type { Caller } from '../operation/request.js'
import type { DataCall } from './data-map.js'
import type { LockHolders } from './lock-holders.js'

/** Locks of an application that names no thread are reentrant for its whole process. */
const anyThread = 1
/** Left of a call's time for the answer, so that its caller hears that nothing was done: so much, or half of a short time. */
const answerMs = 1_000

export const lockWaitMs = (timeoutMs: number): number => Math.floor(timeoutMs - Math.min(answerMs, timeoutMs / 2))

/** Undefined, which costs nothing on the way, for an application that has never locked anything. */
export function callerOf(holders: LockHolders, call: DataCall | undefined): Caller | undefined {
  if (call === undefined && !holders.isUsedHere) return undefined
  const { caller, threadId = anyThread, timeoutMs, waitMs = timeoutMs === undefined ? -1 : lockWaitMs(timeoutMs) } = call ?? {}
  if (caller !== undefined) return { endpoint: caller.endpoint, threadId, referenceId: caller.referenceId ?? 0, waitMs }
  if (holders.isUsedHere) return { endpoint: holders.endpointHere, threadId, referenceId: 0, waitMs }
  return waitMs < 0 ? undefined : { endpoint: '', threadId, referenceId: 0, waitMs }
}

/** The same call, which waits for so long; its own deadline is later. */
export function waiting(call: DataCall | undefined, waitMs: number, callTimeoutMs: number): DataCall {
  return { ...call, waitMs, timeoutMs: call?.timeoutMs ?? waitMs + callTimeoutMs }
}

/** False instead of the error for a key that was locked all the time. */
export async function unlessLocked(done: Promise<boolean>): Promise<boolean> {
  try {
    return await done
  } catch (error) {
    if (isCobnutError(error, 'LOCKED')) return false
    throw error
  }
}

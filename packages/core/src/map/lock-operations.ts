/**
 * The operations on locks. By the time one of them runs, nobody else has the key locked, except for `unlock`, `forceUnlock`
 * and `isLocked`, which do not wait: whoever has to wait is sorted out before (`GroupMaps.execute`).
 */

import { CobnutError } from '../base/errors.js'
import { Reader } from '../codec/reader.js'
import type { Caller, MapRequest, Result } from '../operation/request.js'
import { isHeldBy, type LockState } from './locks.js'
import type { MapView } from './map-view.js'

/** Locks of one map in one group; each costs some two hundred bytes on every copy. */
const locksMax = 100_000

const nobody: Caller = { endpoint: '', threadId: 0, referenceId: 0, waitMs: -1 }

const isSameCall = (lock: LockState, caller: Caller): boolean =>
  caller.referenceId !== 0 && lock.referenceId === caller.referenceId

/** @returns the token of the lock. */
export function lock(view: MapView, { key, ttlMs, caller = nobody }: MapRequest & { readonly key: Uint8Array }): Result {
  const before = view.lockOf(key)
  if (before !== null && isSameCall(before, caller)) return before.token
  if (before === null && view.lockCount >= locksMax) {
    throw new CobnutError('OVERLOADED', `${locksMax} keys of this partition are locked`)
  }
  const { endpoint, threadId, referenceId } = caller
  const token = before?.token ?? view.nextToken()
  const untilMs = ttlMs < 0 ? Number.POSITIVE_INFINITY : view.wallMs + ttlMs
  view.setLock(key, { endpoint, threadId, referenceId, token, untilMs, count: (before?.count ?? 0) + 1 })
  return token
}

/**
 * False = the key is not locked, or its lease is over. That is no error here, for then what `lockOf` takes away would stay: and come to
 * life again when the clock goes back, or at an owner whose clock is behind.
 */
export function unlock(view: MapView, { key, caller = nobody }: MapRequest & { readonly key: Uint8Array }): boolean {
  const held = view.lockOf(key)
  if (held === null) return false
  if (!isHeldBy(held, caller)) throw new CobnutError('NOT_LOCK_OWNER', `the key is locked by ${held.endpoint}, ${held.threadId}`)
  if (isSameCall(held, caller)) return true
  view.setLock(key, held.count > 1 ? { ...held, count: held.count - 1, referenceId: caller.referenceId } : null)
  return true
}

/** The lock of a call that was given up; of a later lock of the same holder it takes nothing away. */
export function letGo(view: MapView, q: MapRequest & { readonly key: Uint8Array; readonly expected: Uint8Array }): Result {
  const held = view.lockOf(q.key)
  return held === null || held.token !== new Reader(q.expected).f64() ? null : unlock(view, q)
}

export function forceUnlock(view: MapView, { key }: { readonly key: Uint8Array }): Result {
  if (view.lockOf(key) !== null) view.setLock(key, null)
  return null
}

export const isLocked = (view: MapView, { key }: { readonly key: Uint8Array }): Result => view.lockOf(key) !== null

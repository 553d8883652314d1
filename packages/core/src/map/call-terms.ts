/** What callers say about times and processors, checked, as the rooms below take it. */

import type { LockOptions, WriteOptions } from '../api/map.js'
import { CobnutError } from '../base/errors.js'
import { writeCall } from '../serialization/function-call.js'
import type { Data, Expiry } from './data-map.js'

export function processorCall(name: string, argument: unknown): Data {
  if (typeof name !== 'string' || name === '') throw new CobnutError('ARGUMENT', 'an entry processor is called by its name')
  return writeCall(name, argument)
}

export function expiryOf(options: WriteOptions | undefined): Expiry {
  return { ttlMs: milliseconds('ttlMs', options?.ttlMs ?? -1), maxIdleMs: milliseconds('maxIdleMs', options?.maxIdleMs ?? -1) }
}

/** A limit above zero and below a millisecond is a millisecond; negative means the map's own. */
export function milliseconds(name: string, ms: number): number {
  // a text would be joined to the clock
  if (typeof ms !== 'number' || Number.isNaN(ms)) throw new CobnutError('ARGUMENT', `${name} is not a number`)
  if (ms < 0 || ms === Number.POSITIVE_INFINITY) return ms < 0 ? -1 : 0
  return ms > 0 && ms < 1 ? 1 : Math.floor(ms)
}

export function leaseOf({ leaseMs }: LockOptions): number {
  if (leaseMs === undefined) return -1
  if (!(leaseMs > 0)) throw new CobnutError('ARGUMENT', 'leaseMs has to be above 0')
  return leaseMs === Number.POSITIVE_INFINITY ? -1 : Math.ceil(leaseMs)
}

export function waitOf(waitMs: number): number {
  if (Number.isNaN(waitMs)) throw new CobnutError('ARGUMENT', 'waitMs is not a number')
  return Math.max(0, waitMs)
}

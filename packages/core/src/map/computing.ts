/**
 * Changes that a function at the caller decides: read, computed, and written on the condition that nothing has come
 * between; else computed again. Conditions compare bytes as they were read, so values of other languages are no trouble.
 */

import type { CallOptions } from '../api/map.js'
import { CobnutError } from '../base/errors.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import type { Data, DataMap } from './data-map.js'

/** Somebody else was faster each time; more would mean that what is read is never what is compared, as with an interceptor. */
const attemptsMax = 1_000

const asConfigured = { ttlMs: -1, maxIdleMs: -1 }

/** Null = absent. Undefined: leave it as it is. */
export type Computation = (before: unknown) => unknown

/** @returns what the entry is now, null = absent. What the function throws comes out as it is, and nothing is changed. */
export async function computeEntry(
  map: DataMap,
  serialization: SerializationService,
  key: Data,
  compute: Computation,
  options: CallOptions | undefined,
): Promise<unknown> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const before = await map.get(key, options)
    const held = serialization.toObject(before)
    const after = compute(held)
    if (after === undefined) return held
    if (await written(map, key, before, after === null ? null : serialization.toData(after), options)) return after
  }
  throw new CobnutError('OVERLOADED', `the entry was changed by others ${attemptsMax} times`)
}

async function written(
  map: DataMap,
  key: Data,
  before: Data | null,
  after: Data | null,
  options: CallOptions | undefined,
): Promise<boolean> {
  if (before === null) return after === null || (await map.putIfAbsent(key, after, asConfigured, options)) === null
  if (after === null) return map.removeIfSame(key, before, options)
  return map.replaceIfSame(key, before, after, options)
}

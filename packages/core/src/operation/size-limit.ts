/** How much one operation may ask, change and answer in one partition: each of it has to fit into a frame between members. */

import { CobnutError } from '../base/errors.js'
import type { Result } from './request.js'

/** Less than a frame between members (256 MiB) and more than a client's message (128 MiB). */
export const partBytesMax = 200 * 1024 * 1024

export const isTooLarge = (requestBytes: number): boolean => requestBytes > partBytesMax

/** @throws CobnutError TOO_LARGE; nothing has happened yet. */
export function assertFits(result: Result, effectBytes: number): void {
  const bytes = effectBytes + bytesOf(result)
  if (bytes <= partBytesMax) return
  throw new CobnutError('TOO_LARGE', `the call changes and answers more than ${partBytesMax} bytes in one partition`)
}

function bytesOf(result: Result): number {
  if (result instanceof Uint8Array) return result.length
  if (!Array.isArray(result)) return 0
  let sum = 0
  for (const item of result) sum += item instanceof Uint8Array ? item.length : 0
  return sum
}

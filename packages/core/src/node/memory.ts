/** How much memory this process may use. */

import { totalmem } from 'node:os'

/** Bytes: the limit of the container, where there is one below the machine's. */
export function memoryOfProcess(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

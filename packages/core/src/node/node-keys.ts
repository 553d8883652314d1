/** Keys from the system's own cryptography. */

import { createHmac, randomBytes, scryptSync } from 'node:crypto'
import type { Keys } from '../env/env.js'

/** 16 MiB and some 50 ms for each guess. */
const scryptCost = { N: 16_384, r: 8, p: 1 }
const keyBytes = 32

export const nodeKeys: Keys = {
  unguessable: bytes => new Uint8Array(randomBytes(bytes)),
  stretched: (password, salt) => new Uint8Array(scryptSync(password, salt, keyBytes, scryptCost)),
  mac: (key, message) => new Uint8Array(createHmac('sha256', key).update(message).digest()),
}

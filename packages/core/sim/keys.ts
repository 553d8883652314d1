/** Keys that repeat with the seed. They protect nothing, and no simulated world has anybody to be protected from. */

import { createHmac } from 'node:crypto'
import { Prng } from '../src/base/prng.js'
import type { Keys } from '../src/env/env.js'

/** @param seed another one for each process: what one draws, no other one draws */
export function simKeys(seed: number): Keys {
  const random = new Prng(seed)
  const mac: Keys['mac'] = (key, message) => new Uint8Array(createHmac('sha256', key).update(message).digest())
  return {
    unguessable: bytes => Uint8Array.from({ length: bytes }, () => random.below(256)),
    stretched: (password, salt) => mac(new TextEncoder().encode(salt), new TextEncoder().encode(password)),
    mac,
  }
}

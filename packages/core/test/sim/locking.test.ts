/** Locks under faults. The seeds are those that once broke a promise, with what they found, and a few that did not. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { runSeed } from '../../sim/run-seed.js'
import { planFor } from '../../sim/swarm.js'

const seeds: readonly (readonly [seed: number, keys: number, holdMs: number, what: string])[] = [
  [3, 1, 3, 'a lock that was given up, and over, was let go so late that a later one of the same holder went instead'],
  [6, 3, 3, 'the same among three keys'],
  [2, 3, 100, 'crashes and cut networks'],
  [9, 1, 3, 'members that leave'],
]

for (const [seed, keys, holdMs, what] of seeds) {
  test(`locks, seed ${seed}: ${what}`, async () => {
    const plan = { ...planFor(seed), faultMs: 6000, locking: { clients: 4, keys, holdMs } }
    const { violations } = await runSeed({ seed, plan })
    assert.deepEqual(violations, [])
  })
}

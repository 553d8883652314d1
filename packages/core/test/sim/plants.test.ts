/** Each fault that can be planted into members breaks a promise, and the checker of that promise has to see it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plants } from '../../sim/plants.js'
import { runSeed } from '../../sim/run-seed.js'
import { type Plan, planFor } from '../../sim/swarm.js'

/** A cluster in which a lease that lasts too long is likely to be read under. */
function isolating(seed: number): Plan {
  const basic = planFor(seed)
  const { knobs, map, workload } = basic
  const leaseMs = 2000
  return {
    ...basic,
    members: 3,
    oneMachine: false,
    knobs: { ...knobs, leaseMs, heartbeatIntervalMs: 250, suspectAfterMs: 2400, initialMinClusterSize: 2, partitionCount: 3 },
    map: { ...map, backupCount: 1, asyncBackupCount: 0, readBackupData: false },
    lossesMax: 1,
    workload: {
      ...workload,
      clients: 8,
      readers: 5,
      readTimeoutMs: 100,
      mix: [
        [1, 'get'],
        [1, 'set'],
      ],
    },
    nemesis: { kinds: ['isolate'], gapMs: 1200, leaseMs, clockDrift: 0 },
  }
}

const brief = (seed: number): Plan => ({ ...planFor(seed), faultMs: 5000 })

const locking = (seed: number): Plan => ({ ...brief(seed), locking: { clients: 4, keys: 1, holdMs: 20 } })

const expected: Record<string, { promise: string; seeds: number; plan: (seed: number) => Plan }> = {
  ackEarly: { promise: 'linearizable', seeds: 10, plan: brief },
  staleReads: { promise: 'linearizable', seeds: 5, plan: brief },
  writeTwice: { promise: 'linearizable', seeds: 10, plan: brief },
  slowClock: { promise: 'linearizable', seeds: 30, plan: isolating },
  everybodyLocks: { promise: 'locks', seeds: 5, plan: locking },
  orphanLocks: { promise: 'locks', seeds: 5, plan: locking },
  lostTimer: { promise: 'leaks', seeds: 5, plan: brief },
}

test('there is a test for each', () => {
  assert.deepEqual(Object.keys(expected).sort(), Object.keys(plants).sort())
})

for (const [plant, { promise, seeds, plan }] of Object.entries(expected)) {
  test(`${plant} is found as a break of "${promise}"`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { violations } = await runSeed({ seed, plant, plan: plan(seed) })
      if (violations.some(violation => violation.promise === promise)) return
    }
    assert.fail(`not within ${seeds} seeds`)
  })
}

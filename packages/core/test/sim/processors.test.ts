/** Appends by entry processors under faults: each has its effect once, in one order, whoever owns the key meanwhile. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { runSeed } from '../../sim/run-seed.js'
import { planFor } from '../../sim/swarm.js'
import type { Mix } from '../../sim/workload.js'

const mix: Mix = [
  [4, 'append'],
  [2, 'get'],
  [1, 'replaceIfSame'],
  [1, 'remove'],
]
const seeds = Array.from({ length: 12 }, (_, i) => 610_000 + i)

test('histories with appends are linearizable', async () => {
  let operations = 0
  for (const seed of seeds) {
    const drawn = planFor(seed)
    const report = await runSeed({ seed, plan: { workload: { ...drawn.workload, mix, callsPerKeyMax: 60 } } })
    assert.deepEqual(report.violations, [], `seed ${seed}`)
    operations += report.operations
  }
  assert.ok(operations > 1_000, `${operations} calls`)
})

test('an append that happens twice is found', async () => {
  for (const seed of seeds) {
    const { workload } = planFor(seed)
    const plan = { faultMs: 3000, workload: { ...workload, mix: [[1, 'append']] as Mix } }
    const { violations } = await runSeed({ seed, plant: 'writeTwice', plan })
    if (violations.some(({ promise }) => promise === 'linearizable')) return
  }
  assert.fail(`not within ${seeds.length} seeds`)
})

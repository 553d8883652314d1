import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Planted, Simulation } from './simulation.js'

/** Wall time is not looked at: so many seeds take about ten seconds on one core. */
const SEEDS = Number(process.env.CONTROL_SEEDS ?? 800)
const FIRST = Number(process.env.CONTROL_FIRST ?? 1)

const run = (seed: number, planted: Planted = 'none'): Simulation => {
  const simulation = new Simulation(seed, planted)
  try {
    simulation.run(6_000, 6_000)
  } catch (error) {
    if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`
    throw error
  }
  return simulation
}

test('no seed breaks a promise, and the faults bite', t => {
  const seen = { elections: 0, survivals: 0, removals: 0, reads: 0, settled: 0, failed: 0 }
  // 61266: the vote that elects a leader comes after a later term has begun
  for (const seed of [61266, ...Array.from({ length: SEEDS }, (_, i) => FIRST + i)]) {
    const { checks } = run(seed)
    for (const name of Object.keys(seen) as (keyof typeof seen)[]) seen[name] += checks[name]
  }
  t.diagnostic(JSON.stringify(seen))
  assert.ok(Object.values(seen).every(n => n > 0))
})

const planted: readonly (readonly [Planted, RegExp])[] = [
  ['restart under the old id', /one leader|complete|same log|contradict|two leaders/],
  ['altered entry', /same log/],
  ['acknowledged too much', /complete|same log|contradict|no entry|fresh reads/],
  ['removed as dead without proof', /exclusive/],
  ['clock too fast', /exclusive/],
  ['lease counted from its receipt', /exclusive/],
  ['false proof of death', /complete|same log|exclusive|contradict/],
  ['read without confirmation', /fresh reads/],
]
for (const [fault, promise] of planted) {
  test(`the checks find: ${fault}`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      try {
        run(seed, fault)
      } catch (error) {
        if (!(error instanceof Error) || !promise.test(error.message)) continue
        return
      }
    }
    assert.fail(`not found in ${SEEDS} seeds`)
  })
}

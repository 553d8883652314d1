/** A fault that nobody has seen bite tests nothing: over a set of seeds every kind has to fire, and to have an effect. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeed } from '../../sim/run-seed.js'
import { planFor } from '../../sim/swarm.js'
import { Totals } from '../../sim/totals.js'

const SEEDS_MAX = 60

test('every kind of fault fires and has an effect', async () => {
  const totals = new Totals()
  for (let seed = 1; seed <= SEEDS_MAX && (seed === 1 || totals.unreached().length > 0); seed++) {
    const drawn = planFor(seed)
    const report = await runSeed({
      seed,
      plan: { ...drawn, startsAtOnce: false, faultMs: 4000, nemesis: { ...drawn.nemesis, gapMs: 200 } },
    })
    totals.add({ ...report, features: [], repeated: false, faults: [...report.faults] })
  }
  assert.deepEqual(totals.unreached(), [])
})

test('a seed of the production member repeats itself', async () => {
  for (const seed of [3, 4]) {
    const [once, again] = [await runSeed({ seed }), await runSeed({ seed })]
    assert.equal(once.fingerprint, again.fingerprint)
  }
})

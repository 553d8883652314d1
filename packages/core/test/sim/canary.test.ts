/** The simulator has to find a cluster that is wrong, and only that one. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeed, type SeedReport } from '../../sim/run-seed.js'
import { planFor } from '../../sim/swarm.js'
import { ToyRegister } from './toy-register.js'

/** Two members on one machine under the faults that the toy claims to stand. */
function runToy(seed: number, answersEarly: boolean): Promise<SeedReport> {
  const drawn = planFor(seed)
  return runSeed({
    seed,
    subject: new ToyRegister(answersEarly),
    plan: {
      ...drawn,
      members: 2,
      oneMachine: true,
      startsAtOnce: true,
      world: { ...drawn.world, provesDeath: true },
      map: { name: 'registers', backupCount: 1, asyncBackupCount: 0, readBackupData: false },
      workload: { ...drawn.workload, clients: 6, readers: 2, keys: 4, thinkMs: 5 },
      nemesis: { ...drawn.nemesis, kinds: ['crash', 'pause', 'wallJump', 'clockRate'], gapMs: 300 },
      lossesMax: 1,
      faultMs: 6000,
    },
  })
}

const seeds = Array.from({ length: 20 }, (_, i) => i + 1)

test('a map that answers before its backup has the write is found out', async () => {
  const found: number[] = []
  for (const seed of seeds) {
    const { violations } = await runToy(seed, true)
    if (violations.some(({ promise }) => promise === 'linearizable')) found.push(seed)
  }
  assert.ok(found.length >= 2, `only ${found.length} of ${seeds.length} seeds found it`)
})

test('the same map that waits for its backup is not', async () => {
  let crashes = 0
  for (const seed of seeds) {
    const { violations, faults, operations, undecided } = await runToy(seed, false)
    assert.deepEqual(
      violations.filter(({ promise }) => promise !== 'leaks'),
      [],
      `seed ${seed}`,
    )
    assert.ok(operations > 0)
    assert.equal(undecided, 0)
    crashes += faults.get('crash')?.effective ?? 0
  }
  assert.ok(crashes > seeds.length, `${crashes} crashes`)
})

test('a seed of a whole cluster repeats itself', async () => {
  const [once, again] = [await runToy(5, false), await runToy(5, false)]
  assert.equal(once.fingerprint, again.fingerprint)
  assert.equal(once.operations, again.operations)
})

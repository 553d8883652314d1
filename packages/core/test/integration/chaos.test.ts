/** That a chaos run finds what is wrong: each plants a fault into real members. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChaosFault } from '../../chaos/faults.js'
import type { ChaosReport } from '../../chaos/report.js'
import { runChaos } from '../../chaos/run.js'

const run = (plant: string, kinds: readonly ChaosFault[], seed: number): Promise<ChaosReport> =>
  runChaos({
    seconds: 4,
    members: 3,
    clients: 0,
    seed,
    file: null,
    map: 'chaos',
    backupCount: 1,
    kinds,
    logs: null,
    plant,
    onLine: () => {},
  })

test('chaos finds a member that ends by itself', async () => {
  const { violations } = await run('exits', ['reset'], 1)
  assert.match(violations.join(), /the member at port \d+ ended by itself, code 3/)
})

test('chaos finds that members forget which calls they have done', async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const { violations } = await run('forgetful', ['reset'], seed)
    if (violations.some(text => text.includes('no order of its calls explains'))) return
  }
  assert.fail('not within 4 runs')
})

/**
 * Each fault that can be planted into members, and each rule of the protocol that is turned off, breaks a promise, and the
 * checker of that promise has to see it within its budget of seeds.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectations, firstToFind } from '../../sim/mutation-score.js'
import { plants } from '../../sim/plants.js'
import { rules } from '../../sim/rules.js'
import { runSeed } from '../../sim/run-seed.js'

test('there is an expectation for each, and a switch for every rule', () => {
  assert.deepEqual(expectations.map(({ plant }) => plant).sort(), [...Object.keys(plants), ...Object.keys(rules)].sort())
  const covered = new Set(expectations.map(({ rule }) => rule))
  for (let rule = 1; rule <= 12; rule++) assert.ok(covered.has(`R${rule}`), `no switch for R${rule}`)
})

for (const expectation of expectations) {
  const { plant, rule, seeds, promises } = expectation
  test(`${plant}${rule === null ? '' : `, without ${rule},`} is found as a break of ${promises.join(' or ')}`, async () => {
    assert.notEqual(await firstToFind(expectation), null, `not within ${seeds} seeds`)
  })
}

test('the same plans without any fault are clean', async () => {
  for (const { plan } of new Map(expectations.map(expectation => [expectation.plan, expectation])).values()) {
    for (let seed = 1; seed <= 3; seed++) {
      const { violations } = await runSeed({ seed, plan: plan(seed) })
      assert.deepEqual(violations, [], `seed ${seed}`)
    }
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Copy } from '../../../src/operation/copy.js'
import { ReadConfirmation } from '../../../src/operation/read-confirmation.js'

test('a read that waits for a confirmation has the copy looked at again, until a lease comes or the answer', () => {
  let hasLease = false
  let wakes = 0
  const host = { readsByLease: () => hasLease, nowMs: () => 0, sendConfirm: () => {}, confirmAlone: () => {} }
  const copy = { host, commit: 7, config: { epoch: 1, version: 1 }, group: 0, wake: () => void wakes++ } as unknown as Copy
  const reads = new ReadConfirmation(copy, () => [])
  const answers: unknown[] = []
  reads.answer((error, result) => void answers.push(error ?? result), 5)
  // the question is lost: nothing else happens in this copy
  assert.deepEqual([answers, wakes, reads.busy], [[], 1, true])
  hasLease = true
  reads.tick(1000)
  assert.deepEqual([answers, reads.busy], [[5], false])
})

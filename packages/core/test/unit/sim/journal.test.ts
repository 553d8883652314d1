import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Journal } from '../../../sim/journal.js'
import type { SeedSummary } from '../../../sim/totals.js'

const summary = (seed: number): SeedSummary => ({
  seed,
  virtualMs: 1,
  events: 2,
  operations: 3,
  unknown: 0,
  undecided: 0,
  features: ['lite'],
  repeated: false,
  faults: [['crash', { fired: 1, effective: 1 }]],
  violations: [],
})

test('what is done is known again at the same commit, also after an end in the middle of a line, and at no other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cobnut-journal-'))
  const file = join(folder, 'sim.jsonl')
  try {
    const first = new Journal(file, 'abc')
    first.add(summary(7))
    first.add(summary(9))
    appendFileSync(file, '{"seed":11,"virt')
    assert.deepEqual([...new Journal(file, 'abc').done.values()], [summary(7), summary(9)])
    assert.equal(new Journal(file, 'def').done.size, 0)
    assert.equal(new Journal(file, 'def').done.size, 0)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

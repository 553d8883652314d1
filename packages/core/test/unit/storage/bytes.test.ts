import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareBytes, copyBytes, equalBytes, equalRange } from '../../../src/storage/bytes.js'

test('comparing agrees with Buffer', () => {
  const run = fc.uint8Array({ maxLength: 6, max: 2 })
  fc.assert(
    fc.property(run, run, (a, b) => {
      assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(a, b))
      assert.equal(equalBytes(a, b), Buffer.compare(a, b) === 0)
    }),
  )
  assert.ok(compareBytes(new Uint8Array([200]), new Uint8Array([100])) > 0)
})

test('copies short and long runs, and finds them where they were put', () => {
  for (const length of [0, 1, 31, 32, 33, 1000]) {
    const from = new Uint8Array(length).map((_, i) => i * 7 + 1)
    const to = new Uint8Array(length + 10)
    copyBytes(from, to, 5)
    assert.ok(equalRange(to, 5, from))
    assert.equal(to[4], 0)
    assert.equal(to[length + 5], 0)
    if (length > 0) assert.ok(!equalRange(to, 4, from))
  }
})

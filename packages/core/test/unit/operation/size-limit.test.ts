import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCobnutError } from '../../../src/base/errors.js'
import { assertFits, isTooLarge } from '../../../src/operation/size-limit.js'

const MIB = 1024 * 1024
const isRefused = (error: unknown): boolean => isCobnutError(error, 'TOO_LARGE') && error.outcome === 'not-applied'

test('what one call changes and answers in a partition fits into a frame, or is refused', () => {
  const [large, half] = [new Uint8Array(201 * MIB), new Uint8Array(101 * MIB)]
  assertFits(null, 200 * MIB)
  assertFits(half, 99 * MIB)
  assertFits([half, 7], 0)
  assert.throws(() => assertFits(large, 0), isRefused)
  assert.throws(() => assertFits(half, 100 * MIB), isRefused)
  assert.throws(() => assertFits([half, 7, half], 0), isRefused)
  assert.throws(() => assertFits(true, 200 * MIB + 1), isRefused)
  assert.deepEqual([isTooLarge(200 * MIB), isTooLarge(200 * MIB + 1)], [false, true])
})

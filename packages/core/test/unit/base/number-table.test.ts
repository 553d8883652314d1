/** Property: it holds what a `Map` would, in whatever order numbers come and go. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NumberTable } from '../../../src/base/number-table.js'

/** Few and close to each other, so that they collide; and some far apart. */
const number = fc.oneof(
  fc.nat(40),
  fc.integer({ min: -5, max: 5 }).map(n => n * 2 ** 32 + 7),
  fc.maxSafeInteger(),
)
const step = fc.record({ kind: fc.constantFrom('set', 'set', 'delete', 'delete', 'clear' as const), number, value: fc.nat() })

test('a table of numbers holds what a Map holds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), steps => {
      const [table, model] = [new NumberTable<number>(), new Map<number, number>()]
      for (const { kind, number, value } of steps) {
        if (kind === 'set') {
          table.set(number, value)
          model.set(number, value)
        } else if (kind === 'delete') assert.equal(table.delete(number), model.delete(number))
        else if (value % 20 === 0) {
          table.clear()
          model.clear()
        }
        assert.equal(table.size, model.size)
        assert.equal(table.get(number), model.get(number))
      }
      const sorted = (entries: Iterable<[number, number]>) => [...entries].sort(([a], [b]) => a - b)
      assert.deepEqual(sorted(table.entries()), sorted(model))
      assert.equal([...table.values()].length, model.size)
      for (const [number, value] of model) assert.equal(table.get(number), value)
    }),
    { numRuns: 300 },
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvariantError } from '../../../src/base/assert.js'
import { Deque } from '../../../src/base/deque.js'

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant('push' as const) },
  { weight: 2, arbitrary: fc.constant('unshift' as const) },
  { weight: 2, arbitrary: fc.constant('shift' as const) },
  { weight: 2, arbitrary: fc.constant('pop' as const) },
)

test('a deque does what an array does', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const deque = new Deque<number>()
      const model: number[] = []
      steps.forEach((name, i) => {
        if (name === 'push' || name === 'unshift') {
          deque[name](i)
          model[name](i)
        } else {
          assert.equal(deque[name](), model[name]())
        }
        assert.equal(deque.size, model.length)
        assert.equal(deque.first(), model[0])
        assert.equal(deque.last(), model.at(-1))
      })
      assert.deepEqual([...deque], model)
      model.forEach((item, i) => {
        assert.equal(deque.at(i), item)
      })
    }),
  )
})

test('a long queue that was emptied works on', () => {
  const deque = new Deque<number>()
  for (let i = 0; i < 10_000; i++) deque.push(i)
  for (let i = 0; i < 10_000; i++) assert.equal(deque.shift(), i)
  deque.push(1)
  assert.deepEqual([...deque], [1])
  deque.clear()
  assert.equal(deque.shift(), undefined)
})

test('there is nothing beyond the ends', () => {
  const deque = new Deque<string>()
  deque.push('a')
  assert.throws(() => deque.at(1), InvariantError)
  assert.throws(() => deque.at(-1), InvariantError)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Heap } from '../../../src/base/heap.js'

const ascending = (a: number, b: number): boolean => a < b

function drained(heap: Heap<number>): number[] {
  const out: number[] = []
  while (heap.size > 0) out.push(heap.pop() as number)
  return out
}

test('what goes in in any order comes out sorted', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), numbers => {
      const heap = new Heap(ascending)
      for (const n of numbers) heap.push(n)
      assert.deepEqual(
        drained(heap),
        [...numbers].sort((a, b) => a - b),
      )
    }),
  )
})

test('adding and taking in turns is as a sorted list', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: null }), { maxLength: 200 }), steps => {
      const heap = new Heap(ascending)
      const model: number[] = []
      for (const step of steps) {
        if (step === null) {
          assert.equal(heap.pop(), model.shift())
        } else {
          heap.push(step)
          model.push(step)
          model.sort((a, b) => a - b)
        }
        assert.equal(heap.peek(), model[0])
        assert.equal(heap.size, model.length)
      }
    }),
  )
})

test('sweeping keeps the order of what stays', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 5 }), (numbers, divisor) => {
      const heap = new Heap(ascending)
      for (const n of numbers) heap.push(n)
      const passes = (n: number): boolean => n % divisor === 0
      heap.keep(passes)
      assert.deepEqual(
        drained(heap),
        numbers.filter(passes).sort((a, b) => a - b),
      )
    }),
  )
})

test('an empty heap has no first', () => {
  const heap = new Heap(ascending)
  assert.equal(heap.peek(), undefined)
  assert.equal(heap.pop(), undefined)
})

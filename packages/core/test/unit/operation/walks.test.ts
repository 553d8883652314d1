import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../../src/env/env.js'
import { Walks } from '../../../src/operation/walks.js'

class Steps {
  nowMs = 0
  readonly walks: Walks
  readonly done: number[] = []
  #next: (() => void) | null = null

  constructor() {
    const defer = (run: () => void): void => {
      assert.equal(this.#next, null, 'one step is asked for at a time')
      this.#next = run
    }
    this.walks = new Walks({ monotonicMs: () => this.nowMs, defer } as unknown as Clock)
  }

  add(n: number, takesMs: number): void {
    this.walks.add(() => {
      this.done.push(n)
      this.nowMs += takesMs
    })
  }

  /** How many were done in each step, until nothing is left. */
  run(): number[] {
    const steps: number[] = []
    for (let next = this.#next; next !== null; next = this.#next) {
      const before = this.done.length
      this.#next = null
      next()
      steps.push(this.done.length - before)
    }
    return steps
  }
}

test('a call of a whole map is done a few partitions at a time, in order', () => {
  const s = new Steps()
  for (let n = 0; n < 150; n++) s.add(n, 0)
  assert.deepEqual(s.done, [], 'not in the turn in which it is asked for')
  assert.deepEqual(s.run(), [64, 64, 22])
  assert.deepEqual(s.done, [...Array(150).keys()])
  s.add(150, 0)
  assert.deepEqual(s.run(), [1])
})

test('partitions that take long have a step of their own each', () => {
  const s = new Steps()
  for (let n = 0; n < 4; n++) s.add(n, n < 2 ? 24 : 3)
  assert.deepEqual(s.run(), [1, 1, 2])
})

test('what is asked for by a walk waits behind the others', () => {
  const s = new Steps()
  s.walks.add(() => s.add(7, 0))
  s.add(1, 0)
  assert.deepEqual(s.run(), [2])
  assert.deepEqual(s.done, [1, 7])
})

test('a long queue keeps its order', () => {
  const s = new Steps()
  const many = [...Array(20_000).keys()]
  for (const n of many) s.add(n, 0)
  s.run()
  assert.deepEqual(s.done, many)
})

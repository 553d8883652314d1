/** What removes or processes all that meets a condition does the same with an index as without, whatever is committed yet. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Condition } from '../../../src/api/query.js'
import { indexDefinition } from '../../../src/query/index-definition.js'
import { encodePredicate } from '../../../src/query/predicate-codec.js'
import { Predicates as p } from '../../../src/query/predicates.js'
import { Processing, toData, toObject } from './map-fixture.js'

class Indexed extends Processing {
  override readonly indexes = [indexDefinition('m', { type: 'SORTED', attributes: ['age'] })]

  get hasIndexes(): boolean {
    return [...this.data.shards()].some(([, { indexes }]) => indexes !== null)
  }
}

type Step =
  | { readonly set: number; readonly age: number }
  | { readonly remove: number }
  | { readonly removeAll: Condition }
  | { readonly process: Condition }
  | { readonly clear: true }
  | { readonly commit: true }

const key = fc.integer({ min: 0, max: 15 })
const age = fc.integer({ min: 0, max: 5 })
const where = fc.oneof(
  age.map(of => p.equal('age', of)),
  age.map(of => p.greaterThan('age', of)),
)
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ set: key, age }) },
    { weight: 2, arbitrary: fc.record({ remove: key }) },
    { weight: 2, arbitrary: fc.record({ removeAll: where }) },
    { weight: 2, arbitrary: fc.record({ process: where }) },
    { weight: 1, arbitrary: fc.constant({ clear: true as const }) },
    { weight: 2, arbitrary: fc.constant({ commit: true as const }) },
  ),
  { maxLength: 40 },
)

function play(on: Processing, step: Step): unknown {
  if ('set' in step) return on.set(step.set, { age: step.age })
  if ('remove' in step) return on.request('remove', { key: step.remove }) !== null
  if ('removeAll' in step) return on.request('removeMatching', { value: encodePredicate(step.removeAll) })
  if ('process' in step) return on.all('older', null, step.process).length
  if ('clear' in step) return void on.request('clear', {})
  return on.commit()
}

test('with an index and without, the same entries are met', () => {
  fc.assert(
    fc.property(steps, given => {
      const both = [new Processing(), new Indexed()]
      for (const one of both) {
        one.code.processors.register('older', entry => {
          const { age } = entry.value as { age: number }
          entry.setValue({ age: age + 1 })
          return age
        })
      }
      for (const step of given) {
        const [plain, indexed] = both.map(one => play(one, step))
        assert.deepEqual(indexed, plain)
      }
      const [plain, indexed] = both.map(one => Array.from({ length: 16 }, (_, of) => one.get(of)))
      assert.deepEqual(indexed, plain)
    }),
  )
})

test('the index is asked', () => {
  const map = new Indexed()
  for (let i = 0; i < 100; i++) map.set(i, { age: i })
  map.commit()
  assert.equal(map.hasIndexes, false)
  assert.equal(map.request('removeMatching', { value: encodePredicate(p.equal('age', 7)) }), 1)
  assert.equal(map.hasIndexes, true)
})

test('an entry that was renewed in time is met as renewed, and the answer waits for that record', () => {
  for (const on of [new Processing(), new Indexed()]) {
    const put = (of: number, ttlMs: number): unknown => on.request('set', { key: 'k', value: toData({ age: of }), ttlMs })
    const ages = (condition: Condition): unknown[] =>
      (on.request('queryValues', { value: encodePredicate(condition) }) as Uint8Array[]).map(
        v => (toObject(v) as { age: number }).age,
      )
    put(1, 100)
    on.commit()
    put(2, 500)
    assert.deepEqual([ages(p.greaterThan('age', 0)), on.dependsOn], [[1], 0], 'what is committed is still good')
    on.wallMs += 200
    assert.deepEqual([ages(p.greaterThan('age', 0)), on.dependsOn], [[2], 2])
    assert.deepEqual([ages(p.equal('age', 1)), on.dependsOn], [[], 2], 'nothing, and that rests on the record too')
    assert.deepEqual([on.request('size', {}), on.dependsOn], [1, 2])
    put(3, 10)
    on.wallMs += 20
    assert.deepEqual([ages(p.equal('age', 3)), on.dependsOn], [[], 3], 'over as well, which others must not see undone')
    // record 4 has removed it meanwhile
    put(5, 500)
    on.request('remove', { key: 'k' })
    assert.deepEqual([ages(p.greaterThan('age', 0)), on.dependsOn], [[], 6])
    assert.deepEqual([on.request('size', {}), on.dependsOn], [0, 6])
    put(7, 500)
    on.request('clear', {})
    assert.deepEqual([ages(p.greaterThan('age', 0)), on.dependsOn], [[], 8])
  }
})

test('of what one record has changed all is shown or nothing, also where one of its keys was renewed in time', () => {
  for (const on of [new Processing(), new Indexed()]) {
    const set = (of: string, age: number, ttlMs: number): unknown => on.request('set', { key: of, value: toData({ age }), ttlMs })
    on.code.processors.register('older', entry => {
      entry.setValue({ age: (entry.value as { age: number }).age + 1 }, { ttlMs: 500 })
    })
    set('brief', 1, 100)
    set('lasting', 1, 0)
    on.commit()
    on.all('older', null)
    on.wallMs += 200
    const everything = encodePredicate(p.greaterThan('age', 0))
    for (const [op, given] of [
      ['queryValues', { value: everything }],
      ['values', {}],
    ] as const) {
      const ages = (on.request(op, given) as Uint8Array[]).map(v => (toObject(v) as { age: number }).age)
      assert.deepEqual([ages, on.dependsOn], [[2, 2], 3], op)
    }
  }
})

test('a part of a walk that leaves out what is past its time removes it, so that a lock does not bring it back', () => {
  const on = new Processing()
  on.request('set', { key: 'k', value: toData(1), ttlMs: 100 })
  on.commit()
  on.wallMs += 200
  const walked = on.fetch(10) as unknown[]
  assert.deepEqual([walked.length, on.dependsOn], [1, 0])
  on.request('lock', { key: 'k' })
  assert.equal(on.get('k'), null)
})

/** Indexes find what looking at every entry finds, whatever happened to the entries before. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Condition, IndexConfig } from '../../../src/api/query.js'
import { BitSet } from '../../../src/query/bit-set.js'
import { indexDefinition } from '../../../src/query/index-definition.js'
import { Opener } from '../../../src/query/opener.js'
import { PartitionIndexes } from '../../../src/query/partition-indexes.js'
import { compile } from '../../../src/query/predicate.js'
import { Predicates as p } from '../../../src/query/predicates.js'
import { QueryEntry } from '../../../src/query/query-entry.js'
import { SortedList } from '../../../src/query/sorted-list.js'
import { keyHash } from '../../../src/serialization/data.js'
import { BigDecimal, LocalDate, LocalDateTime, LocalTime, OffsetDateTime, Typed } from '../../../src/serialization/values.js'
import { compact, field, own, theirs } from './support.js'

const opener = new Opener({ get: () => null })

/** A partition, and what an index has to agree with. */
class Model {
  readonly indexes: PartitionIndexes
  readonly values = new Map<string, Uint8Array>()

  constructor(...configs: IndexConfig[]) {
    const definitions = configs.map(config => indexDefinition('m', config))
    this.indexes = new PartitionIndexes(definitions, opener)
  }

  put(key: string, value: unknown): void {
    const data = value instanceof Uint8Array ? value : own(value)
    this.values.set(key, data)
    this.indexes.put(own(key), keyHash(own(key)), data)
  }

  remove(key: string): void {
    this.values.delete(key)
    this.indexes.remove(own(key), keyHash(own(key)))
  }

  /** Keys that meet the condition; null when no index was of use. */
  found(condition: Condition): string[] | null {
    const { test: meets, plan } = compile(condition)
    const entryOf = (key: Uint8Array): QueryEntry => new QueryEntry(key, this.values.get(textOf(key)) as Uint8Array, opener)
    const found = this.indexes.find(plan)
    if (found === null) return null
    const keys = [...found.entries].map(({ key }) => key)
    assert.equal(new Set(keys.map(textOf)).size, keys.length, 'an entry is found once')
    return keys
      .filter(key => meets(entryOf(key)))
      .map(textOf)
      .sort()
  }

  /** How many of these conditions indexes were of use for: there they find what looking at every entry finds. */
  agreeing(conditions: readonly Condition[]): number {
    const helped = conditions.map(one => ({ one, found: this.found(one) })).filter(({ found }) => found !== null)
    for (const { one, found } of helped) assert.deepEqual(found, this.scanned(one))
    return helped.length
  }

  scanned(condition: Condition): string[] {
    const { test: meets } = compile(condition)
    return [...this.values]
      .filter(([key, value]) => meets(new QueryEntry(own(key), value, opener)))
      .map(([key]) => key)
      .sort()
  }
}

const textOf = (key: Uint8Array): string => new TextDecoder().decode(key.subarray(12))

const allIndexes: IndexConfig[] = [
  { type: 'SORTED', attributes: ['a'] },
  { type: 'HASH', attributes: ['b'] },
  { type: 'BITMAP', attributes: ['c'] },
  { type: 'HASH', attributes: ['a', 'b'] },
  { type: 'SORTED', attributes: ['list[any]'] },
  { type: 'BITMAP', attributes: ['list[any]'] },
  { type: 'SORTED', attributes: ['__key'] },
  { type: 'SORTED', attributes: ['b', 'list[any]'] },
]

const scalar = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(1.5, Number.NaN, '1', 'x', 'xy', 'true', true, false, null, ''),
)
const value = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ a: scalar, b: scalar, c: scalar, list: fc.array(scalar, { maxLength: 3 }) }, { requiredKeys: [] }),
  },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(5, 'text', new Typed('float', 1), [1, 2]) },
)
const given = fc.oneof(scalar, fc.constantFrom<unknown>(new BigDecimal(10n, 1), 2n, new Typed('float', 1.5), 'k1'))
const attribute = fc.constantFrom('a', 'b', 'c', 'list[any]', '__key', 'none')
const bounded = fc.tuple(attribute, given, given).map(([attribute, above, below]) => ({
  is: 'and',
  of: [
    { is: 'greater', attribute, value: above },
    { is: 'less', attribute, value: below },
  ],
}))
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  bounded,
  fc.record({
    is: fc.constantFrom('equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'),
    attribute,
    value: given,
  }),
  fc.record({ is: fc.constant('between'), attribute, from: given, to: given }),
  fc.record({ is: fc.constant('in'), attribute, values: fc.array(given, { maxLength: 3 }) }),
  fc.record({ is: fc.constant('like'), attribute, pattern: fc.constantFrom('x%', '1', '_', 'k1%', '%y') }),
  fc.constantFrom({ is: 'true' }, { is: 'false' }),
) as fc.Arbitrary<Condition>
const { condition } = fc.letrec<{ condition: Condition }>(tie => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({
      is: fc.constantFrom('and', 'or'),
      of: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }),
    }) as fc.Arbitrary<Condition>,
    fc.record({ is: fc.constant('not'), of: tie('condition') }) as fc.Arbitrary<Condition>,
  ),
}))
const step = fc.tuple(
  fc.integer({ min: 0, max: 30 }),
  fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.constant('remove') }),
)

test('with an index the same is found as without', () => {
  let used = 0
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.array(condition, { minLength: 1, maxLength: 8 }), (steps, conditions) => {
      const model = new Model(...allIndexes)
      for (const [n, what] of steps) {
        if (what === 'remove') model.remove(`k${n}`)
        else model.put(`k${n}`, what)
      }
      used += model.agreeing(conditions)
    }),
    { numRuns: 600 },
  )
  assert.ok(used > 200, `indexes were used ${used} times`)
})

test('of what is in a list one item may meet one condition and another item the other', () => {
  const number = fc.integer({ min: 0, max: 100 })
  const compared = (is: 'greater' | 'greaterEqual' | 'less' | 'lessEqual' | 'equal' | 'notEqual'): fc.Arbitrary<Condition> =>
    fc.record({ is: fc.constant(is), attribute: fc.constant('list[any]'), value: number })
  const high = fc.oneof(compared('greater'), compared('greaterEqual'))
  const low = fc.oneof(compared('less'), compared('lessEqual'))
  const other = fc.oneof(high, low, compared('equal'), compared('notEqual'))
  const both = fc.tuple(high, low, fc.array(other, { maxLength: 1 })).map(([a, b, more]): Condition => p.and(a, b, ...more))
  const lists = fc.array(fc.array(number, { maxLength: 3 }), { minLength: 20, maxLength: 60 })
  const indexes = fc.subarray<IndexConfig>(
    [
      { type: 'SORTED', attributes: ['list[any]'] },
      { type: 'BITMAP', attributes: ['list[any]'] },
    ],
    { minLength: 1 },
  )
  let used = 0
  fc.assert(
    fc.property(lists, indexes, fc.array(both, { minLength: 4, maxLength: 8 }), (items, configs, conditions) => {
      const model = new Model(...configs)
      for (const [i, list] of items.entries()) model.put(`k${i}`, { list })
      used += model.agreeing(conditions)
    }),
    { numRuns: 300 },
  )
  assert.ok(used > 100, `indexes were used ${used} times`)

  const model = new Model({ type: 'SORTED', attributes: ['scores[any]'] })
  for (let i = 0; i < 100; i++) model.put(`k${i}`, { scores: i === 7 ? [10, 90] : [i % 4 === 0 ? 200 : 1] })
  assert.deepEqual(model.found(p.sql('scores[any] > 50 AND scores[any] < 80')), ['k7'])
})

test('an index is not asked for more values than it looks up', () => {
  const model = new Model({ type: 'BITMAP', attributes: ['n'] }, { type: 'HASH', attributes: ['m'] })
  for (let i = 0; i < 100; i++) model.put(`k${i}`, { n: i, m: i })
  const many = Array.from({ length: 1_001 }, (_, i) => i)
  for (const one of [p.in('n', ...many), p.not(p.in('n', ...many)), p.in('m', ...many)]) assert.equal(model.found(one), null)
  assert.deepEqual(model.found(p.and(p.in('n', ...many), p.equal('m', 5))), ['k5'])
})

test('which conditions an index helps', () => {
  const model = new Model(
    { type: 'SORTED', attributes: ['age'] },
    { type: 'HASH', attributes: ['city', 'name'] },
    { type: 'BITMAP', attributes: ['state'] },
  )
  for (let i = 0; i < 1_000; i++)
    model.put(`k${i}`, { age: i, city: `c${i % 10}`, name: `n${i % 100}`, state: i % 20 === 0 ? 'rare' : 'usual' })
  const rows: [Condition, number | null][] = [
    [p.equal('age', 5), 1],
    [p.equal('age', '5'), 1],
    [p.in('age', 5, 6, 7), 3],
    [p.between('age', 10, 19), 10],
    [p.greaterThan('age', 990), 10],
    [p.lessThan('age', 990), null],
    [p.equal('city', 'c1'), null],
    [p.and(p.equal('city', 'c1'), p.equal('name', 'n1')), 10],
    [p.and(p.equal('city', 'c1'), p.lessThan('age', 3)), 4],
    [p.or(p.equal('age', 1), p.equal('age', 2)), 2],
    [p.or(p.equal('age', 1), p.equal('city', 'c1')), null],
    [p.equal('state', 'rare'), 50],
    [p.notEqual('state', 'usual'), 50],
    [p.not(p.or(p.equal('state', 'usual'), p.equal('state', 'none'))), 50],
    [p.notEqual('state', 'rare'), null],
    [p.alwaysFalse(), 0],
    [p.sql("age > 100 AND age < 104 AND name LIKE 'n%'"), 5],
    [p.sql('age BETWEEN 101 AND 103 AND state = usual'), 3],
  ]
  for (const [one, size] of rows) {
    assert.equal(model.indexes.find(compile(one).plan)?.size ?? null, size, JSON.stringify(one))
    const found = model.found(one)
    if (found !== null) assert.deepEqual(found, model.scanned(one))
  }
})

test('an entry whose schema is not known is found by every query, to be judged when it is known', () => {
  const model = new Model({ attributes: ['x'] })
  for (let i = 0; i < 100; i++) model.put(`k${i}`, { x: i })
  model.put('unknown', theirs(compact('unheard', { x: field.INT32!(5) })))
  assert.throws(() => model.found(p.equal('x', 5)), { code: 'SCHEMA_UNKNOWN' })
  model.remove('unknown')
  assert.deepEqual(model.found(p.equal('x', 5)), ['k5'])
})

test('definitions are checked, and written in one way', () => {
  const { name, attributes, type } = indexDefinition('m', { attributes: ['this.a', '__key#b'] })
  assert.deepEqual({ name, attributes, type }, { name: 'm_sorted_a___key.b', attributes: ['a', '__key.b'], type: 'SORTED' })
  for (const config of [
    { attributes: [] },
    { attributes: ['a', 'this.a'] },
    { type: 'BITMAP' as const, attributes: ['a', 'b'] },
    { type: 'TREE' as 'HASH', attributes: ['a'] },
    { attributes: Array.from({ length: 256 }, (_, i) => `a${i}`) },
  ]) {
    assert.throws(() => indexDefinition('m', config), { code: 'ARGUMENT' })
  }
})

test('a sorted list is like an array that is sorted', () => {
  const list = new SortedList<number>((a, b) => a - b)
  let model: number[] = []
  let seed = 1
  for (let i = 0; i < 20_000; i++) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    const n = seed % 3_000
    const held = model.includes(n)
    if (held) {
      list.delete(n)
      model = model.filter(other => other !== n)
    } else {
      list.add(n)
      model.push(n)
    }
  }
  model.sort((a, b) => a - b)
  for (const from of [-1, 0, 100, 1_500, 2_999, 3_000]) {
    assert.deepEqual(
      [...list.from(n => n < from)],
      model.filter(n => n >= from),
    )
  }
})

test('a bit set is like a set of numbers', () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 200 }))
  const setOf = (items: readonly number[]): BitSet => {
    const bits = new BitSet()
    for (const n of items) bits.add(n)
    return bits
  }
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const [x, y, inB] = [setOf(a), setOf(b), new Set(b)]
      const sorted = (items: Iterable<number>): number[] => [...new Set(items)].sort((m, n) => m - n)
      assert.deepEqual([...x], sorted(a))
      assert.equal(x.size, new Set(a).size)
      assert.deepEqual([...x.and(y)], sorted(a.filter(n => inB.has(n))))
      assert.deepEqual([...x.or(y)], sorted([...a, ...b]))
      assert.deepEqual([...x.without(y)], sorted(a.filter(n => !inB.has(n))))
      for (const n of b) x.delete(n)
      assert.deepEqual([...x], sorted(a.filter(n => !inB.has(n))))
    }),
  )
})

test('the last and the first moments that Java knows are moments like others', () => {
  const model = new Model({ type: 'SORTED', attributes: ['this'] }, { type: 'HASH', attributes: ['this'] })
  const far = (year: number): OffsetDateTime =>
    new OffsetDateTime(new LocalDateTime(new LocalDate(year, 12, 31), new LocalTime(23, 59, 59, 999_999_999)), 18 * 3600)
  for (const year of [-999_999_999, -4, 1969, 2024, 999_999_999]) model.put(`year ${year}`, far(year))
  const found = model.found(p.greaterThan('this', far(2024)))
  assert.deepEqual(found, ['year 999999999'])
  assert.equal(model.agreeing([p.lessThan('this', far(0)), p.equal('this', far(-4))]), 2)
  for (const key of [...model.values.keys()]) model.remove(key)
  assert.equal(model.indexes.size, 0)
})

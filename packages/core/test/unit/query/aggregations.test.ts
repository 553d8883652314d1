/** Aggregations and projections: one table of what they compute, however the entries are spread, and their wire form. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Aggregation } from '../../../src/api/query.js'
import { Reader } from '../../../src/codec/reader.js'
import { readResult, resultBytes } from '../../../src/operation/request.js'
import { decodeAggregation, decodeProjection, encodeAggregation, encodeProjection } from '../../../src/query/aggregation-codec.js'
import { Aggregations as a } from '../../../src/query/aggregations.js'
import { aggregate } from '../../../src/query/aggregator.js'
import { readAnswer } from '../../../src/query/answers.js'
import { Opener } from '../../../src/query/opener.js'
import { projector } from '../../../src/query/projector.js'
import { SerializationService } from '../../../src/serialization/serialization-service.js'
import { BigDecimal, Typed } from '../../../src/serialization/values.js'
import { entryOf, hazelcast, own, theirs } from './support.js'

const opener = new Opener({ get: () => null })
const service = new SerializationService()

/** Over so many partitions, with every partial answer on its way over the wire. */
function computed(aggregation: Aggregation, values: readonly unknown[], partitions = 3): unknown {
  const whole = aggregate(aggregation, opener)
  for (let p = 0; p < partitions; p++) {
    const part = aggregate(aggregation, opener)
    for (const [i, value] of values.entries()) if (i % partitions === p) part.add(entryOf(own(`k${i}`), own(value)))
    whole.merge(readResult(new Reader(resultBytes(part.partial()))) as (Uint8Array | number)[])
  }
  const result = whole.result()
  return result === null ? null : readAnswer(result, service)
}

const items = [{ n: 3 }, { n: 1 }, { n: null }, { n: 10 }, {}, { n: 4 }]

test('each aggregation by a table', () => {
  const rows: [Aggregation, readonly unknown[], unknown][] = [
    [a.count(), items, 6],
    [a.count('n'), items, 6],
    [a.integerSum('n'), items, 18],
    [a.longSum('n'), items, 18],
    [a.integerAvg('n'), items, 4.5],
    [a.longAvg('n'), [], null],
    [a.doubleSum('n'), items, 18],
    [a.doubleAvg('n'), items, 4.5],
    [a.numberAvg(), [1, new Typed('int', 2), new Typed('long', 3n), new BigDecimal(40n, 1)], 2.5],
    [a.fixedPointSum(), [1.9, 2.9, -0.9], 3],
    [a.floatingPointSum(), [1.5, 2.5], 4],
    [a.bigIntegerSum(), [2n ** 70n, 2n ** 70n], 2n ** 71n],
    [a.bigIntegerAvg(), [1n, 2n], new BigDecimal(15n, 1)],
    [a.bigDecimalSum(), [new BigDecimal(15n, 1), new BigDecimal(25n, 2)], new BigDecimal(175n, 2)],
    [a.bigDecimalAvg(), [new BigDecimal(1n, 0), new BigDecimal(2n, 0)], new BigDecimal(15n, 1)],
    [a.longSum(), [], 0],
    [a.max('n'), items, 10],
    [a.min('n'), items, 1],
    [a.min('n'), [{}], null],
    [a.max(), ['a', 'c', 'b'], 'c'],
    [a.max(), [1.5, 2n ** 70n, new BigDecimal(1n, -30)], new BigDecimal(1n, -30)],
    [a.max('n[any]'), [{ n: [1, 7] }, { n: [5] }], 7],
    [a.minBy('n'), items, ['k1', { n: 1 }]],
    [a.maxBy('n'), [], null],
    [a.distinct('n'), [{ n: 1 }, { n: 1 }, { n: 1 }], [1]],
    [a.distinct('n'), [], []],
  ]
  for (const [aggregation, values, expected] of rows) {
    for (const partitions of [1, 3]) assert.deepEqual(computed(aggregation, values, partitions), expected, aggregation.compute)
  }
  assert.deepEqual(new Set(computed(a.distinct('n'), items) as unknown[]), new Set([3, 1, null, 10, 4]))
})

test('what cannot be added up is refused', () => {
  assert.throws(() => computed(a.longSum(), ['x']), { code: 'QUERY' })
  assert.throws(() => computed(a.longSum(), [1.5]), { code: 'QUERY' })
  assert.throws(() => computed(a.longSum(), [2n ** 63n]), { code: 'QUERY' })
  assert.throws(() => computed(a.bigDecimalSum(), [new BigDecimal(1n, 2_000_000_000)]), { code: 'QUERY' })
  assert.throws(() => aggregate({ compute: 'nothing' as 'count', attribute: null }, opener), { code: 'QUERY' })
})

test('whole sums and extremes do not depend on how entries are spread', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.integer({ min: 1, max: 5 }), (values, partitions) => {
      assert.equal(
        computed(a.integerSum(), values, partitions),
        values.reduce((x, y) => x + y, 0),
      )
      assert.equal(computed(a.max(), values, partitions), Math.max(...values))
      assert.equal(computed(a.min(), values, partitions), Math.min(...values))
      assert.equal((computed(a.distinct(), values, partitions) as unknown[]).length, new Set(values).size)
    }),
  )
})

test('aggregations and projections come as the official client serializes them', () => {
  const { Aggregators } = hazelcast
  for (const name of [
    'count',
    'doubleAvg',
    'doubleSum',
    'numberAvg',
    'fixedPointSum',
    'floatingPointSum',
    'max',
    'min',
    'integerAvg',
    'integerSum',
    'longAvg',
    'longSum',
  ] as const) {
    assert.deepEqual(decodeAggregation(theirs(Aggregators[name]('x.y'))), { compute: name, attribute: 'x.y' })
    assert.deepEqual(decodeAggregation(theirs(Aggregators[name]())), { compute: name, attribute: null })
    assert.deepEqual(decodeAggregation(encodeAggregation(a[name]('z'))), { compute: name, attribute: 'z' })
  }
  assert.deepEqual(decodeAggregation(theirs(Aggregators.distinct())), { compute: 'distinct', attribute: null })
  for (const data of [
    own('x'),
    own(null),
    theirs(hazelcast.Predicates.alwaysTrue()),
    theirs(Aggregators.count('x')).slice(0, 15),
  ]) {
    assert.throws(() => decodeAggregation(data), { code: 'QUERY' })
    assert.throws(() => decodeProjection(data), { code: 'QUERY' })
  }
})

test('projections', () => {
  const entry = entryOf(own('k'), own({ a: 1, b: { c: 'x' }, l: [1, 2] }))
  const projected = (attributes: readonly string[]): unknown =>
    readAnswer(projector(decodeProjection(encodeProjection(attributes)))(entry), service)
  assert.equal(projected(['a']), 1)
  assert.deepEqual(projected(['b.c', 'none', '__key']), ['x', null, 'k'])
  assert.deepEqual(projected(['b']), { c: 'x' })
  assert.deepEqual(projected(['this']), { a: 1, b: { c: 'x' }, l: [1, 2] })
  assert.deepEqual(projected([]), ['k', { a: 1, b: { c: 'x' }, l: [1, 2] }])
  assert.throws(() => projected(['l[any]']), { code: 'QUERY' })
})

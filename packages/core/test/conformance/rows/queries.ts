/** Conditions, pages, aggregations and indexes, on JSON, on numbers and on texts. */

import { Aggregators, type IMap, Predicates } from 'hazelcast-client'
import Long from 'long'
import type { Entries, Row, Scene } from '../row.js'
import { sorted } from '../sorted.js'

type Predicate = ReturnType<typeof Predicates.sql>
type Aggregator = ReturnType<typeof Aggregators.count>

const people: Entries = [
  ['ann', { name: 'Ann', age: 25, active: true, town: { name: 'Bern', code: 1 }, tags: ['a', 'b'] }],
  ['bob', { name: 'Bob', age: 30, active: false, town: { name: 'Graz', code: 2 }, tags: ['b'] }],
  ['cid', { name: 'Cid', age: 35, active: true, town: { name: 'Bern', code: 1 }, tags: [] }],
  ['dan', { name: 'dan', age: 40, active: true, town: { name: 'Kiel', code: 3 }, tags: ['c', 'a'] }],
  ['eve', { name: 'Eve', age: 35.5, active: false, town: null, tags: null, rare: 'yes' }],
]
const numbers: Entries = Array.from({ length: 20 }, (_, i) => [i, i * 10])
const texts: Entries = [
  ['k1', 'apple'],
  ['k2', 'Apple'],
  ['k3', 'apricot'],
  ['k4', 'banana'],
]

/** By what has to be found: keys of `people`. */
const found: Readonly<Record<string, readonly [Predicate, string]>> = {
  alwaysTrue: [Predicates.alwaysTrue(), 'ann bob cid dan eve'],
  alwaysFalse: [Predicates.alwaysFalse(), ''],
  'equal, a text': [Predicates.equal('name', 'Ann'), 'ann'],
  'equal, a number': [Predicates.equal('age', 35), 'cid'],
  'equal, a fraction': [Predicates.equal('age', 35.5), 'eve'],
  'equal, a truth': [Predicates.equal('active', true), 'ann cid dan'],
  'equal, in an object': [Predicates.equal('town.name', 'Bern'), 'ann cid'],
  'equal, any of a list': [Predicates.equal('tags[any]', 'a'), 'ann dan'],
  'equal, one of a list': [Predicates.equal('tags[0]', 'b'), 'bob'],
  'equal, of the key': [Predicates.equal('__key', 'bob'), 'bob'],
  'equal, an attribute that few have': [Predicates.equal('rare', 'yes'), 'eve'],
  'equal, an attribute that none has': [Predicates.equal('none', 'yes'), ''],
  notEqual: [Predicates.notEqual('name', 'Ann'), 'bob cid dan eve'],
  greaterThan: [Predicates.greaterThan('age', 35), 'dan eve'],
  greaterEqual: [Predicates.greaterEqual('age', 35), 'cid dan eve'],
  lessThan: [Predicates.lessThan('age', 30), 'ann'],
  lessEqual: [Predicates.lessEqual('age', 30), 'ann bob'],
  between: [Predicates.between('age', 30, 35), 'bob cid'],
  in: [Predicates.inPredicate('name', 'Ann', 'Cid', 'Zoe'), 'ann cid'],
  'in, numbers': [Predicates.inPredicate('age', 25, 40), 'ann dan'],
  like: [Predicates.like('name', '%n'), 'ann dan'],
  'like, one letter': [Predicates.like('name', '_ob'), 'bob'],
  'like, with case': [Predicates.like('name', 'D%'), ''],
  ilike: [Predicates.ilike('name', 'D%'), 'dan'],
  regex: [Predicates.regex('name', '^[A-C].*'), 'ann bob cid'],
  and: [Predicates.and(Predicates.equal('active', true), Predicates.greaterThan('age', 30)), 'cid dan'],
  or: [Predicates.or(Predicates.equal('name', 'Ann'), Predicates.equal('name', 'Eve')), 'ann eve'],
  not: [Predicates.not(Predicates.equal('active', true)), 'bob eve'],
  'not, an attribute that few have': [Predicates.not(Predicates.greaterThan('extra', 1)), ''],
  'not less, an attribute that few have': [Predicates.not(Predicates.lessThan('town.code', 2)), 'bob dan'],
  'not between, an attribute that few have': [Predicates.not(Predicates.between('town.code', 1, 1)), 'bob dan eve'],
  'not and, an attribute that few have': [
    Predicates.not(Predicates.and(Predicates.greaterThan('town.code', 2), Predicates.equal('active', true))),
    'ann bob cid eve',
  ],
  'not or, an attribute that few have': [
    Predicates.not(Predicates.or(Predicates.greaterThan('town.code', 2), Predicates.equal('name', 'Ann'))),
    'bob cid',
  ],
  'not not, an attribute that few have': [Predicates.not(Predicates.not(Predicates.greaterThan('town.code', 1))), 'bob dan'],
  'not equal, any of a list': [Predicates.not(Predicates.equal('tags[any]', 'a')), 'bob cid eve'],
  'notEqual, any of a list': [Predicates.notEqual('tags[any]', 'a'), 'bob cid eve'],
  'not greater, any of a list': [Predicates.not(Predicates.greaterThan('tags[any]', 'a')), 'ann dan'],
  'sql, not, an attribute that few have': [Predicates.sql('NOT (town.code > 1)'), 'ann cid'],
  'and in or in not': [
    Predicates.not(
      Predicates.or(
        Predicates.equal('name', 'Ann'),
        Predicates.and(Predicates.equal('active', true), Predicates.lessThan('age', 36)),
      ),
    ),
    'bob dan eve',
  ],
  'sql, =': [Predicates.sql("name = 'Ann'"), 'ann'],
  'sql, > and': [Predicates.sql('age > 30 AND active = true'), 'cid dan'],
  'sql, or': [Predicates.sql("age < 26 or town.name = 'Graz'"), 'ann bob'],
  'sql, between': [Predicates.sql('age BETWEEN 30 AND 35'), 'bob cid'],
  'sql, in': [Predicates.sql("name IN ('Ann', 'Bob')"), 'ann bob'],
  'sql, like': [Predicates.sql("name LIKE '%n'"), 'ann dan'],
  'sql, ilike': [Predicates.sql("name ILIKE 'D%'"), 'dan'],
  'sql, not': [Predicates.sql('NOT (active)'), 'bob eve'],
  'sql, !=': [Predicates.sql('age != 25'), 'bob cid dan eve'],
  'sql, of the key': [Predicates.sql("__key = 'eve'"), 'eve'],
}

const words = (text: string): string[] => text.split(' ').filter(word => word !== '')
const putAll =
  (entries: Entries) =>
  ({ map }: Scene): Promise<void> =>
    map.putAll(entries.map(([key, value]) => [key, value]))

const byKey: readonly Row[] = Object.entries(found).map(
  ([name, [predicate, keys]]): Row => ({
    name: `keySet of ${name}`,
    has: putAll(people),
    call: async ({ map }) => sorted(await map.keySetWithPredicate(predicate)),
    gives: words(keys),
    leaves: people,
  }),
)

/** The same answers, whatever indexes there are. */
const indexes = {
  sorted: { type: 'SORTED', attributes: ['age'] },
  hash: { type: 'HASH', attributes: ['name'] },
  bitmap: {
    type: 'BITMAP',
    attributes: ['active'],
    bitmapIndexOptions: { uniqueKey: '__key', uniqueKeyTransformation: 'OBJECT' },
  },
  composite: { type: 'SORTED', attributes: ['town.name', 'age'] },
  'any of a list': { type: 'HASH', attributes: ['tags[any]'] },
} as const

const indexed: readonly Row[] = Object.entries(indexes).flatMap(([name, config]) =>
  ([true, false] as const).map(
    (isFirst): Row => ({
      name: `all conditions with an index: ${name}, ${isFirst ? 'made before the entries' : 'made after them'}`,
      has: async scene => {
        const add = (): Promise<void> => scene.map.addIndex({ ...config, attributes: [...config.attributes] })
        if (isFirst) await add()
        await putAll(people)(scene)
        if (!isFirst) await add()
      },
      call: async ({ map }) => {
        const all = Object.entries(found).map(async ([what, [predicate]]) => [
          what,
          sorted(await map.keySetWithPredicate(predicate)),
        ])
        return Promise.all(all)
      },
      gives: Object.entries(found).map(([what, [, keys]]) => [what, words(keys)]),
      leaves: people,
    }),
  ),
)

const long = (n: number): Long => Long.fromNumber(n)

/** Over `numbers`: 0, 10 ... 190. */
const sums: Readonly<Record<string, readonly [Aggregator, unknown]>> = {
  count: [Aggregators.count(), long(20)],
  'count of an attribute': [Aggregators.count('this'), long(20)],
  doubleSum: [Aggregators.doubleSum('this') as unknown as Aggregator, 1_900],
  doubleAvg: [Aggregators.doubleAvg('this') as unknown as Aggregator, 95],
  numberAvg: [Aggregators.numberAvg('this') as unknown as Aggregator, 95],
  fixedPointSum: [Aggregators.fixedPointSum('this') as unknown as Aggregator, long(1_900)],
  floatingPointSum: [Aggregators.floatingPointSum('this') as unknown as Aggregator, 1_900],
  min: [Aggregators.min('this') as unknown as Aggregator, 0],
  max: [Aggregators.max('this') as unknown as Aggregator, 190],
}

const aggregations: readonly Row[] = Object.entries(sums).flatMap(([name, [aggregator, gives]]): Row[] => [
  {
    name: `aggregation: ${name}`,
    has: putAll(numbers),
    call: ({ map }) => map.aggregate(aggregator),
    gives,
    leaves: numbers,
  },
  {
    name: `aggregation under a condition: ${name}`,
    has: async scene => {
      await putAll(numbers)(scene)
      await scene.map.set(20, 1_000)
    },
    call: ({ map }) => map.aggregateWithPredicate(aggregator, Predicates.lessThan('this', 500)),
    gives,
    leaves: [...numbers, [20, 1_000]],
  },
])

type AnyMap = IMap<unknown, unknown>

/** All pages of a map, one after the other. */
async function pages(predicate: ReturnType<typeof Predicates.paging>, read: () => Promise<unknown[]>): Promise<unknown[][]> {
  const all: unknown[][] = []
  for (let page = await read(); page.length > 0; page = await read()) {
    all.push(page)
    predicate.nextPage()
  }
  return all
}

const chunks = (items: readonly unknown[], size: number): unknown[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))

const paged = (name: string, read: (map: AnyMap, predicate: Predicate) => Promise<unknown[]>, gives: unknown[][]): Row => ({
  name: `pages of ${name}`,
  has: putAll(numbers),
  call: async ({ map }) => {
    const predicate = Predicates.paging(Predicates.greaterEqual('this', 50), 4)
    return pages(predicate, () => read(map, predicate))
  },
  gives,
  leaves: numbers,
})

const paging: readonly Row[] = [
  paged(
    'keys',
    (map, p) => map.keySetWithPredicate(p),
    chunks(
      numbers.slice(5).map(([key]) => key),
      4,
    ),
  ),
  paged(
    'values',
    async (map, p) => (await map.valuesWithPredicate(p)).toArray(),
    chunks(
      numbers.slice(5).map(([, value]) => value),
      4,
    ),
  ),
  paged('entries', (map, p) => map.entrySetWithPredicate(p), chunks(numbers.slice(5), 4)),
  {
    name: 'pages without a condition, forwards, backwards and by number',
    has: putAll(numbers),
    call: async ({ map }) => {
      const predicate = Predicates.paging(Predicates.alwaysTrue(), 5)
      const first = await map.keySetWithPredicate(predicate)
      predicate.setPage(3)
      const last = await map.keySetWithPredicate(predicate)
      predicate.previousPage()
      return [first, last, await map.keySetWithPredicate(predicate)]
    },
    gives: [
      [0, 1, 2, 3, 4],
      [15, 16, 17, 18, 19],
      [10, 11, 12, 13, 14],
    ],
    leaves: numbers,
  },
]

/** They only read, and many entries: nothing is to be heard of them. */
const reading = [...byKey, ...indexed, ...aggregations, ...paging].map((row): Row => ({ ...row, tells: 'any' }))

export const queries: readonly Row[] = [
  ...reading,
  {
    name: 'values under a condition, with the same twice',
    has: putAll([...texts, ['k5', 'apple']]),
    call: async ({ map }) => sorted((await map.valuesWithPredicate(Predicates.equal('this', 'apple'))).toArray()),
    gives: ['apple', 'apple'],
    leaves: [...texts, ['k5', 'apple']],
  },
  {
    name: 'entries under a condition',
    has: putAll(texts),
    call: async ({ map }) => sorted(await map.entrySetWithPredicate(Predicates.like('this', 'ap%'))),
    gives: [
      ['k1', 'apple'],
      ['k3', 'apricot'],
    ],
    leaves: texts,
  },
  {
    name: 'a condition on numbers',
    has: putAll(numbers),
    call: async ({ map }) =>
      (await map.keySetWithPredicate(Predicates.between('this', 30, 60))).sort((a, b) => Number(a) - Number(b)),
    gives: [3, 4, 5, 6],
    leaves: numbers,
  },
  {
    name: 'distinct values',
    has: putAll([...texts, ['k5', 'apple']]),
    call: async ({ map }) => sorted(await map.aggregate(Aggregators.distinct<string>('this'))),
    gives: ['Apple', 'apple', 'apricot', 'banana'],
    leaves: [...texts, ['k5', 'apple']],
  },
  {
    name: 'removeAll under a condition',
    has: texts,
    call: ({ map }) => map.removeAll(Predicates.like('this', 'a%')),
    leaves: [
      ['k2', 'Apple'],
      ['k4', 'banana'],
    ],
    tells: ['removed k1: apple -> null', 'removed k3: apricot -> null'],
  },
  { name: 'removeAll that meets nothing', has: texts, call: ({ map }) => map.removeAll(Predicates.alwaysFalse()) },
  {
    name: 'a condition on an empty map',
    call: async ({ map }) => [await map.keySetWithPredicate(Predicates.alwaysTrue()), await map.aggregate(Aggregators.count())],
    gives: [[], Long.ZERO],
  },
  {
    name: 'the largest of nothing',
    call: ({ map }) => map.aggregate(Aggregators.max('this')),
    gives: null,
  },
  {
    name: 'a condition that is no SQL',
    has: texts,
    call: ({ map }) => map.keySetWithPredicate(Predicates.sql('this is no condition at all (')),
    fails: 'QueryError',
    inHazelcast: { fails: 'HazelcastSerializationError', because: 'queries' },
  },
  {
    name: 'an index made twice',
    has: texts,
    call: async ({ map }) => {
      await map.addIndex({ type: 'SORTED', attributes: ['this'] })
      await map.addIndex({ type: 'SORTED', attributes: ['this'] })
      return map.keySetWithPredicate(Predicates.equal('this', 'banana'))
    },
    gives: ['k4'],
  },
  {
    name: 'an index follows what is changed and removed',
    has: async ({ map }) => {
      await map.addIndex({ type: 'HASH', attributes: ['this'] })
      await map.putAll(texts.map(([key, value]) => [key, value]))
    },
    call: async ({ map }) => {
      await map.set('k1', 'cherry')
      await map.remove('k4')
      const keys = (value: string): Promise<unknown[]> => map.keySetWithPredicate(Predicates.equal('this', value))
      return [await keys('apple'), await keys('cherry'), await keys('banana')]
    },
    gives: [[], ['k1'], []],
    leaves: [
      ['k1', 'cherry'],
      ['k2', 'Apple'],
      ['k3', 'apricot'],
    ],
    tells: ['updated k1: apple -> cherry', 'removed k4: banana -> null'],
  },
]

/** Queries through the embedded API and through the official client, on clusters of one and of three members. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Client, IMap } from 'hazelcast-client'
import type { Where } from '../../src/api/query.js'
import { Aggregations } from '../../src/query/aggregations.js'
import { Predicates as p } from '../../src/query/predicates.js'
import { Typed } from '../../src/serialization/values.js'
import { type LocalCluster, usingLocal } from './local-cluster.js'
import { type TestMember, until, using } from './test-cluster.js'

const require = createRequire(import.meta.url)
const library = require('hazelcast-client') as typeof import('hazelcast-client')
const { Predicates: their, Aggregators } = library
const Long = require('long')

interface Person {
  readonly name: string
  readonly age: number
  readonly tags?: readonly string[]
}

const people = (n: number): [string, Person][] =>
  Array.from({ length: n }, (_, i) => [`p${i}`, { name: i % 2 === 0 ? `Ann ${i}` : `Bob ${i}`, age: i, tags: [`t${i % 3}`] }])

const sorted = <T>(values: Iterable<T>): T[] => [...values].sort((a, b) => (String(a) < String(b) ? -1 : 1))

async function withClient(
  ports: readonly number[],
  clusterName: string,
  run: (client: Client) => Promise<void>,
  more = {},
): Promise<void> {
  const client = await library.Client.newHazelcastClient({
    clusterName,
    network: { clusterMembers: ports.map(port => `127.0.0.1:${port}`) },
    properties: { 'hazelcast.logging.level': 'OFF' },
    ...more,
  })
  try {
    await run(client)
  } finally {
    await client.shutdown()
  }
}

const ports = (cluster: LocalCluster): number[] => cluster.members.map(m => m.address.port)

for (const members of [1, 3]) {
  test(`embedded, ${members} members: conditions, aggregations, projections, pages, removal`, () =>
    usingLocal(members, {}, async ({ members: [first, ...others] }) => {
      const map = first!.getMap<string, Person>('m')
      await map.putAll(people(60))
      const other = (others[0] ?? first)!.getMap<string, Person>('m')
      const ages = async (where: Where): Promise<number[]> =>
        (await other.values({ where })).map(v => v.age).sort((a, b) => a - b)
      assert.deepEqual(await ages('age < 3'), [0, 1, 2])
      assert.deepEqual(await ages(p.and(p.between('age', 10, 13), p.like('name', 'Ann%'))), [10, 12])
      assert.deepEqual(
        await ages(p.equal('tags[any]', 't0')),
        Array.from({ length: 20 }, (_, i) => i * 3),
      )
      assert.deepEqual(await ages(p.partition('p7', "__key = 'p7'")), [7])
      assert.deepEqual(await other.keySet({ where: "name = 'Bob 5'" }), ['p5'])
      assert.deepEqual(await other.entrySet({ where: '__key = p5' }), [['p5', people(6)[5]![1]]])

      assert.equal(await other.aggregate(Aggregations.count()), 60)
      assert.equal(await other.aggregate(Aggregations.longSum('age'), { where: 'age <= 10' }), 55)
      assert.equal(await other.aggregate(Aggregations.doubleAvg('age')), 29.5)
      assert.equal(await other.aggregate(Aggregations.max('age')), 59)
      assert.equal(await other.aggregate(Aggregations.min('name')), 'Ann 0')
      assert.equal(await other.aggregate(Aggregations.max('age'), { where: 'age > 1000' }), null)
      assert.deepEqual(sorted((await other.aggregate(Aggregations.distinct('tags[0]'))) as string[]), ['t0', 't1', 't2'])
      assert.deepEqual(await other.aggregate(Aggregations.maxBy('age')), ['p59', people(60)[59]![1]])
      await assert.rejects(other.aggregate(Aggregations.longSum('name')), { code: 'QUERY' })

      assert.deepEqual(sorted(await other.project('age', { where: 'age < 3' })), [0, 1, 2])
      assert.deepEqual(sorted(await other.project(['name', '__key', 'none'], { where: 'age = 3' })), [['Bob 3', 'p3', null]])

      const pages: number[][] = []
      for await (const page of other.pages({ where: 'age >= 10', size: 20, orderBy: 'age', descending: true })) {
        pages.push(page.map(([, { age }]) => age))
      }
      assert.deepEqual(
        pages.map(page => page.length),
        [20, 20, 10],
      )
      assert.deepEqual(
        pages.flat(),
        Array.from({ length: 50 }, (_, i) => 59 - i),
      )

      await other.removeAll('age >= 5')
      assert.equal(await map.size(), 5)
      await assert.rejects(map.values({ where: 'age >' }), { code: 'QUERY', outcome: 'not-applied' })
      await assert.rejects(map.values({ where: 5 as unknown as string }), { code: 'ARGUMENT' })
    }))

  test(`hazelcast-client, ${members} members: predicates and aggregators on JSON`, () =>
    usingLocal(members, {}, cluster =>
      withClient(ports(cluster), 'local', async client => {
        const map: IMap<string, Person> = await client.getMap('m')
        await map.putAll(people(40))
        const rows: [Parameters<typeof map.keySetWithPredicate>[0], string[]][] = [
          [their.sql('age > 36 AND active IS NULL'), ['p37', 'p38', 'p39']],
          [their.and(their.equal('age', 4), their.alwaysTrue()), ['p4']],
          [their.or(their.equal('age', 4), their.equal('name', 'Bob 3')), ['p3', 'p4']],
          [their.not(their.greaterThan('age', 1)), ['p0', 'p1']],
          [their.between('age', 4, 5), ['p4', 'p5']],
          [
            their.notEqual('age', 4),
            people(40)
              .map(([k]) => k)
              .filter(k => k !== 'p4'),
          ],
          [their.lessThan('age', 2), ['p0', 'p1']],
          [their.lessEqual('age', 1), ['p0', 'p1']],
          [their.greaterEqual('age', 38), ['p38', 'p39']],
          [their.inPredicate('age', 1, 3, 99), ['p1', 'p3']],
          [their.like('name', 'Ann 3_'), ['p30', 'p32', 'p34', 'p36', 'p38']],
          [their.ilike('name', 'bob 1'), ['p1']],
          [their.regex('name', 'Bob [13]'), ['p1', 'p3']],
          [their.equal('__key', 'p9'), ['p9']],
          [their.equal('tags[any]', 'nothing'), []],
          [their.alwaysFalse(), []],
        ]
        for (const [predicate, expected] of rows) {
          assert.deepEqual(sorted(await map.keySetWithPredicate(predicate)), sorted(expected))
        }
        assert.deepEqual([...(await map.valuesWithPredicate(their.equal('age', 4)))], [people(5)[4]![1]])
        assert.deepEqual([...(await map.entrySetWithPredicate(their.equal('age', 4)))], [people(5)[4]])

        assert.equal(Number(await map.aggregate(Aggregators.count())), 40)
        assert.equal(Number(await map.aggregateWithPredicate(Aggregators.longSum('age'), their.lessThan('age', 5))), 10)
        assert.equal(await map.aggregate(Aggregators.longAvg('age')), 19.5)
        assert.equal(await map.aggregate(Aggregators.doubleSum('age')), 780)
        assert.equal(await map.aggregate(Aggregators.numberAvg('age')), 19.5)
        assert.equal(Number(await map.aggregate(Aggregators.fixedPointSum('age'))), 780)
        assert.equal(Number(await map.aggregate(Aggregators.max('age'))), 39)
        assert.equal(await map.aggregate(Aggregators.min('name')), 'Ann 0')
        await assert.rejects(map.aggregate(Aggregators.longSum('name')), library.QueryError)
        await assert.rejects(map.keySetWithPredicate(their.sql('age >')), (error: Error) =>
          /a value is expected, at 5/.test(error.message),
        )
        await assert.rejects(map.keySetWithPredicate(their.sql('age >')), library.QueryError)

        await map.removeAll(their.greaterEqual('age', 10))
        assert.equal(await map.size(), 10)
      }),
    ))

  test(`hazelcast-client, ${members} members: pages`, () =>
    usingLocal(members, {}, cluster =>
      withClient(ports(cluster), 'local', async client => {
        const map: IMap<string, number> = await client.getMap('pages')
        await map.putAll(Array.from({ length: 25 }, (_, i): [string, number] => [`k${String(i).padStart(2, '0')}`, 100 - i]))
        const paging = their.paging(their.lessThan('this', 99), 10)
        const keys = async (): Promise<string[]> => [...(await map.keySetWithPredicate(paging))]
        const all = Array.from({ length: 23 }, (_, i) => `k${String(i + 2).padStart(2, '0')}`)
        assert.deepEqual(await keys(), all.slice(0, 10))
        paging.nextPage()
        assert.deepEqual(await keys(), all.slice(10, 20))
        paging.nextPage()
        assert.deepEqual(await keys(), all.slice(20))
        paging.nextPage()
        assert.deepEqual(await keys(), [])
        paging.setPage(1)
        assert.deepEqual(await keys(), all.slice(10, 20))

        const byValue = their.paging(their.alwaysTrue(), 4)
        assert.deepEqual([...(await map.valuesWithPredicate(byValue))], [76, 77, 78, 79])
        byValue.nextPage()
        assert.deepEqual([...(await map.valuesWithPredicate(byValue))], [80, 81, 82, 83])
        const entries = their.paging(their.alwaysTrue(), 2)
        entries.setPage(12)
        assert.deepEqual([...(await map.entrySetWithPredicate(entries))], [['k24', 76]])
      }),
    ))

  test(`hazelcast-client, ${members} members: plain values, Compact and Portable`, () =>
    usingLocal(members, {}, cluster => {
      const portable = (classId: number): unknown => (classId === 1 ? new Point(0, '') : null)
      return withClient(
        ports(cluster),
        'local',
        async client => {
          const numbers: IMap<number, unknown> = await client.getMap('plain')
          await numbers.putAll(Array.from({ length: 20 }, (_, i): [number, unknown] => [i, i % 2 === 0 ? i : Long.fromNumber(i)]))
          assert.deepEqual(sorted(await numbers.keySetWithPredicate(their.greaterThan('this', 17))), [18, 19])
          assert.deepEqual(sorted(await numbers.keySetWithPredicate(their.sql('this = 7 or __key = 2'))), [2, 7])
          assert.equal(await numbers.aggregate(Aggregators.doubleSum()), 190)

          const points: IMap<number, unknown> = await client.getMap('portable')
          for (let i = 0; i < 20; i++) await points.set(i, new Point(i, `at ${i}`))
          assert.deepEqual(sorted(await points.keySetWithPredicate(their.sql("x >= 18 OR label = 'at 3'"))), [18, 19, 3])
          assert.equal(Number(await points.aggregate(Aggregators.integerSum('x'))), 190)
          assert.equal(await points.aggregate(Aggregators.max('x')), 19)

          const { GenericRecords, Fields } = library
          const record = (i: number): unknown =>
            GenericRecords.compact('point', { x: Fields.INT32, label: Fields.STRING }, { x: i, label: `at ${i}` })
          const compacts: IMap<number, unknown> = await client.getMap('compact')
          for (let i = 0; i < 20; i++) await compacts.set(i, record(i))
          assert.deepEqual(sorted(await compacts.keySetWithPredicate(their.sql("x >= 18 OR label = 'at 3'"))), [18, 19, 3])
          assert.equal(Number(await compacts.aggregate(Aggregators.integerSum('x'))), 190)
          assert.equal(await compacts.aggregate(Aggregators.max('label')), 'at 9')
          await compacts.addIndex({ type: 'SORTED', attributes: ['x'] })
          assert.deepEqual(sorted(await compacts.keySetWithPredicate(their.between('x', 3, 4))), [3, 4])
        },
        { serialization: { portableFactories: { 1: portable } } },
      )
    }))
}

class Point {
  readonly factoryId = 1
  readonly classId = 1
  x: number
  label: string

  constructor(x: number, label: string) {
    this.x = x
    this.label = label
  }

  // biome-ignore lint/suspicious/noExplicitAny: the client's reader
  readPortable(reader: any): void {
    this.x = reader.readInt('x')
    this.label = reader.readString('label')
  }

  // biome-ignore lint/suspicious/noExplicitAny: the client's writer
  writePortable(writer: any): void {
    writer.writeInt('x', this.x)
    writer.writeString('label', this.label)
  }
}

test('listeners hear of entries that meet their condition only', () =>
  usingLocal(2, {}, async cluster => {
    const [a, b] = cluster.members
    const heard: string[] = []
    const map = a!.getMap<string, Person>('m')
    const note = (event: { type: string; key: string }): void => void heard.push(`${event.type} ${event.key}`)
    await map.addEntryListener({ added: note, updated: note, removed: note }, { where: 'age > 10', includeValue: false })
    const writer = b!.getMap<string, Person>('m')
    for (const [key, age] of [
      ['x', 5],
      ['x', 15],
      ['y', 20],
      ['x', 6],
    ] as const)
      await writer.set(key, { name: key, age })
    await writer.delete('x')
    await writer.delete('y')
    await withClient(ports(cluster), 'local', async client => {
      const theirMap: IMap<string, Person> = await client.getMap('m')
      const told: string[] = []
      await theirMap.addEntryListenerWithPredicate(
        { added: event => void told.push(event.key) },
        their.sql('age > 10'),
        undefined,
        true,
      )
      await theirMap.addEntryListenerWithPredicate(
        { added: event => void told.push(`only ${event.key}`) },
        their.sql('age > 10'),
        'v',
        true,
      )
      for (let i = 9; i < 13; i++) await writer.set(`k${i}`, { name: 'k', age: i })
      await writer.set('v', { name: 'v', age: 11 })
      await writer.set('end', { name: 'end', age: 99 })
      await until('the last event', () => told.includes('end'))
      assert.deepEqual(sorted(told), ['end', 'k11', 'k12', 'only v', 'v'])
    })
    assert.deepEqual(sorted(heard.filter(h => /[xy]$/.test(h))), sorted(['updated x', 'added y', 'removed y']))
  }))

test('indexes: declared in the configuration, by a member and by a client; used, kept up and made again', () =>
  usingLocal(3, { maps: { m: { indexes: [{ type: 'SORTED', attributes: ['age'] }] } } }, async cluster => {
    const [a, b, c] = cluster.members
    const map = a!.getMap<string, Person>('m')
    await map.putAll(people(200))
    await map.addIndex({ type: 'HASH', attributes: ['name'] })
    await map.addIndex({ type: 'HASH', attributes: ['name'] })
    await assert.rejects(map.addIndex({ name: 'm_hash_name', attributes: ['age'] }), { code: 'ARGUMENT' })
    await withClient(ports(cluster), 'local', async client => {
      const theirMap: IMap<string, Person> = await client.getMap('m')
      const bitmapIndexOptions = { uniqueKey: '__key', uniqueKeyTransformation: 'OBJECT' } as const
      await theirMap.addIndex({ type: 'BITMAP', attributes: ['tags[any]'], bitmapIndexOptions })
      assert.deepEqual(sorted(await theirMap.keySetWithPredicate(their.sql('age between 7 and 8'))), ['p7', 'p8'])
    })
    const found = async (where: Where): Promise<string[]> => sorted(await b!.getMap<string, Person>('m').keySet({ where }))
    assert.deepEqual(await found("name = 'Ann 8'"), ['p8'])
    assert.equal((await found("tags[any] = 't1' AND age < 30")).length, 10)
    const use = (): Record<string, number> & { m_hash_name?: number } => {
      const queries: Record<string, number> = {}
      for (const member of cluster.members) {
        for (const { name, queries: n } of member.getMap('m').localStats().query.indexes) queries[name] = (queries[name] ?? 0) + n
      }
      return queries
    }
    assert.deepEqual(Object.keys(use()).sort(), ['m_bitmap_tags[any]', 'm_hash_name', 'm_sorted_age'])
    assert.equal(use().m_hash_name, 13)
    await map.set('p8', { name: 'Bob 8', age: 1_000 })
    await map.delete('p7')
    await map.set('new', { name: 'Ann 8', age: 7 })
    assert.deepEqual(await found("name = 'Ann 8'"), ['new'])
    assert.deepEqual(await found('age between 7 and 8'), ['new'])
    assert.deepEqual(await found('age = 1000'), ['p8'])
    // owners change: whoever has a partition now makes its indexes anew
    await c!.shutdown()
    cluster.members.splice(2, 1)
    assert.deepEqual(await found('age between 7 and 8'), ['new'])
    await cluster.add()
    await cluster.settled()
    assert.deepEqual(await found("name IN ('Ann 8', 'Bob 8')"), ['new', 'p8'])
    await map.clear()
    assert.deepEqual(await found('age > 0'), [])
  }))

test('a query that finds too much is refused, where there is a limit', () =>
  usingLocal(1, { properties: { 'hazelcast.query.result.size.limit': '10' } }, async ({ members: [member] }) => {
    const map = member!.getMap<number, number>('m')
    await map.putAll(Array.from({ length: 11 }, (_, i) => [i, i]))
    assert.equal((await map.keySet({ where: 'this < 10' })).length, 10)
    await assert.rejects(map.keySet({ where: 'this < 11' }), { code: 'QUERY_RESULT_TOO_LARGE' })
    for (const all of ['keySet', 'values', 'entrySet'] as const) {
      await assert.rejects(map[all](), { code: 'QUERY_RESULT_TOO_LARGE' })
    }
    const paged: number[] = []
    for await (const page of map.pages({ size: 4, orderBy: 'this' })) paged.push(...page.map(([key]) => key))
    assert.deepEqual(paged, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    assert.equal(await map.aggregate(Aggregations.integerSum(), {}), 55)
    assert.equal(await map.aggregate(Aggregations.max('this'), { where: p.lessThan('this', new Typed('int', 3)) }), 2)
  }))

test('queries answer rightly while a member is killed', () =>
  using({ xml: '<map name="default"><backup-count>1</backup-count></map>' }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    await a.call('putAll', 'm', people(500))
    await withClient(cluster.ports, 'test', async client => {
      const map: IMap<string, Person> = await client.getMap('m')
      const ask = async (): Promise<void> => {
        assert.equal((await map.valuesWithPredicate(their.sql('age >= 100'))).toArray().length, 400)
        assert.equal(Number(await map.aggregate(Aggregators.longSum('age'))), (500 * 499) / 2)
        assert.equal((await a.call<unknown[]>('values', 'm', { where: "name LIKE 'Ann%'" })).length, 250)
      }
      await ask()
      const killed = cluster.kill(b)
      for (let i = 0; i < 5; i++) await ask()
      await killed
      await ask()
      await a.call('removeAll', 'm', 'age >= 250')
      assert.equal(await map.size(), 250)
    })
  }))

test('removal and processing by a condition ask the index', () =>
  usingLocal(1, { maps: { m: { indexes: [{ type: 'HASH', attributes: ['age'] }] } } }, async ({ members: [member] }) => {
    const map = member!.getMap<string, Person>('m')
    await map.putAll(people(600))
    await map.removeAll('age = 7')
    assert.equal((await map.executeOnEntries('cobnut.append', 'x', { where: 'age = 7' })).size, 0)
    assert.equal(await map.size(), 599)
    const { queries, indexedQueries } = map.localStats().query
    assert.ok(queries > 0)
    assert.equal(indexedQueries, queries)
  }))

/** Query messages that no client here sends: walks over a partition and projections, as Java and Python clients send them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryTable } from '../../src/protocol/query-table.js'
import { encodeProjection } from '../../src/query/aggregation-codec.js'
import { readAnswer } from '../../src/query/answers.js'
import { encodePredicate } from '../../src/query/predicate-codec.js'
import { Predicates as p } from '../../src/query/predicates.js'
import { SerializationService } from '../../src/serialization/serialization-service.js'
import { usingLocal } from './local-cluster.js'
import { RawClient } from './raw-client.js'

const service = new SerializationService()
const read = (data: Uint8Array | null): unknown => (data === null ? null : readAnswer(data, service))

test('partitions are walked, and attributes projected', () =>
  usingLocal(2, {}, async ({ members: [a, b] }) => {
    const map = a!.getMap<string, { n: number }>('m')
    const all = Array.from({ length: 300 }, (_, i): [string, { n: number }] => [`k${i}`, { n: i }])
    await map.putAll(all)
    const client = await RawClient.connect(b!.address.port)
    try {
      const walked = async (visit: (partition: number, pointers: Pointers) => Promise<Pointers>): Promise<void> => {
        for (let partition = 0; partition < 13; partition++) {
          let pointers: Pointers = [[0x7fff_ffff, -1]]
          while (pointers.at(-1)![0] >= 0) pointers = await visit(partition, pointers)
        }
      }
      const keys: unknown[] = []
      await walked(async (partition, pointers) => {
        const found = await client.call(queryTable.fetchKeys, { name: 'm', pointers, batch: 5 }, partition)
        keys.push(...found.keys.map(read))
        return found.pointers
      })
      assert.equal(keys.length, all.length)
      assert.deepEqual(new Set(keys), new Set(all.map(([key]) => key)))
      const entries: unknown[] = []
      await walked(async (partition, pointers) => {
        const found = await client.call(queryTable.fetchEntries, { name: 'm', pointers, batch: 7 }, partition)
        entries.push(...found.entries.map(([key, value]) => [read(key), service.toObject(value)]))
        return found.pointers
      })
      assert.deepEqual(new Map(entries as [string, unknown][]), new Map(all))
      const numbers: unknown[] = []
      const query = { projection: encodeProjection(['n']), predicate: encodePredicate(p.lessThan('n', 20)) }
      await walked(async (partition, pointers) => {
        const found = await client.call(queryTable.fetchWithQuery, { name: 'm', pointers, batch: 9, ...query }, partition)
        numbers.push(...found.results.map(read))
        return found.pointers
      })
      assert.deepEqual(new Set(numbers), new Set(Array.from({ length: 20 }, (_, i) => i)))

      const projected = await client.call(queryTable.projectWithPredicate, { name: 'm', ...query })
      assert.deepEqual(new Set(projected.map(read)), new Set(numbers))
      const nothing = await client.call(queryTable.project, { name: 'm', projection: encodeProjection(['none']) })
      assert.deepEqual(
        nothing.map(read),
        all.map(() => null),
      )
      await assert.rejects(
        client.call(queryTable.fetchKeys, { name: 'm', pointers: [[0, -1]], batch: 5 }, 13),
        /there is no partition 13/,
      )

      const paging = { size: 2, page: 1, iteration: 0, anchors: { pages: [], entries: [] }, predicate: null, comparator: null }
      const inPartition = { ...paging, partitionKey: service.toData('k7'), partitionKeys: null }
      const page = await client.call(queryTable.keySetWithPagingPredicate, { name: 'm', paging: inPartition })
      assert.equal(page.keys.length, 2)
      assert.deepEqual(page.anchors.pages, [1])
      const withComparator = { ...inPartition, comparator: service.toData('code') }
      await assert.rejects(
        client.call(queryTable.keySetWithPagingPredicate, { name: 'm', paging: withComparator }),
        /names no function/,
      )
    } finally {
      client.close()
    }
  }))

type Pointers = readonly (readonly [number, number])[]

/** Pages in an order of the application's own, from a member and from a client that sends an object. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Comparator } from 'hazelcast-client'
import type { ComparedEntry } from '../../src/api/comparators.js'
import { usingLocal } from './local-cluster.js'

const require = createRequire(import.meta.url)
const library = require('hazelcast-client') as typeof import('hazelcast-client')

/** As an application writes it for its client: the order of what remains when a number is divided. */
class ByRemainder implements Comparator {
  readonly factoryId = 77
  readonly classId: number
  readonly divisor: number

  constructor(divisor: number, classId = 5) {
    this.divisor = divisor
    this.classId = classId
  }

  sort(): number {
    return 0
  }

  writeData(output: { writeInt(n: number): void }): void {
    output.writeInt(this.divisor)
  }

  readData(): void {}
}

const registration = {
  factoryId: 77,
  classId: 5,
  readArgument: (input: { int32(): number }) => input.int32(),
  compare: (a: ComparedEntry<string, number>, b: ComparedEntry<string, number>, divisor: number) =>
    (a.value % divisor) - (b.value % divisor),
}

const entries = Array.from({ length: 50 }, (_, i): [string, number] => [`k${String(i).padStart(2, '0')}`, i])
const expected = (divisor: number): string[] =>
  entries.toSorted(([, a], [, b]) => (a % divisor) - (b % divisor) || a - b).map(([key]) => key)

test('pages in the order of a comparator, embedded and through a client', () =>
  usingLocal(2, {}, async ({ members }) => {
    for (const member of members) {
      member.registerEntryComparator('byRemainder', registration)
      member.registerEntryComparator('throws', () => {
        throw new RangeError('not today')
      })
    }
    const map = members[0]!.getMap<string, number>('m')
    await map.putAll(entries)
    const keys: string[] = []
    for await (const page of map.pages({ comparator: 'byRemainder', comparatorArgument: 7, size: 8 })) {
      keys.push(...page.map(([key]) => key))
    }
    assert.deepEqual(keys, expected(7))
    await assert.rejects(map.pages({ comparator: 'unknown' }).next(), { code: 'NOT_REGISTERED' })
    await assert.rejects(map.pages({ comparator: 'throws' }).next(), { code: 'USER_CODE' })

    const client = await library.Client.newHazelcastClient({
      clusterName: 'local',
      network: { clusterMembers: members.map(({ address }) => `127.0.0.1:${address.port}`) },
      properties: { 'hazelcast.logging.level': 'OFF' },
    })
    try {
      const theirs = await client.getMap<string, number>('m')
      const pages = library.Predicates.paging(library.Predicates.lessThan('this', 40), 9, new ByRemainder(3))
      const found: string[] = []
      for (let page = await theirs.keySetWithPredicate(pages); page.length > 0; page = await theirs.keySetWithPredicate(pages)) {
        found.push(...page)
        pages.nextPage()
      }
      assert.deepEqual(
        found,
        expected(3).filter(key => key < 'k40'),
      )
      const values = await theirs.valuesWithPredicate(
        library.Predicates.paging(library.Predicates.alwaysTrue(), 3, new ByRemainder(10)),
      )
      assert.deepEqual([...values], [0, 10, 20])
      const unknown = library.Predicates.paging(library.Predicates.alwaysTrue(), 3, new ByRemainder(3, 99))
      await assert.rejects(theirs.valuesWithPredicate(unknown), /no entry comparator with factory id 77 and class id 99/)
    } finally {
      await client.shutdown()
    }
  }))

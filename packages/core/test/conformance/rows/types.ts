/** Keys and values of every type that the client can write, unchanged whatever a member makes of them. */

import { HazelcastJsonValue, LocalDate, LocalDateTime, LocalTime, OffsetDateTime, UUID } from 'hazelcast-client'
import Long from 'long'
import type { Row } from '../row.js'

const big = 'x'.repeat(1_000_000)

/** Values that come back as they were sent. */
const samples: Readonly<Record<string, unknown>> = {
  'an empty text': '',
  'a text': 'value',
  'a text of all planes': 'é漢字😀\u0000\uffff',
  'a long text': big,
  zero: 0,
  'minus zero': -0,
  'an integer': 42,
  'a fraction': 0.1,
  'a negative number': -1.5e300,
  'the largest number': Number.MAX_VALUE,
  'not a number': Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  true: true,
  false: false,
  'a long': Long.fromString('9007199254740993'),
  'the smallest long': Long.MIN_VALUE,
  'a BigInt': 123456789012345678901234567890n,
  'a negative BigInt': -123456789012345678901234567890n,
  bytes: Buffer.from([0, 1, 255]),
  'no bytes': Buffer.alloc(0),
  'a date': new Date(1_600_000_000_123),
  'a date before 1970': new Date(-1),
  'a local date': new LocalDate(2024, 2, 29),
  'a local time': new LocalTime(23, 59, 59, 999_999_999),
  'a local date and time': LocalDateTime.from(2024, 2, 29, 12, 30, 15, 1),
  'a date and time with an offset': OffsetDateTime.from(2024, 2, 29, 12, 30, 15, 1, 3_600),
  'a UUID': new UUID(Long.fromNumber(1), Long.fromNumber(-2)),
  'an object': { a: 1, b: [true, null, 'c'], d: { e: {} } },
  'an empty object': {},
  'a list of texts': ['a', '', 'c'],
  'a list of truths': [true, false],
  'an empty list': [],
  'a list of numbers': [1, 2, 3],
  'a list of longs': [Long.ONE, Long.MIN_VALUE],
  JSON: new HazelcastJsonValue('{"a":[1,2,{"b":null}]}'),
}

/** JSON comes back as what it says. */
const read = (value: unknown): unknown => (value instanceof HazelcastJsonValue ? JSON.parse(value.toString()) : value)

const asValue: readonly Row[] = Object.entries(samples).flatMap(([name, value]): Row[] => [
  {
    name: `${name} as value comes back`,
    call: async ({ map, others }) => {
      await map.set('k', value)
      return others.get('k')
    },
    gives: read(value),
    leaves: [['k', read(value)]],
    tells: 'any',
  },
  {
    name: `${name} as value is found, compared and replaced by its bytes`,
    has: [['k', value]],
    call: async ({ others }) => [
      await others.containsValue(value),
      await others.replaceIfSame('k', value, 'other'),
      await others.remove('k', 'other'),
      await others.put('k', value),
      await others.remove('k', value),
    ],
    gives: [true, true, true, null, true],
    leaves: [],
    tells: 'any',
  },
])

const asKey: readonly Row[] = Object.entries(samples)
  .filter(([name]) => name !== 'a long text')
  .map(
    ([name, key]): Row => ({
      name: `${name} as key`,
      call: async ({ map, others }) => [
        await map.put(key, 1),
        await others.get(key),
        await others.containsKey(key),
        await others.getAll([key]),
        await map.keySet(),
        await others.put(key, 2),
        await map.evict(key),
        await map.size(),
      ],
      gives: [null, 1, true, [[read(key), 1]], [read(key)], 1, true, 0],
      leaves: [],
      tells: 'any',
    }),
  )

const kinds: readonly Row[] = [
  {
    name: 'numbers of different types are different keys',
    call: async ({ map }) => {
      await map.set(1, 'a double')
      await map.set(Long.fromNumber(1), 'a long')
      await map.set(1n, 'a BigInt')
      await map.set('1', 'a text')
      return [await map.size(), await map.get(1), await map.get(Long.fromNumber(1)), await map.get(1n), await map.get('1')]
    },
    gives: [4, 'a double', 'a long', 'a BigInt', 'a text'],
    leaves: 'any',
    tells: 'any',
  },
  {
    name: 'numbers of different types are different values',
    has: [['k', 1]],
    call: async ({ map }) => [
      await map.containsValue(Long.fromNumber(1)),
      await map.replaceIfSame('k', '1', 2),
      await map.containsValue(1),
    ],
    gives: [false, false, true],
  },
  {
    name: 'a text with @ is one key',
    call: async ({ map }) => {
      await map.set('order@customer', 1)
      await map.set('customer', 2)
      return [await map.get('order@customer'), await map.get('customer'), await map.size()]
    },
    gives: [1, 2, 2],
    leaves: [
      ['customer', 2],
      ['order@customer', 1],
    ],
    tells: 'any',
  },
  ...([10_000, 100_000, 10_000_000] as const).map(
    (length): Row => ({
      name: `a value of ${length} bytes`,
      call: async ({ map, others }) => {
        await map.set('k', Buffer.alloc(length, 7))
        const found = (await others.get('k')) as Buffer
        const view = [found.length, found.every(byte => byte === 7)]
        await map.delete('k')
        return view
      },
      gives: [length, true],
      leaves: [],
      tells: 'any',
    }),
  ),
  {
    name: 'a key of 100000 bytes',
    call: async ({ map, others }) => {
      const key = 'k'.repeat(100_000)
      await map.set(key, 1)
      return [await others.get(key), await others.remove(key)]
    },
    gives: [1, 1],
    leaves: [],
    tells: 'any',
  },
]

export const types: readonly Row[] = [...asValue, ...asKey, ...kinds]

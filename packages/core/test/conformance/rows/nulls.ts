/** Arguments that are null, missing, or of a wrong kind. What the client refuses by itself is refused before a member hears of it. */

import type { IMap } from 'hazelcast-client'
import type { Row } from '../row.js'

type AnyMap = IMap<unknown, unknown>

const there: Row['has'] = [['k', 'v']]

/** Each with the place of its arguments that may be null. */
const calls: Readonly<Record<string, (map: AnyMap, a: unknown, b: unknown) => Promise<unknown>>> = {
  'get(a)': (map, a) => map.get(a),
  'containsKey(a)': (map, a) => map.containsKey(a),
  'containsValue(a)': (map, a) => map.containsValue(a),
  'remove(a)': (map, a) => map.remove(a),
  'delete(a)': (map, a) => map.delete(a),
  'evict(a)': (map, a) => map.evict(a),
  'getEntryView(a)': (map, a) => map.getEntryView(a),
  'tryRemove(a)': (map, a) => map.tryRemove(a, 0),
  'setTtl(a)': (map, a) => map.setTtl(a, 1_000),
  'put(a, b)': (map, a, b) => map.put(a, b),
  'set(a, b)': (map, a, b) => map.set(a, b),
  'putIfAbsent(a, b)': (map, a, b) => map.putIfAbsent(a, b),
  'putTransient(a, b)': (map, a, b) => map.putTransient(a, b),
  'tryPut(a, b)': (map, a, b) => map.tryPut(a, b, 0),
  'replace(a, b)': (map, a, b) => map.replace(a, b),
  'replaceIfSame(a, b, v)': (map, a, b) => map.replaceIfSame(a, b, 'v'),
  'replaceIfSame(k, a, b)': (map, a, b) => map.replaceIfSame('k', a, b),
  'remove(k, a)': (map, a) => map.remove('k', a),
  'putAll([[a, b]])': (map, a, b) => map.putAll([[a, b]]),
  'setAll([[a, b]])': (map, a, b) => map.setAll([[a, b]]),
  'getAll([a])': (map, a) => map.getAll([a]),
}

const nullRows: readonly Row[] = Object.entries(calls).flatMap(([name, call]): Row[] => {
  if (name === 'getAll([a])') return []
  const rows: Row[] = [
    { name: `${name} with null for a`, has: there, call: async ({ map }) => call(map, null, 'x'), fails: 'AssertionError' },
  ]
  if (name.includes('b')) {
    rows.push({
      name: `${name} with null for b`,
      has: there,
      call: async ({ map }) => call(map, 'k', null),
      fails: 'AssertionError',
    })
  }
  return rows
})

/** The client takes it for a value of no bytes, which has no hash: the error is its own. */
const undefinedRows: readonly Row[] = Object.entries(calls)
  .filter(([name]) => name !== 'remove(k, a)')
  .map(
    ([name, call]): Row => ({
      name: `${name} with undefined for a`,
      has: there,
      call: async ({ map }) => call(map, undefined, 'x'),
      fails: 'RangeError',
    }),
  )

export const nulls: readonly Row[] = [
  ...nullRows,
  ...undefinedRows,
  { name: 'getAll(null)', call: async ({ map }) => map.getAll(null as unknown as unknown[]), fails: 'AssertionError' },
  {
    name: 'getAll([null])',
    call: async ({ map }) => map.getAll([null]),
    fails: 'NullPointerError',
    inHazelcast: { gives: [], because: 'null keys' },
  },
  {
    name: 'remove(k, undefined) is remove(k)',
    has: there,
    call: ({ map }) => map.remove('k', undefined),
    gives: 'v',
    leaves: [],
    tells: ['removed k: v -> null'],
  },
  {
    name: 'a function as value is the JSON of nothing',
    call: async ({ map }) => map.set('k', () => 1),
    leaves: [['k', null]],
    tells: ['added k: null -> null'],
  },
]

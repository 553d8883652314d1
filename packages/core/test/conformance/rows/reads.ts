/** Calls that change nothing. */

import type { Entries, Row } from '../row.js'
import { sorted } from '../sorted.js'

const two: Entries = [
  ['k', 'v'],
  ['l', 'w'],
]
const many: Entries = Array.from({ length: 300 }, (_, i) => [`key-${i}`, i])
const manyEntries = async ({ map }: { map: { putAll(pairs: [unknown, unknown][]): Promise<void> } }): Promise<void> =>
  map.putAll(many.map(([key, value]) => [key, value]))

export const reads: readonly Row[] = [
  { name: 'get of nothing', call: ({ map }) => map.get('k'), gives: null },
  { name: 'get of a value', has: two, call: ({ map }) => map.get('k'), gives: 'v' },
  { name: 'containsKey of nothing', has: two, call: ({ map }) => map.containsKey('x'), gives: false },
  { name: 'containsKey', has: two, call: ({ map }) => map.containsKey('k'), gives: true },
  { name: 'containsValue of nothing', call: ({ map }) => map.containsValue('v'), gives: false },
  { name: 'containsValue', has: two, call: ({ map }) => map.containsValue('w'), gives: true },
  { name: 'containsValue of a key', has: two, call: ({ map }) => map.containsValue('k'), gives: false },
  { name: 'size of nothing', call: ({ map }) => map.size(), gives: 0 },
  { name: 'size', has: two, call: ({ map }) => map.size(), gives: 2 },
  { name: 'size of many', has: manyEntries, call: ({ map }) => map.size(), gives: 300, leaves: many },
  { name: 'isEmpty of nothing', call: ({ map }) => map.isEmpty(), gives: true },
  { name: 'isEmpty', has: two, call: ({ map }) => map.isEmpty(), gives: false },
  { name: 'keySet of nothing', call: ({ map }) => map.keySet(), gives: [] },
  { name: 'keySet', has: two, call: async ({ map }) => sorted(await map.keySet()), gives: ['k', 'l'] },
  {
    name: 'keySet of many',
    has: manyEntries,
    call: async ({ map }) => sorted(await map.keySet()),
    gives: sorted(many.map(([key]) => key)),
    leaves: many,
  },
  { name: 'values of nothing', call: async ({ map }) => (await map.values()).toArray(), gives: [] },
  { name: 'values', has: two, call: async ({ map }) => sorted((await map.values()).toArray()), gives: ['v', 'w'] },
  {
    name: 'values with the same twice',
    has: [
      ['k', 'v'],
      ['l', 'v'],
    ],
    call: async ({ map }) => (await map.values()).toArray(),
    gives: ['v', 'v'],
  },
  { name: 'entrySet of nothing', call: ({ map }) => map.entrySet(), gives: [] },
  { name: 'entrySet', has: two, call: async ({ map }) => sorted(await map.entrySet()), gives: two },
  { name: 'getAll of nothing', has: two, call: ({ map }) => map.getAll([]), gives: [] },
  { name: 'getAll of some', has: two, call: async ({ map }) => sorted(await map.getAll(['l', 'x', 'k'])), gives: two },
  { name: 'getAll of absent keys', has: two, call: ({ map }) => map.getAll(['x', 'y']), gives: [] },
  {
    name: 'getAll with a key twice',
    has: two,
    call: ({ map }) => map.getAll(['k', 'k']),
    gives: [['k', 'v']],
  },
  {
    name: 'getAll of many',
    has: manyEntries,
    call: async ({ map }) => (await map.getAll(many.map(([key]) => key))).length,
    gives: 300,
    leaves: many,
  },
  { name: 'getEntryView of nothing', call: ({ map }) => map.getEntryView('k'), gives: null },
  {
    name: 'getEntryView has key and value',
    has: two,
    call: async ({ map }) => {
      const { key, value } = await map.getEntryView('k')
      return [key, value]
    },
    gives: ['k', 'v'],
  },
]

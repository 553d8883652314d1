/** Calls that write one entry, by what was there before. */

import type { Row } from '../row.js'

const there: Row['has'] = [['k', 'old']]
const added = ['added k: null -> new']
const updated = ['updated k: old -> new']
const now: Row['leaves'] = [['k', 'new']]

export const writes: readonly Row[] = [
  { name: 'put over nothing', call: ({ map }) => map.put('k', 'new'), gives: null, leaves: now, tells: added },
  { name: 'put over a value', has: there, call: ({ map }) => map.put('k', 'new'), gives: 'old', leaves: now, tells: updated },
  {
    name: 'put of the same value is an update',
    has: there,
    call: ({ map }) => map.put('k', 'old'),
    gives: 'old',
    tells: ['updated k: old -> old'],
  },
  { name: 'set over nothing', call: ({ map }) => map.set('k', 'new'), leaves: now, tells: added },
  { name: 'set over a value', has: there, call: ({ map }) => map.set('k', 'new'), leaves: now, tells: updated },
  { name: 'putTransient over nothing', call: ({ map }) => map.putTransient('k', 'new'), leaves: now, tells: added },
  { name: 'putTransient over a value', has: there, call: ({ map }) => map.putTransient('k', 'new'), leaves: now, tells: updated },
  { name: 'tryPut over nothing', call: ({ map }) => map.tryPut('k', 'new', 0), gives: true, leaves: now, tells: added },
  {
    name: 'tryPut over a value',
    has: there,
    call: ({ map }) => map.tryPut('k', 'new', 0),
    gives: true,
    leaves: now,
    tells: updated,
    inHazelcast: { tells: added, because: 'events' },
  },
  { name: 'tryPut with time to wait', call: ({ map }) => map.tryPut('k', 'new', 5_000), gives: true, leaves: now, tells: added },
  { name: 'tryPut with a negative time', call: ({ map }) => map.tryPut('k', 'new', -1), gives: true, leaves: now, tells: added },
  { name: 'putIfAbsent over nothing', call: ({ map }) => map.putIfAbsent('k', 'new'), gives: null, leaves: now, tells: added },
  { name: 'putIfAbsent over a value', has: there, call: ({ map }) => map.putIfAbsent('k', 'new'), gives: 'old' },
  { name: 'replace of nothing', call: ({ map }) => map.replace('k', 'new'), gives: null },
  {
    name: 'replace of a value',
    has: there,
    call: ({ map }) => map.replace('k', 'new'),
    gives: 'old',
    leaves: now,
    tells: updated,
  },
  { name: 'replaceIfSame of nothing', call: ({ map }) => map.replaceIfSame('k', 'old', 'new'), gives: false },
  {
    name: 'replaceIfSame of the same',
    has: there,
    call: ({ map }) => map.replaceIfSame('k', 'old', 'new'),
    gives: true,
    leaves: now,
    tells: updated,
  },
  { name: 'replaceIfSame of another', has: there, call: ({ map }) => map.replaceIfSame('k', 'other', 'new'), gives: false },
  {
    name: 'replaceIfSame by the same',
    has: there,
    call: ({ map }) => map.replaceIfSame('k', 'old', 'old'),
    gives: true,
    tells: ['updated k: old -> old'],
  },
  {
    name: 'two clients see the same',
    has: there,
    call: async ({ map, others }) => [await others.put('k', 'new'), await map.get('k'), await others.get('k')],
    gives: ['old', 'new', 'new'],
    leaves: now,
    tells: updated,
  },
  {
    name: 'a hundred writes of one key, sent at once, come in order',
    call: async ({ map }) => {
      const before = await Promise.all(Array.from({ length: 100 }, (_, i) => map.put('counted', i)))
      return [before[0], before.at(-1), before.every((value, i) => value === (i === 0 ? null : i - 1))]
    },
    gives: [null, 98, true],
    leaves: [['counted', 99]],
    tells: ['added counted: null -> 0', ...Array.from({ length: 99 }, (_, i) => `updated counted: ${i} -> ${i + 1}`)],
    calm: true,
  },
]

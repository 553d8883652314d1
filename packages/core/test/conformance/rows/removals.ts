/** Calls that take entries away. */

import type { Entries, Row } from '../row.js'

const there: Entries = [['k', 'old']]
const both: Entries = [
  ['k', 'old'],
  ['l', 'too'],
]
const rest: Entries = [['l', 'too']]
const removed = ['removed k: old -> null']
const evicted = ['evicted k: old -> null']
const none: Entries = []

export const removals: readonly Row[] = [
  { name: 'remove of nothing', call: ({ map }) => map.remove('k'), gives: null },
  { name: 'remove of a value', has: both, call: ({ map }) => map.remove('k'), gives: 'old', leaves: rest, tells: removed },
  {
    name: 'remove twice',
    has: there,
    call: async ({ map }) => [await map.remove('k'), await map.remove('k')],
    gives: ['old', null],
    leaves: none,
    tells: removed,
  },
  { name: 'remove of a pair, nothing there', call: ({ map }) => map.remove('k', 'old'), gives: false },
  { name: 'remove of a pair', has: both, call: ({ map }) => map.remove('k', 'old'), gives: true, leaves: rest, tells: removed },
  { name: 'remove of a pair with another value', has: both, call: ({ map }) => map.remove('k', 'new'), gives: false },
  { name: 'delete of nothing', call: ({ map }) => map.delete('k') },
  {
    name: 'delete of a value',
    has: both,
    call: ({ map }) => map.delete('k'),
    leaves: rest,
    tells: removed,
    inHazelcast: { tells: ['removed k: null -> null'], because: 'events' },
  },
  { name: 'tryRemove of nothing', call: ({ map }) => map.tryRemove('k', 0), gives: false },
  {
    name: 'tryRemove of a value',
    has: both,
    call: ({ map }) => map.tryRemove('k', 0),
    gives: true,
    leaves: rest,
    tells: removed,
  },
  { name: 'evict of nothing', call: ({ map }) => map.evict('k'), gives: false },
  { name: 'evict of a value', has: both, call: ({ map }) => map.evict('k'), gives: true, leaves: rest, tells: evicted },
  { name: 'clear of nothing', call: ({ map }) => map.clear() },
  { name: 'clear of two', has: both, call: ({ map }) => map.clear(), leaves: none, tells: ['mapCleared 2'] },
  { name: 'evictAll of nothing', call: ({ map }) => map.evictAll() },
  { name: 'evictAll of two', has: both, call: ({ map }) => map.evictAll(), leaves: none, tells: ['mapEvicted 2'] },
  {
    name: 'clear, and use again',
    has: both,
    call: async ({ map }) => {
      await map.clear()
      return [await map.size(), await map.put('k', 'new'), await map.size()]
    },
    gives: [0, null, 1],
    leaves: [['k', 'new']],
    tells: ['mapCleared 2', 'added k: null -> new'],
  },
  { name: 'flush', has: both, call: ({ map }) => map.flush() },
  { name: 'loadAll without a store', has: both, call: ({ map }) => map.loadAll(), fails: 'IllegalArgumentError' },
  ...([true, false] as const).map(
    (replacing): Row => ({
      name: `loadAll of keys without a store, replacing: ${replacing}`,
      has: both,
      call: ({ map }) => map.loadAll(['k', 'x'], replacing),
      fails: 'IllegalArgumentError',
      inHazelcast: { fails: 'NullPointerError', because: 'map stores' },
    }),
  ),
]

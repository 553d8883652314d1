/** What an entry view says of an entry: how often it was written and read, and when. */

import type { IMap } from 'hazelcast-client'
import type { Row, Scene, View } from '../row.js'

type AnyMap = IMap<unknown, unknown>

const there: Row['has'] = [['k', 'v']]
const allTimes = { creationTime: 'now', lastUpdateTime: 'now', lastAccessTime: 'now' } as const

interface Effect {
  readonly call: (map: AnyMap) => Promise<unknown>
  readonly view: View
  /** What of the view is so in a real Hazelcast. */
  readonly theirs?: View
}

/** On an entry that has been written once. */
const calls: Readonly<Record<string, Effect>> = {
  get: { call: map => map.get('k'), view: { version: 0, hits: 1, lastAccessTime: 'now' } },
  containsKey: { call: map => map.containsKey('k'), view: { version: 0, hits: 1, lastAccessTime: 'now' } },
  getAll: { call: map => map.getAll(['k']), view: { version: 0, hits: 1, lastAccessTime: 'now' } },
  getEntryView: { call: map => map.getEntryView('k'), view: { version: 0, hits: 0 } },
  size: { call: map => map.size(), view: { version: 0, hits: 0 } },
  entrySet: { call: map => map.entrySet(), view: { version: 0, hits: 0 } },
  containsValue: { call: map => map.containsValue('v'), view: { version: 0, hits: 0 } },
  put: { call: map => map.put('k', 'w'), view: { version: 1, hits: 1, ...allTimes } },
  set: { call: map => map.set('k', 'w'), view: { version: 1, hits: 1, ...allTimes } },
  tryPut: { call: map => map.tryPut('k', 'w', 0), view: { version: 1, hits: 1, ...allTimes } },
  putTransient: { call: map => map.putTransient('k', 'w'), view: { version: 1, hits: 1, ...allTimes } },
  putAll: { call: map => map.putAll([['k', 'w']]), view: { version: 1, hits: 1, ...allTimes } },
  replace: { call: map => map.replace('k', 'w'), view: { version: 1, hits: 1, ...allTimes }, theirs: { hits: 2 } },
  replaceIfSame: {
    call: map => map.replaceIfSame('k', 'v', 'w'),
    view: { version: 1, hits: 1, ...allTimes },
    theirs: { hits: 2 },
  },
  'replaceIfSame of another': { call: map => map.replaceIfSame('k', 'x', 'w'), view: { version: 0, hits: 1 } },
  'putIfAbsent over it': { call: map => map.putIfAbsent('k', 'w'), view: { version: 0, hits: 1 } },
  setTtl: { call: map => map.setTtl('k', 90_000), view: { version: 1, hits: 1, lastUpdateTime: 'now' }, theirs: { hits: 2 } },
  'remove and put': { call: async map => [await map.remove('k'), await map.put('k', 'w')], view: { version: 0, hits: 0 } },
  'clear and put': { call: async map => [await map.clear(), await map.put('k', 'w')], view: { version: 0, hits: 0 } },
  'a hundred reads': {
    call: map => Promise.all(Array.from({ length: 100 }, () => map.get('k'))),
    view: { version: 0, hits: 100 },
  },
  'ten writes': {
    call: map => Promise.all(Array.from({ length: 10 }, () => map.set('k', 'w'))),
    view: { version: 10, hits: 10 },
  },
}

const effects: readonly Row[] = Object.entries(calls).map(
  ([name, { call, view, theirs }]): Row => ({
    name: `${name}: its mark on an entry`,
    of: 'stats',
    has: there,
    call: async ({ map }: Scene) => void (await call(map)),
    leaves: 'any',
    tells: 'any',
    view,
    ...(theirs === undefined ? {} : { inHazelcast: { view: { ...view, ...theirs }, because: 'entry views' } }),
    calm: true,
  }),
)

export const metadata: readonly Row[] = [
  {
    name: 'a new entry',
    of: 'stats',
    call: ({ map }) => map.set('k', 'v'),
    leaves: [['k', 'v']],
    tells: ['added k: null -> v'],
    view: { version: 0, hits: 0, creationTime: 'now', lastUpdateTime: 'now', lastStoredTime: 0 },
  },
  {
    name: 'a new entry in a map that keeps no statistics of entries',
    call: ({ map }) => map.set('k', 'v'),
    leaves: [['k', 'v']],
    tells: ['added k: null -> v'],
    view: { version: 0, hits: -1, creationTime: -1, lastAccessTime: -1, lastUpdateTime: -1, lastStoredTime: -1 },
  },
  {
    name: 'an updated entry in a map that keeps no statistics of entries',
    has: there,
    call: ({ map }) => map.set('k', 'w'),
    leaves: [['k', 'w']],
    tells: ['updated k: v -> w'],
    view: { version: 1, hits: -1, creationTime: -1, lastUpdateTime: -1 },
  },
  ...effects,
]

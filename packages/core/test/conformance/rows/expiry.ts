/** How long entries live: what each call makes of its arguments and the map's configuration, and that entries end. */

import type { IMap } from 'hazelcast-client'
import Long from 'long'
import { until } from '../../integration/test-cluster.js'
import type { MapKind } from '../maps.js'
import { NEVER, type Row, type View } from '../row.js'

type AnyMap = IMap<unknown, unknown>
type Millis = number | Long | undefined

const writers: Readonly<Record<string, (map: AnyMap, ttl: Millis, maxIdle: Millis) => Promise<unknown>>> = {
  put: (map, ttl, maxIdle) => map.put('k', 'v', ttl, maxIdle),
  set: (map, ttl, maxIdle) => map.set('k', 'v', ttl, maxIdle),
  putIfAbsent: (map, ttl, maxIdle) => map.putIfAbsent('k', 'v', ttl, maxIdle),
  putTransient: (map, ttl, maxIdle) => map.putTransient('k', 'v', ttl, maxIdle),
}

/** By kind of map: what it gives to entries whose writer says nothing. */
const configured: Readonly<Partial<Record<MapKind, readonly [ttl: number, maxIdle: number]>>> = {
  plain: [NEVER, NEVER],
  ttl: [100_000, NEVER],
  idle: [NEVER, 200_000],
  both: [100_000, 200_000],
}

const asked: readonly (readonly [ttl: Millis, maxIdle: Millis])[] = [
  [undefined, undefined],
  [-1, undefined],
  [0, undefined],
  [50_000, undefined],
  [-1, 70_000],
  [0, 0],
  [0, 70_000],
  [50_000, 0],
  [50_000, 70_000],
  [70_000, 50_000],
  [Long.MAX_VALUE, Long.MAX_VALUE],
]

const said = (millis: Millis): string => (Long.isLong(millis) ? 'the largest' : String(millis))

function limit(given: Millis, ofMap: number): number {
  if (given === undefined || (typeof given === 'number' && given < 0)) return ofMap
  return given === 0 || Long.isLong(given) ? NEVER : given
}

function viewAfter(ttl: number, maxIdle: number): View {
  const ends = Math.min(ttl, maxIdle)
  return { ttl, maxIdle, expirationTime: ends === NEVER ? NEVER : [ends] }
}

const writing: readonly Row[] = Object.entries(writers).flatMap(([method, write]) =>
  Object.entries(configured).flatMap(([kind, [mapTtl, mapIdle]]) =>
    asked.map(
      ([ttl, maxIdle]): Row => ({
        name: `${method} with ttl ${said(ttl)} and idle ${said(maxIdle)} in a map of kind ${kind}`,
        of: kind as MapKind,
        call: ({ map }) => write(map, ttl, maxIdle),
        ...(method.startsWith('put') && method !== 'putTransient' ? { gives: null } : {}),
        leaves: [['k', 'v']],
        tells: ['added k: null -> v'],
        view: viewAfter(limit(ttl, mapTtl), limit(maxIdle, mapIdle)),
      }),
    ),
  ),
)

/** A write without limits gives the entry those of the map, whatever it had before. */
const overwriters: Readonly<Record<string, (map: AnyMap) => Promise<unknown>>> = {
  put: map => map.put('k', 'new'),
  set: map => map.set('k', 'new'),
  replace: map => map.replace('k', 'new'),
  replaceIfSame: map => map.replaceIfSame('k', 'old', 'new'),
  tryPut: map => map.tryPut('k', 'new', 1_000),
  putAll: map => map.putAll([['k', 'new']]),
  putTransient: map => map.putTransient('k', 'new'),
}

const overwriting: readonly Row[] = Object.entries(overwriters).flatMap(([method, write]) =>
  (['plain', 'ttl', 'idle'] as const).map(
    (kind): Row => ({
      name: `${method} over an entry with limits of its own in a map of kind ${kind}`,
      of: kind,
      has: ({ map }) => map.set('k', 'old', 50_000, 60_000),
      call: async ({ map }) => void (await write(map)),
      leaves: [['k', 'new']],
      tells: ['updated k: old -> new'],
      view: viewAfter(...(configured[kind] as readonly [number, number])),
      ...(method === 'tryPut' ? { inHazelcast: { tells: ['added k: null -> new'], because: 'events' } } : {}),
    }),
  ),
)

const ttls: readonly Row[] = (
  [
    ['plain', 50_000, 50_000],
    ['plain', 0, NEVER],
    ['plain', -1, NEVER],
    ['ttl', 50_000, 50_000],
    ['ttl', 0, NEVER],
    ['ttl', -1, 100_000],
    ['plain', Long.MAX_VALUE, NEVER],
  ] as const
).map(
  ([kind, ttl, after]): Row => ({
    name: `setTtl of ${said(ttl)} in a map of kind ${kind}`,
    of: kind,
    has: [['k', 'v']],
    call: ({ map }) => map.setTtl('k', ttl),
    gives: true,
    view: { ...viewAfter(after, NEVER), version: 1 },
  }),
)

const gone = async (map: AnyMap): Promise<unknown> => {
  await until('the entry to expire', async () => (await map.get('k')) === null)
  return map.getEntryView('k')
}

const ending: readonly Row[] = [
  {
    name: 'an entry with a ttl ends, and is told as expired',
    call: async ({ map }) => {
      await map.set('k', 'v', 1_000)
      return gone(map)
    },
    gives: null,
    leaves: [],
    tells: ['added k: null -> v', 'expired k: v -> null'],
  },
  {
    name: 'an entry with an idle limit ends when nobody reads it',
    call: async ({ map }) => {
      await map.set('k', 'v', 0, 2_000)
      await until('the entry to be gone', async () => (await map.getEntryView('k')) === null)
      return map.get('k')
    },
    gives: null,
    leaves: [],
    tells: ['added k: null -> v', 'expired k: v -> null'],
  },
  {
    name: 'an entry of a map with a ttl ends',
    of: 'brief',
    has: [['k', 'v']],
    call: ({ map }) => gone(map),
    gives: null,
    leaves: [],
    tells: ['expired k: v -> null'],
  },
  {
    name: 'setTtl lets an entry end',
    has: [['k', 'v']],
    call: async ({ map }) => [await map.setTtl('k', 1_000), await gone(map)],
    gives: [true, null],
    leaves: [],
    tells: ['expired k: v -> null'],
  },
  {
    name: 'setTtl of 0 lets an entry live in a map with a ttl',
    of: 'brief',
    has: async ({ map }) => {
      await map.putAll([
        ['k', 'v'],
        ['l', 'w'],
      ])
      await map.setTtl('l', 0)
    },
    call: ({ map }) => gone(map),
    gives: null,
    leaves: [['l', 'w']],
    tells: ['expired k: v -> null'],
  },
  {
    name: 'an entry that has ended is absent for all calls',
    call: async ({ map }) => {
      await map.set('k', 'v', 1_000)
      await gone(map)
      return [
        await map.containsKey('k'),
        await map.getAll(['k']),
        await map.remove('k'),
        await map.replace('k', 'w'),
        await map.replaceIfSame('k', 'v', 'w'),
        await map.evict('k'),
        await map.setTtl('k', 1_000),
        await map.containsValue('v'),
        await map.putIfAbsent('k', 'new'),
      ]
    },
    gives: [false, [], null, null, false, false, false, false, null],
    leaves: [['k', 'new']],
    tells: ['added k: null -> v', 'expired k: v -> null', 'added k: null -> new'],
  },
  { name: 'setTtl of nothing', call: ({ map }) => map.setTtl('k', 1_000), gives: false },
  {
    name: 'an entry ends although nobody asks for it',
    call: async ({ map, others }) => {
      await map.set('k', 'v', 1_000)
      await until('the size to be 0', async () => (await others.size()) === 0)
    },
    leaves: [],
    tells: ['added k: null -> v', 'expired k: v -> null'],
  },
]

export const expiry: readonly Row[] = [...writing, ...overwriting, ...ttls, ...ending]

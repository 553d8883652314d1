/** Who hears what: kinds of events, one key, values or none, and the end of listening. */

import { Predicates } from 'hazelcast-client'
import { until } from '../../integration/test-cluster.js'
import { entryTypes, grouped, LAST, listenerFor, MapWatch, mapTypes } from '../map-watch.js'
import type { Row, Scene } from '../row.js'

/** Makes one event of every type that there is without a store and without a merge of clusters. */
async function everything({ map }: Scene): Promise<void> {
  await map.set('k', 1)
  await map.set('k', 2)
  await map.remove('k')
  await map.set('k', 3)
  await map.evict('k')
  await map.set('l', 4, 1_000)
  await until('the expiry', async () => (await map.get('l')) === null)
  await map.set('k', 5)
  await map.clear()
  await map.set('k', 6)
  await map.evictAll()
}

const told: Readonly<Record<string, readonly string[]>> = {
  added: ['added k: null -> 1', 'added k: null -> 3', 'added k: null -> 5', 'added k: null -> 6', 'added l: null -> 4'],
  updated: ['updated k: 1 -> 2'],
  removed: ['removed k: 2 -> null'],
  evicted: ['evicted k: 3 -> null'],
  expired: ['expired l: 4 -> null'],
  merged: [],
  loaded: [],
  mapCleared: ['mapCleared 1'],
  mapEvicted: ['mapEvicted 1'],
}

interface Listening {
  readonly types?: readonly string[]
  readonly key?: unknown
  readonly includeValue?: boolean
  readonly predicate?: ReturnType<typeof Predicates.sql>
}

/** What a listener hears while `act` runs. */
async function heard(scene: Scene, options: Listening, act: (scene: Scene) => Promise<unknown>, expected = 0): Promise<string[]> {
  const { map } = scene
  const all: string[] = []
  const listener = listenerFor(text => all.push(text), options.types)
  if (options.predicate === undefined) await map.addEntryListener(listener, options.key, options.includeValue ?? true)
  else await map.addEntryListenerWithPredicate(listener, options.predicate, options.key, options.includeValue ?? true)
  const watch = await MapWatch.on(map)
  await act(scene)
  await watch.told([], ['k', 'l'])
  const isHeard = (key: string): boolean => options.key === undefined || options.key === key
  const lasts = options.includeValue === false ? ['k', 'l'].filter(isHeard).length : 0
  const events = (): string[] => all.filter(text => !text.includes(LAST))
  await until('the events', () => events().length >= expected + lasts)
  return grouped(lasts === 0 ? events() : events().slice(0, -lasts))
}

const byType: readonly Row[] = [...entryTypes, ...mapTypes].map(
  (type): Row => ({
    name: `a listener for ${type} hears only that`,
    call: async scene => {
      const all = await heard(scene, { types: [type] }, everything, told[type]?.length)
      await scene.map.clear()
      return all
    },
    gives: told[type],
    leaves: [],
    tells: 'any',
    calm: true,
  }),
)

const twoWrites = async ({ map }: Scene): Promise<void> => {
  await map.set('k', 1)
  await map.set('l', 2)
  await map.set('k', 3)
  await map.remove('l')
}

const hears = (name: string, options: Listening, gives: readonly string[]): Row => ({
  name,
  call: async scene => {
    const all = await heard(scene, options, twoWrites, gives.length)
    await scene.map.clear()
    return all
  },
  gives,
  leaves: [],
  tells: 'any',
  calm: true,
})

export const listeners: readonly Row[] = [
  ...byType,
  hears('a listener without values', { includeValue: false }, [
    'added k: null -> null',
    'updated k: null -> null',
    'added l: null -> null',
    'removed l: null -> null',
  ]),
  hears('a listener of one key', { key: 'k' }, ['added k: null -> 1', 'updated k: 1 -> 3']),
  hears('a listener of one key without values', { key: 'l', includeValue: false }, [
    'added l: null -> null',
    'removed l: null -> null',
  ]),
  hears('a listener of a key that never changes', { key: 'x' }, []),
  hears('a listener with a predicate', { predicate: Predicates.greaterEqual('this', 2) }, [
    'updated k: 1 -> 3',
    'added l: null -> 2',
    'removed l: 2 -> null',
  ]),
  hears('a listener with a predicate of one key', { key: 'k', predicate: Predicates.greaterEqual('this', 2) }, [
    'updated k: 1 -> 3',
  ]),
  hears('a listener with a predicate, without values', { predicate: Predicates.alwaysTrue(), includeValue: false }, [
    'added k: null -> null',
    'updated k: null -> null',
    'added l: null -> null',
    'removed l: null -> null',
  ]),
  {
    name: 'a listener that has been removed hears nothing more',
    call: async ({ map, others }) => {
      const all: string[] = []
      const id = await others.addEntryListener(
        listenerFor(text => all.push(text)),
        undefined,
        true,
      )
      await map.set('k', 1)
      await until('the first event', () => all.length === 1)
      const removed = await others.removeEntryListener(id)
      await map.set('k', 2)
      return [removed, await others.removeEntryListener(id), all]
    },
    // the client has forgotten what it is asked to remove, and takes that for done
    gives: [true, true, ['added k: null -> 1']],
    leaves: [['k', 2]],
    tells: ['added k: null -> 1', 'updated k: 1 -> 2'],
    calm: true,
  },
  {
    name: 'removing a listener that there is not',
    call: ({ map }) => map.removeEntryListener('00000000-0000-0000-0000-000000000000'),
    gives: false,
  },
  {
    name: 'two listeners hear the same',
    call: async ({ map, others }) => {
      const [first, second]: [string[], string[]] = [[], []]
      await map.addEntryListener(
        listenerFor(text => first.push(text)),
        undefined,
        true,
      )
      await others.addEntryListener(
        listenerFor(text => second.push(text)),
        undefined,
        true,
      )
      await map.set('k', 1)
      await map.set('k', 2)
      await until('both to hear', () => first.length === 2 && second.length === 2)
      return [first, second]
    },
    gives: [
      ['added k: null -> 1', 'updated k: 1 -> 2'],
      ['added k: null -> 1', 'updated k: 1 -> 2'],
    ],
    leaves: [['k', 2]],
    tells: 'any',
    calm: true,
  },
  {
    name: 'a listener hears the writes of all clients in the order of a key',
    call: async ({ map, others }) => {
      const all: string[] = []
      await map.addEntryListener(
        listenerFor(text => all.push(text)),
        undefined,
        true,
      )
      for (let i = 0; i < 50; i++) await (i % 2 === 0 ? map : others).set('k', i)
      await until('all events', () => all.length === 50)
      return all.every((text, i) => text.endsWith(`-> ${i}`))
    },
    gives: true,
    leaves: [['k', 49]],
    tells: 'any',
    calm: true,
  },
  {
    name: 'an event names the map and a member',
    call: async ({ map, name }) => {
      const events: { name: string; member: unknown }[] = []
      await map.addEntryListener({ added: event => events.push(event) }, undefined, true)
      await map.set('k', 1)
      await until('the event', () => events.length === 1)
      return [events[0]?.name === name, events[0]?.member !== null && events[0]?.member !== undefined]
    },
    gives: [true, true],
    leaves: [['k', 1]],
    tells: 'any',
    calm: true,
  },
]

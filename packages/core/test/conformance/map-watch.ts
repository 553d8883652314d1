/** Everything that a listener hears of one map, as text: `updated k: old -> new`, `cleared 3`. */

import { inspect } from 'node:util'
import type { EntryEvent, EntryListener, IMap, MapEvent } from 'hazelcast-client'
import { until } from '../integration/test-cluster.js'

type AnyMap = IMap<unknown, unknown>

/** Written to a key when nothing more is to be told of it: events of one key come in order. */
export const LAST = 'the last value of this key'

const text = (value: unknown): string => (typeof value === 'string' ? value : inspect(value))

const ofEntry =
  (type: string, tell: (told: string) => void) =>
  ({ key, value, oldValue }: EntryEvent<unknown, unknown>): void =>
    tell(`${type} ${text(key)}: ${text(oldValue)} -> ${text(value)}`)

/** A listener for all types of events, or those named. */
export function listenerFor(tell: (told: string) => void, types: readonly string[] = entryTypes.concat(mapTypes)) {
  const listener: EntryListener<unknown, unknown> = {}
  for (const type of types) {
    listener[type] = mapTypes.includes(type)
      ? (event: MapEvent): void => tell(`${type} ${event.numberOfAffectedEntries}`)
      : ofEntry(type, tell)
  }
  return listener
}

export const entryTypes: readonly string[] = ['added', 'updated', 'removed', 'evicted', 'expired', 'merged', 'loaded']
export const mapTypes: readonly string[] = ['mapCleared', 'mapEvicted']

export class MapWatch {
  readonly #map: AnyMap
  readonly #told: string[] = []

  private constructor(map: AnyMap) {
    this.#map = map
  }

  static async on(map: AnyMap): Promise<MapWatch> {
    const watch = new MapWatch(map)
    await map.addEntryListener(
      listenerFor(told => watch.#told.push(told)),
      undefined,
      true,
    )
    return watch
  }

  /** What has been told, in groups by key; waits for as much as is expected, and for all that concerns `keys`. */
  async told(expected: readonly string[], keys: readonly unknown[]): Promise<string[]> {
    await until(`the events ${expected.join(', ')}`, () => this.#told.length >= expected.length, 8_000).catch(() => undefined)
    const distinct = [...new Map(keys.map(key => [text(key), key]))]
    await Promise.all(distinct.map(([, key]) => this.#map.set(key, LAST)))
    const ends = (told: string, key: string): boolean => told.includes(` ${key}: `) && told.endsWith(`-> ${LAST}`)
    await until('the last events', () => distinct.every(([key]) => this.#told.some(told => ends(told, key))))
    return grouped(this.#told.filter(told => !told.endsWith(LAST)))
  }
}

/** By key, each in the order of its coming: between keys there is none. */
export function grouped(told: readonly string[]): string[] {
  const keyOf = (event: string): string => event.slice(event.indexOf(' '), event.indexOf(':'))
  return [...told].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0))
}

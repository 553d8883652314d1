/** Operations that look into entries. All but the removal show committed state, as every read does. */

import type { MapRequest, Result } from '../operation/request.js'
import { decodeAggregation, decodeProjection } from '../query/aggregation-codec.js'
import { aggregate } from '../query/aggregator.js'
import { projector } from '../query/projector.js'
import type { QueryEntry } from '../query/query-entry.js'
import type { Data } from '../serialization/data.js'
import type { MapView } from './map-view.js'
import { PageOrder, type Placed, readPageRange } from './page-order.js'

type Query = Pick<MapRequest, 'value' | 'expected' | 'items'>
type Take = (into: Data[], entry: QueryEntry) => void

const takeKey: Take = (into, { key }) => into.push(key.slice())
const takeValue: Take = (into, { value }) => into.push(value.slice())
const takeEntry: Take = (into, { key, value }) => into.push(key.slice(), value.slice())

/** `value` is the condition, null = none; `expected` an aggregation or a projection. */
export const queryRuns = {
  queryKeys: (view: MapView, q: Query): Result => taken(view, q, takeKey),
  queryValues: (view: MapView, q: Query): Result => taken(view, q, takeValue),
  queryEntries: (view: MapView, q: Query): Result => taken(view, q, takeEntry),

  /** Keys and values in turns, in order. */
  queryPage(view: MapView, { value, items }: Query): Result {
    const range = readPageRange(items[0] as Uint8Array)
    const order = new PageOrder(range, view.queries)
    const after = range.after === null ? null : order.place(...range.after)
    let placed: Placed[] = []
    view.matching(value, entry => {
      const one = order.placed(entry)
      if (after !== null && order.compare(one, after) <= 0) return
      placed.push(one)
      // a page is short, and there may be many entries: no more are kept than could be needed
      if (placed.length >= range.limit * 2 + 1024) placed = order.first(placed, range.limit)
    })
    return order.first(placed, range.limit).flatMap(one => [one.key, one.value])
  },

  /** A partial answer. */
  aggregate(view: MapView, { value, expected }: Query): Result {
    const found = aggregate(decodeAggregation(expected as Data), view.queries.opener)
    view.matching(value, entry => found.add(entry))
    return found.partial()
  },

  project(view: MapView, { value, expected }: Query): Result {
    const project = projector(decodeProjection(expected as Data))
    return taken(view, { value }, (into, entry) => into.push(project(entry)))
  },

  /** Decided on the latest state: what was written before is removed, acknowledged or not. */
  removeMatching(view: MapView, { value }: Query): Result {
    const keys = view.latestMatching(value)
    for (const key of keys) {
      const found = view.find(key)
      if (found !== null) view.remove(key, found)
    }
    return keys.length
  },

  /**
   * A part of a walk over the partition: `items` are where it goes on and how many entries are wanted, as decimal digits.
   * Answers where to go on (-1 = the end), then keys and values in turns, or what the projection makes of each entry.
   */
  fetch(view: MapView, { value, expected, items }: Query): Result {
    const [cursor, batch] = items.map(digitsIn) as [number, number]
    const predicate = view.queries.predicate(value)
    const into: Data[] = []
    const project = expected === null ? null : projector(decodeProjection(expected))
    const next = view.walk(cursor, batch, entry => {
      if (!predicate.test(entry)) return
      if (project === null) takeEntry(into, entry)
      else into.push(project(entry))
    })
    return [next, ...into]
  },
} as const

function taken(view: MapView, { value }: Pick<Query, 'value'>, take: Take): Data[] {
  const into: Data[] = []
  view.matching(value, entry => take(into, entry))
  return into
}

/** A number as an item of a request. */
export const digits = (n: number): Uint8Array => Uint8Array.from(String(n), c => c.charCodeAt(0))

const digitsIn = (bytes: Uint8Array): number => Number(String.fromCharCode(...bytes))

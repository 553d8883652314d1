/** The map messages that are about queries. */

import type { IndexType } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import type { Data, DataCall, DataMap, DataPage, Fetched, MapService, PageAnchor } from '../map/data-map.js'
import type { RequestOf } from '../protocol/client-row.js'
import type { queryTable } from '../protocol/query-table.js'
import { addEntryListener } from './entry-listeners.js'
import type { HandlersOf } from './handlers.js'

type QueryHandlers = HandlersOf<typeof queryTable>
type Paging = RequestOf<typeof queryTable.keySetWithPagingPredicate>['paging']
type Pointers = RequestOf<typeof queryTable.fetchKeys>['pointers']

/** What is iterated decides about the order where no comparator does; entries are in the order of their keys. */
const orders: readonly string[] = ['__key', 'this', '__key']
const indexTypes: readonly IndexType[] = ['SORTED', 'HASH', 'BITMAP']
const transformations = ['OBJECT', 'LONG', 'RAW'] as const

export function queryHandlers(maps: MapService): QueryHandlers {
  const map = (name: string): DataMap => maps.map(name)
  const page = (q: { name: string; paging: Paging }, call?: DataCall): Promise<DataPage> => askPage(map(q.name), q.paging, call)
  const walked = (q: { name: string; pointers: Pointers; batch: number }, partition: number): Promise<Fetched> =>
    map(q.name).queries.fetch({ ...walk(q, partition), where: null, projection: null })
  return {
    keySetWithPredicate: q => map(q.name).queries.keySet(q.predicate),
    valuesWithPredicate: q => map(q.name).queries.values(q.predicate),
    entriesWithPredicate: q => map(q.name).queries.entrySet(q.predicate),
    removeAll: q => map(q.name).queries.removeAll(q.predicate),

    aggregate: q => map(q.name).queries.aggregate(q.aggregator, null),
    aggregateWithPredicate: q => map(q.name).queries.aggregate(q.aggregator, q.predicate),
    project: q => map(q.name).queries.project(q.projection, null),
    projectWithPredicate: q => map(q.name).queries.project(q.projection, q.predicate),

    keySetWithPagingPredicate: async q => {
      const found = await page(q)
      return { keys: found.entries.map(([key]) => key), anchors: holderOf(found.anchors) }
    },
    valuesWithPagingPredicate: async q => {
      const found = await page(q)
      return { values: found.entries.map(([, value]) => value), anchors: holderOf(found.anchors) }
    },
    entriesWithPagingPredicate: async q => {
      const found = await page(q)
      return { entries: found.entries, anchors: holderOf(found.anchors) }
    },

    fetchKeys: async (q, _, { partition }) => {
      const { next, items } = await walked(q, partition)
      return { pointers: pointersTo(next), keys: items.filter((_key, i) => i % 2 === 0) }
    },
    fetchEntries: async (q, _, { partition }) => {
      const { next, items } = await walked(q, partition)
      return { pointers: pointersTo(next), entries: pairsOf(items) }
    },
    fetchWithQuery: async (q, _, { partition }) => {
      const { projection, predicate: where } = q
      const { next, items } = await map(q.name).queries.fetch({ ...walk(q, partition), where, projection })
      return { pointers: pointersTo(next), results: items }
    },

    addIndex: q => {
      const { name, type, attributes, bitmapOptions } = q.index
      const kind = indexTypes[type]
      if (kind === undefined) throw new CobnutError('ARGUMENT', `there is no index type ${type}`)
      const { uniqueKey = '__key', transformation = 0 } = bitmapOptions ?? {}
      const uniqueKeyTransformation = transformations[transformation]
      if (uniqueKeyTransformation === undefined) throw new CobnutError('ARGUMENT', `there is no transformation ${transformation}`)
      return map(q.name).queries.addIndex({
        ...(name === null ? {} : { name }),
        type: kind,
        attributes,
        uniqueKey,
        uniqueKeyTransformation,
      })
    },

    addEntryListenerWithPredicate: (q, session, id) => addEntryListener(map(q.name), { ...q, key: null }, session, id),
    addEntryListenerToKeyWithPredicate: (q, session, id) => addEntryListener(map(q.name), q, session, id),
  }
}

async function askPage(map: DataMap, paging: Paging, call: DataCall | undefined): Promise<DataPage> {
  const { predicate, comparator, partitionKey, partitionKeys, iteration, page, size, anchors } = paging
  if (partitionKeys !== null) throw new CobnutError('UNSUPPORTED', 'a predicate for several partitions is not supported')
  const orderBy = orders[iteration]
  if (orderBy === undefined) throw new CobnutError('ARGUMENT', `there is no iteration type ${iteration}`)
  const known = anchors.pages.flatMap((at, i): PageAnchor[] => {
    const [key, value] = anchors.entries[i] ?? [null, null]
    return key === null || value === null ? [] : [{ page: at, entry: [key, value] }]
  })
  const order = { orderBy, descending: false, comparator }
  return map.queries.page({ where: predicate, partitionKey, page, size, ...order, anchors: known }, call)
}

const holderOf = (anchors: readonly PageAnchor[]): Paging['anchors'] => ({
  pages: anchors.map(anchor => anchor.page),
  entries: anchors.map(anchor => anchor.entry),
})

/** A place in a walk is one number here, and two halves of it there; clients begin with the largest index and no size. */
const HALF = 0x8000_0000

function walk({ pointers, batch }: { pointers: Pointers; batch: number }, partition: number): Walk {
  const [index, size] = pointers.at(-1) ?? [0, -1]
  return { partition, batch, cursor: size < 0 ? 0 : size * HALF + index }
}

interface Walk {
  readonly partition: number
  readonly batch: number
  readonly cursor: number
}

const pointersTo = (next: number): Pointers => [next < 0 ? [-1, -1] : [next % HALF, Math.floor(next / HALF)]]

const pairsOf = (items: readonly Data[]): [Data, Data][] =>
  items.flatMap((item, i): [Data, Data][] => (i % 2 === 0 ? [[item, items[i + 1] as Data]] : []))

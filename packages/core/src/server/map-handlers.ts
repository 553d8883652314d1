/**
 * The map messages. The partition that a client computed is not trusted: every call is routed by the key itself, so a
 * client with an old partition table, or none, gets the right answer.
 */

import { CobnutError } from '../base/errors.js'
import type { Data, DataEntryView, DataMap, Expiry, MapService } from '../map/data-map.js'
import { countedHere } from '../map/expiry.js'
import type { RequestOf } from '../protocol/client-row.js'
import type { mapTable } from '../protocol/client-table.js'
import { addEntryListener } from './entry-listeners.js'
import type { HandlersOf } from './handlers.js'
import { callOf, lockHandlers, patience } from './lock-handlers.js'
import type { NearCacheListeners } from './near-cache-listeners.js'
import type { PartitionLoss } from './partition-loss.js'

type MapHandlers = HandlersOf<typeof mapTable>

/** A write with the lifetimes of the map's configuration. */
const CONFIGURED: Expiry = { ttlMs: -1, maxIdleMs: -1 }

const LONGEST = Number.MAX_SAFE_INTEGER

/** Clients say "never" by 0 and by the largest long; negative means the map's configuration. */
const lifetime = (ms: number): number => (ms > LONGEST ? 0 : ms)

const expiry = (ttl: number, maxIdle = -1): Expiry =>
  ttl < 0 && maxIdle < 0 ? CONFIGURED : { ttlMs: lifetime(ttl), maxIdleMs: lifetime(maxIdle) }

const nothing = (): void => undefined

export function mapHandlers(maps: MapService, nearCaches: NearCacheListeners, loss: PartitionLoss): MapHandlers {
  const map = (name: string): DataMap => maps.map(name)
  return {
    put: (q, session) => map(q.name).put(q.key, q.value, expiry(q.ttl), callOf(session, q)),
    putWithMaxIdle: (q, session) => map(q.name).put(q.key, q.value, expiry(q.ttl, q.maxIdle), callOf(session, q)),
    set: (q, session) => map(q.name).set(q.key, q.value, expiry(q.ttl), callOf(session, q)),
    setWithMaxIdle: (q, session) => map(q.name).set(q.key, q.value, expiry(q.ttl, q.maxIdle), callOf(session, q)).then(noData),
    // There is no store behind a map yet, so a transient entry is an entry.
    putTransient: (q, session) => map(q.name).set(q.key, q.value, expiry(q.ttl), callOf(session, q)),
    putTransientWithMaxIdle: (q, session) => map(q.name).put(q.key, q.value, expiry(q.ttl, q.maxIdle), callOf(session, q)),
    putIfAbsent: (q, session) => map(q.name).putIfAbsent(q.key, q.value, expiry(q.ttl), callOf(session, q)),
    putIfAbsentWithMaxIdle: (q, session) => map(q.name).putIfAbsent(q.key, q.value, expiry(q.ttl, q.maxIdle), callOf(session, q)),
    putAllWithMetadata: q => map(q.name).putAllWithMetadata(q.entries.map(viewOfClient)),
    putAll: q => map(q.name).putAll(q.entries),
    tryPut: (q, session) => map(q.name).tryPut(q.key, q.value, patience(q.timeout), callOf(session, q)),
    tryRemove: (q, session) => map(q.name).tryRemove(q.key, patience(q.timeout), callOf(session, q)),
    replace: (q, session) => map(q.name).replace(q.key, q.value, callOf(session, q)),
    replaceIfSame: (q, session) => map(q.name).replaceIfSame(q.key, q.expected, q.value, callOf(session, q)),
    remove: (q, session) => map(q.name).remove(q.key, callOf(session, q)),
    removeIfSame: (q, session) => map(q.name).removeIfSame(q.key, q.expected, callOf(session, q)),
    delete: (q, session) => map(q.name).delete(q.key, callOf(session, q)),
    evict: (q, session) => map(q.name).evict(q.key, callOf(session, q)),
    setTtl: (q, session) => map(q.name).setTtl(q.key, lifetime(q.ttl), callOf(session, {})),

    get: q => map(q.name).get(q.key),
    getAll: q => map(q.name).getAll(q.keys),
    getEntryView: async q => {
      const view = await map(q.name).getEntryView(q.key)
      if (view === null) return { view: null, maxIdle: 0 }
      return { view: clientView(view), maxIdle: endless(view.maxIdleMs) }
    },
    containsKey: q => map(q.name).containsKey(q.key),

    executeOnKey: (q, session) => map(q.name).executeOnKey(q.key, q.processor, callOf(session, q)),
    submitToKey: (q, session) => map(q.name).executeOnKey(q.key, q.processor, callOf(session, q)),
    executeOnKeys: q => map(q.name).executeOnKeys(q.keys, q.processor),
    executeOnAllKeys: q => map(q.name).queries.execute(q.processor, null),
    executeWithPredicate: q => map(q.name).queries.execute(q.processor, q.predicate),

    addInterceptor: q => map(q.name).addInterceptor(q.interceptor),
    removeInterceptor: q => map(q.name).removeInterceptor(q.id),

    containsValue: q => map(q.name).containsValue(q.value),
    size: q => map(q.name).size(),
    isEmpty: async q => (await map(q.name).size()) === 0,
    keySet: q => map(q.name).keySet(),
    values: q => map(q.name).values(),
    entrySet: q => map(q.name).entrySet(),
    clear: q => map(q.name).clear(),
    evictAll: q => map(q.name).evictAll(),

    ...lockHandlers(maps),

    // Without a store there is nothing to write behind, and nothing to load from.
    flush: nothing,
    loadAll: q => noStore(q.name),
    loadGivenKeys: q => noStore(q.name),

    addEntryListener: (q, session, id) => addEntryListener(map(q.name), { ...q, key: null }, session, id),
    addEntryListenerToKey: (q, session, id) => addEntryListener(map(q.name), q, session, id),
    addNearCacheInvalidationListener: (q, session, id) => nearCaches.add(map(q.name), q, session, id),
    addPartitionLostListener: (q, session, id) => loss.add(session, id, q.localOnly, q.name),
    removePartitionLostListener: (q, session) => session.release(q.registration),
    fetchNearCacheInvalidationMetadata: q => maps.invalidationState(q.names, q.member ?? ''),
    removeEntryListener: (q, session) => session.release(q.registration),
  }
}

/** Clients read "none" as the largest long, and -1 where a map keeps no statistics of entries. */
function clientView(view: DataEntryView) {
  const { ttlMs, maxIdleMs, key, value, cost, version, expirationTime } = view
  const isKept = view.creationTime > 0
  const kept = (number: number): number => (isKept ? number : -1)
  return {
    key,
    value,
    cost,
    version,
    expirationTime,
    ttl: endless(ttlMs),
    maxIdle: endless(maxIdleMs),
    hits: kept(view.hits),
    creationTime: kept(view.creationTime),
    lastAccessTime: kept(view.lastAccessTime),
    lastUpdateTime: kept(view.lastUpdateTime),
    // never: there is no store
    lastStoredTime: kept(0),
  }
}

/** The same the other way. */
function viewOfClient(view: RequestOf<typeof mapTable.putAllWithMetadata>['entries'][number]): Omit<DataEntryView, 'cost'> {
  const { key, value, version, ttl, maxIdle } = view
  const count = (number: number): number => Math.max(0, number)
  return {
    key,
    value,
    version: countedHere(version),
    ttlMs: count(lifetime(ttl)),
    maxIdleMs: count(lifetime(maxIdle)),
    hits: countedHere(view.hits),
    creationTime: count(view.creationTime),
    lastAccessTime: count(view.lastAccessTime),
    lastUpdateTime: count(view.lastUpdateTime),
    expirationTime: view.expirationTime > 0 && view.expirationTime < LONGEST ? view.expirationTime : Number.POSITIVE_INFINITY,
  }
}

const endless = (ms: number): number => (ms === 0 ? Number.POSITIVE_INFINITY : ms)

function noStore(name: string): never {
  throw new CobnutError('ARGUMENT', `the map ${name} has no store to load from`)
}
const noData = (): Data | null => null

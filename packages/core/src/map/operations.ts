/**
 * The operations of a map, one row each: `run` is synchronous, sees the latest state of its group and answers with a
 * result and the effects that make it true. It changes nothing by itself, except the access marks of what it read.
 */

import type { Execution } from '../operation/group-data.js'
import { type MapRequest, type OpName, opCode, type Result } from '../operation/request.js'
import { keyHash, sameData } from '../serialization/data.js'
import { eventType } from './data-map.js'
import type { BoundProcessor } from './entry-processors.js'
import { metaForTtl } from './expiry.js'
import { forceUnlock, isLocked, letGo, lock, unlock } from './lock-operations.js'
import type { MapView, Visited } from './map-view.js'
import { mergeEntries, putVersions } from './merging.js'
import { processEntry } from './processing.js'
import { queryRuns } from './query-operations.js'
import type { Found } from './shard.js'

type Run = (
  view: MapView,
  q: MapRequest & { readonly key: Uint8Array; readonly value: Uint8Array; readonly expected: Uint8Array },
) => Result

const valueIn = (found: Found | null): Uint8Array | null => found?.value ?? null

const runs: Readonly<Record<OpName, Run>> = {
  ...queryRuns,
  get(view, { key }) {
    const found = view.find(key)
    if (found !== null) view.touch(key, found)
    return view.shown(found)
  },
  containsKey(view, { key }) {
    const found = view.find(key)
    if (found !== null) view.touch(key, found)
    return found !== null
  },
  put(view, { key, value, ttlMs, maxIdleMs }) {
    const before = view.find(key)
    view.put(key, value, before, ttlMs, maxIdleMs)
    return valueIn(before)
  },
  set(view, { key, value, ttlMs, maxIdleMs }) {
    view.put(key, value, view.find(key), ttlMs, maxIdleMs)
    return null
  },
  putIfAbsent(view, { key, value, ttlMs, maxIdleMs }) {
    const before = view.find(key)
    if (before === null) view.put(key, value, null, ttlMs, maxIdleMs)
    else view.touch(key, before)
    return valueIn(before)
  },
  replace(view, { key, value }) {
    const before = view.find(key)
    if (before !== null) view.put(key, value, before, -1, -1)
    return valueIn(before)
  },
  replaceIfSame(view, { key, value, expected }) {
    const before = view.find(key)
    if (before === null) return false
    if (!sameData(before.value, expected)) {
      view.touch(key, before)
      return false
    }
    view.put(key, value, before, -1, -1)
    return true
  },
  remove(view, { key }) {
    const before = view.find(key)
    return before === null ? null : view.remove(key, before)
  },
  removeIfSame(view, { key, expected }) {
    const before = view.find(key)
    if (before === null || !sameData(before.value, expected)) return false
    view.remove(key, before)
    return true
  },
  delete(view, { key }) {
    const before = view.find(key)
    if (before !== null) view.remove(key, before)
    return before !== null
  },
  evict(view, { key }) {
    const before = view.find(key)
    if (before !== null) view.drop(key, eventType.evicted)
    return before !== null
  },
  setTtl(view, { key, ttlMs }) {
    const before = view.find(key)
    if (before === null) return false
    view.setMeta(key, metaForTtl(before.meta, view.settings, ttlMs, view.wallMs))
    return true
  },
  getEntryView(view, { key }) {
    const found = view.find(key)
    if (found === null) return null
    const m = found.meta
    return [
      found.value,
      view.cost(key),
      m.creationMs,
      m.lastUpdateMs,
      m.lastAccessMs,
      m.hits,
      m.expiresAtMs,
      m.version,
      m.ttlMs,
      m.maxIdleMs,
    ]
  },
  getAll(view, { items }) {
    const entries: Uint8Array[] = []
    for (const key of distinct(items)) {
      const found = view.find(key)
      if (found !== null) view.touch(key, found)
      const shown = view.shown(found)
      if (shown !== null) entries.push(key.slice(), shown)
    }
    return entries
  },
  putAll(view, { items }) {
    // a key that comes twice is added and then updated
    for (let i = 0; i + 1 < items.length; i += 2) {
      const key = items[i] as Uint8Array
      view.put(key, items[i + 1] as Uint8Array, view.find(key), -1, -1)
    }
    return null
  },
  size(view) {
    let n = 0
    view.each(() => {
      n++
      return true
    })
    return n
  },
  containsValue(view, { value }) {
    let found = false
    view.each(entry => {
      found = sameData(entry.value, value)
      return !found
    })
    return found
  },
  keySet(view) {
    return gathered(view, (into, { key }) => into.push(key.slice()))
  },
  values(view) {
    return gathered(view, (into, { value }) => into.push(value.slice()))
  },
  entrySet(view) {
    return gathered(view, (into, { key, value }) => into.push(key.slice(), value.slice()))
  },
  merge: mergeEntries,
  putAllWithMetadata: putVersions,
  clear: clearAll,
  evictAll: clearAll,
  lock,
  unlock,
  forceUnlock,
  isLocked,
  // what it takes back has not been done, or it would not have come here
  giveUp: () => null,
  letGo,
  executeOnKey(view, { key, value }) {
    return processEntry(view, key, view.code.processors.bind(value))
  },
  executeOnKeys: (view, { items, value }) => executeOn(view, distinct(items), view.code.processors.bind(value)),
  executeOnEntries(view, { value, expected }) {
    const bound = view.code.processors.bind(expected)
    return executeOn(view, view.latestMatching(value), bound, true)
  },
}

/** Answers key, result, key, result ... of those that have one. */
function executeOn(view: MapView, keys: readonly Uint8Array[], bound: BoundProcessor, onlyPresent = false): Uint8Array[] {
  const answers: Uint8Array[] = []
  for (const key of keys) {
    // what the processor made of others may have had no room beside this one
    if (onlyPresent && view.find(key) === null) continue
    const answer = processEntry(view, key, bound)
    if (answer !== null) answers.push(key.slice(), answer)
  }
  return answers
}

function distinct(keys: readonly Uint8Array[]): Uint8Array[] {
  const byHash = new Map<number, Uint8Array[]>()
  return keys.filter(key => {
    const hash = keyHash(key)
    const same = byHash.get(hash) ?? []
    if (same.some(other => sameData(other, key))) return false
    byHash.set(hash, [...same, key])
    return true
  })
}

function gathered(view: MapView, take: (into: Uint8Array[], entry: Visited) => void): Uint8Array[] {
  const into: Uint8Array[] = []
  view.each(entry => {
    take(into, entry)
    return true
  })
  return into
}

function clearAll(view: MapView): number {
  const entries = view.committedSize
  return entries > 0 || view.hasPending ? entries - view.clear() : 0
}

const runOf: ReadonlyMap<number, Run> = new Map((Object.keys(runs) as OpName[]).map(name => [opCode[name], runs[name]]))

/** @returns the result and what the view gathered. */
export function runOperation(view: MapView, request: MapRequest): Pick<Execution, 'result' | 'dependsOn'> {
  const run = runOf.get(request.op) as Run
  const result = run(view, request as Parameters<Run>[1])
  return { result, dependsOn: view.dependsOn }
}

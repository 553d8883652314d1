/**
 * The record store beside `Map<string, Buffer>`: nanoseconds per call and bytes per entry. Only reported; a number of
 * one machine and one moment proves nothing.
 *
 *     node --expose-gc bench/micro/storage.mjs [entries=1000000] [directory of the compiled core=packages/core/dist]
 */

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const entries = Number(process.argv[2] ?? 1_000_000)
const built = resolve(process.argv[3] ?? 'packages/core/dist', 'src')
const load = file => import(pathToFileURL(resolve(built, file)).href)
const { RecordStore } = await load('storage/record-store.js')
const { murmur3 } = await load('base/murmur3.js')
const { Prng } = await load('base/prng.js')

const VALUE_BYTES = 100
const meta = {
  version: 0,
  hits: 0,
  creationMs: 0,
  lastUpdateMs: 0,
  lastAccessMs: 0,
  ttlMs: 0,
  maxIdleMs: 0,
  expiresAtMs: Number.POSITIVE_INFINITY,
}
const value = Buffer.alloc(VALUE_BYTES, 7)
const order = new Prng(1).shuffled(Array.from({ length: entries }, (_, i) => i))
const keys = order.map(i => Buffer.from(`key-${String(i).padStart(8, '0')}`))
const absent = order.map(i => Buffer.from(`not-${String(i).padStart(8, '0')}`))
const hashes = Int32Array.from(keys, key => murmur3(key))
const absentHashes = Int32Array.from(absent, key => murmur3(key))

/** Every subject does the same to key number i; `longestUs` is the longest single call. */
function store() {
  const records = new RecordStore()
  return {
    put: i => records.put(keys[i], hashes[i], value, meta),
    get: i => records.value(records.find(keys[i], hashes[i])),
    miss: i => records.find(absent[i], absentHashes[i]),
    overwrite: i => records.put(keys[i], hashes[i], value.subarray(i % VALUE_BYTES), meta),
    remove: i => records.remove(keys[i], hashes[i]),
    scan() {
      let count = 0
      for (let cursor = 0; cursor !== -1; ) cursor = records.scan(cursor, 1000, () => count++)
      return count
    },
    bytes: () => records.reservedBytes,
  }
}

function map() {
  const held = new Map()
  return {
    put: i => held.set(keys[i].latin1Slice(), Buffer.from(value)),
    get: i => Buffer.from(held.get(keys[i].latin1Slice())),
    miss: i => held.get(absent[i].latin1Slice()),
    overwrite: i => held.set(keys[i].latin1Slice(), Buffer.from(value.subarray(i % VALUE_BYTES))),
    remove: i => held.delete(keys[i].latin1Slice()),
    scan() {
      let count = 0
      for (const _ of held) count++
      return count
    },
    bytes: () => undefined,
  }
}

const inUse = () => {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function measure(make) {
  const before = inUse()
  const subject = make()
  const row = {}
  const timed = (name, call) => {
    const from = performance.now()
    for (let i = 0; i < entries; i++) call(i)
    row[`${name} ns`] = Math.round(((performance.now() - from) / entries) * 1e6)
  }
  timed('put', subject.put)
  if (globalThis.gc !== undefined) row['bytes/entry'] = Math.round((inUse() - before) / entries)
  timed('get', subject.get)
  timed('miss', subject.miss)
  const from = performance.now()
  subject.scan()
  row['scan ns'] = Math.round(((performance.now() - from) / entries) * 1e6)
  timed('overwrite', subject.overwrite)
  let longest = 0
  for (let i = 0; i < entries; i++) {
    const at = performance.now()
    subject.overwrite((i * 7) % entries)
    longest = Math.max(longest, performance.now() - at)
  }
  row['longest write µs'] = Math.round(longest * 1000)
  timed('remove', subject.remove)
  return row
}

// a round that only warms up
measure(store)
measure(map)
console.log(`${entries} entries, keys of ${keys[0].length} bytes, values of ${VALUE_BYTES} bytes`)
console.table({ 'record store': measure(store), 'Map<string, Buffer>': measure(map) })

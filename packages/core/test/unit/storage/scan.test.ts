import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur3 } from '../../../src/base/murmur3.js'
import { Prng } from '../../../src/base/prng.js'
import { RecordStore } from '../../../src/storage/record-store.js'
import { plainMeta } from './store-model.js'

const keyOf = (n: number): Uint8Array => new Uint8Array([n >>> 24, n >>> 16, n >>> 8, n])
const numberOf = (key: Uint8Array): number => ((key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]!) >>> 0

/**
 * Scans while `between` writes, and checks the promise: what was there all the time is visited exactly once, and what
 * came or went at most once.
 */
function scanWhile(
  random: Prng,
  store: RecordStore,
  present: Set<number>,
  hashOf: (key: Uint8Array) => number,
  drift: number,
): number {
  const throughout = new Set(present)
  const visits = new Map<number, number>()
  let largest = 0
  const value = new Uint8Array(100)
  const write = (): void => {
    const n = random.below(20_000)
    const key = keyOf(n)
    if (random.below(100) < drift) {
      store.put(key, hashOf(key), value.subarray(0, random.below(100)), plainMeta)
      present.add(n)
    } else if (store.remove(key, hashOf(key))) {
      present.delete(n)
      throughout.delete(n)
    }
  }
  for (let cursor = 0; cursor !== -1; ) {
    const max = 1 + random.below(64)
    let visited = 0
    cursor = store.scan(cursor, max, ref => {
      const n = numberOf(store.key(ref))
      visits.set(n, (visits.get(n) ?? 0) + 1)
      assert.ok(present.has(n), 'a record that is not there')
      visited++
    })
    largest = Math.max(largest, visited - max)
    for (let i = random.below(60); i > 0; i--) write()
  }
  for (const n of throughout) assert.equal(visits.get(n), 1)
  for (const [, count] of visits) assert.equal(count, 1)
  return largest
}

test('a scan visits what stays exactly once while the store grows, shrinks and moves its records', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new Prng(seed)
    const store = new RecordStore({ slabBytesMin: 64, slabBytesMax: 4096 })
    const present = new Set<number>()
    for (const drift of [100, 95, 30, 70, 5, 2, 90, 0]) {
      const largest = scanWhile(random, store, present, murmur3, drift)
      assert.ok(largest <= 16, `${largest} records more than asked for`)
    }
  }
})

test('the same where hashes are shared', () => {
  for (let seed = 1; seed <= 4; seed++) {
    const random = new Prng(seed)
    const store = new RecordStore()
    const present = new Set<number>()
    for (const drift of [100, 60, 10, 90]) scanWhile(random, store, present, key => (murmur3(key) % 300) | 0, drift)
  }
})

test('a scan may take one record at a time, and starts over when asked', () => {
  const store = new RecordStore()
  for (let n = 0; n < 500; n++) store.put(keyOf(n), murmur3(keyOf(n)), new Uint8Array(3), plainMeta)
  for (let round = 0; round < 2; round++) {
    const seen: number[] = []
    for (let cursor = 0; cursor !== -1; ) cursor = store.scan(cursor, 1, ref => seen.push(numberOf(store.key(ref))))
    assert.deepEqual(
      seen.sort((a, b) => a - b),
      Array.from({ length: 500 }, (_, n) => n),
    )
  }
})

test('a cursor outlives a clear and a store that is filled again', () => {
  const store = new RecordStore()
  const fill = (): void => {
    for (let n = 0; n < 3000; n++) store.put(keyOf(n), murmur3(keyOf(n)), new Uint8Array(3), plainMeta)
  }
  fill()
  const cursor = store.scan(0, 1000, () => {})
  store.clear()
  assert.equal(
    store.scan(cursor, 10, () => assert.fail('nothing is there')),
    -1,
  )
  fill()
  let rest = 0
  for (let at = cursor; at !== -1; ) at = store.scan(at, 100, () => rest++)
  assert.ok(rest > 1900 && rest <= 2000, `${rest} visited after the first 1000`)
})

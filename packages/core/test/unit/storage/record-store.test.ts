import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvariantError } from '../../../src/base/assert.js'
import { isCobnutError } from '../../../src/base/errors.js'
import { murmur3 } from '../../../src/base/murmur3.js'
import { Prng } from '../../../src/base/prng.js'
import { type RecordMeta, RecordStore } from '../../../src/storage/record-store.js'
import { bytesOf, costOf, plainMeta, StoreModel } from './store-model.js'

const timed: RecordMeta = { ...plainMeta, hits: 1, creationMs: 5.5, lastUpdateMs: 6, lastAccessMs: 7 }
const limited: RecordMeta = { ...plainMeta, ttlMs: 100, maxIdleMs: 50, expiresAtMs: 1050 }
const empty = new Uint8Array(0)

function refOf(store: RecordStore, key: string): number {
  return store.find(bytesOf(key), murmur3(bytesOf(key)))
}

function putText(store: RecordStore, key: string, value: string, meta: RecordMeta = plainMeta): 'added' | 'updated' {
  return store.put(bytesOf(key), murmur3(bytesOf(key)), bytesOf(value), meta)
}

const textOf = (store: RecordStore, key: string): string => new TextDecoder().decode(store.value(refOf(store, key)))

test('an empty store holds no memory and finds nothing', () => {
  const store = new RecordStore()
  assert.equal(store.reservedBytes, 0)
  assert.equal(store.bytes, 0)
  assert.equal(store.find(bytesOf('a'), 1), -1)
  assert.equal(store.remove(bytesOf('a'), 1), false)
  assert.equal(
    store.scan(0, 10, () => assert.fail('nothing to visit')),
    -1,
  )
  store.clear()
  assert.equal(store.size, 0)
})

test('a store of one small record holds little more than a kilobyte, also after it grew and shrank', () => {
  const model = new StoreModel()
  const key = bytesOf('key')
  model.put(key, bytesOf('value'), plainMeta)
  assert.ok(model.store.reservedBytes <= 1200)
  for (let i = 0; i < 5000; i++) model.put(bytesOf(`key-${i}`), new Uint8Array(200), plainMeta)
  assert.ok(model.store.reservedBytes > 1_000_000)
  for (let i = 0; i < 5000; i++) model.remove(bytesOf(`key-${i}`))
  model.checkAll()
  model.checkReserved()
  model.remove(key)
  assert.equal(model.store.bytes, 0)
  model.checkReserved()
})

test('put replaces value and metadata, whether the record keeps its size or not', () => {
  const store = new RecordStore()
  assert.equal(putText(store, 'k', 'one', timed), 'added')
  assert.equal(putText(store, 'k', 'two', { ...timed, version: 1 }), 'updated')
  assert.equal(textOf(store, 'k'), 'two')
  assert.equal(putText(store, 'k', 'a longer value than before', limited), 'updated')
  assert.equal(textOf(store, 'k'), 'a longer value than before')
  assert.deepEqual(store.meta(refOf(store, 'k')), limited)
  assert.equal(store.size, 1)
})

test('the size stays but the parts change: 28 bytes of times for 28 bytes of value', () => {
  const model = new StoreModel()
  model.put(bytesOf('k'), new Uint8Array(28).fill(7), plainMeta)
  model.put(bytesOf('k'), empty, timed)
  model.checkAll()
  model.put(bytesOf('k'), new Uint8Array(28).fill(9), plainMeta)
  model.checkAll()
})

test('empty keys, empty values, and both', () => {
  const model = new StoreModel()
  model.put(empty, bytesOf('value of nothing'), plainMeta)
  model.put(bytesOf('k'), empty, limited)
  model.checkAll()
  model.put(empty, empty, plainMeta)
  model.checkAll()
  model.remove(empty)
  model.checkKey(empty)
  model.checkAll()
})

test('what is returned and what was given are copies', () => {
  const store = new RecordStore()
  const value = bytesOf('value')
  store.put(bytesOf('k'), 3, value, plainMeta)
  value.fill(0)
  const ref = store.find(bytesOf('k'), 3)
  store.value(ref).fill(0)
  store.key(ref).fill(0)
  assert.deepEqual(store.value(ref), bytesOf('value'))
  assert.deepEqual(store.key(ref), bytesOf('k'))
  const target = new Uint8Array(8)
  assert.equal(store.copyValue(ref, target, 2), 5)
  assert.deepEqual(target, bytesOf('\0\0value\0'))
})

test('an expiry time of 0 means never', () => {
  const store = new RecordStore()
  putText(store, 'k', 'v', { ...plainMeta, expiresAtMs: 0 })
  assert.equal(store.expirable, 0)
  assert.deepEqual(store.meta(refOf(store, 'k')), plainMeta)
  putText(store, 'k', 'v', { ...limited, expiresAtMs: 0 })
  assert.equal(store.expirable, 0)
  assert.deepEqual(store.meta(refOf(store, 'k')), { ...limited, expiresAtMs: Number.POSITIVE_INFINITY })
})

test('the accounts follow metadata that adds and drops parts of the record', () => {
  const model = new StoreModel()
  const key = bytesOf('k')
  model.put(key, bytesOf('v'), plainMeta)
  for (const meta of [limited, timed, { ...limited, ...timed, ttlMs: 9 }, plainMeta, { ...plainMeta, version: 2 ** 32 - 1 }]) {
    model.setMeta(key, meta)
    model.checkAll()
    assert.equal(model.store.bytes, costOf(1, 1, meta))
  }
})

test('touch is in place where the parts are there, and makes them where they are not', () => {
  const model = new StoreModel()
  const key = bytesOf('k')
  model.put(key, bytesOf('v'), { ...timed, maxIdleMs: 10, expiresAtMs: 20 })
  const ref = refOf(model.store, 'k')
  model.touch(key, 30, 2, 40)
  assert.equal(refOf(model.store, 'k'), ref)
  model.checkAll()
  model.touch(key, 30, 2, Number.POSITIVE_INFINITY)
  model.checkAll()
  model.put(key, bytesOf('v'), plainMeta)
  model.touch(key, 50, 1, Number.POSITIVE_INFINITY)
  model.checkAll()
  model.touch(key, 0, 0, 60)
  model.checkAll()
})

test('values of 1 MiB, overwritten, beside small ones', () => {
  const random = new Prng(1)
  const model = new StoreModel()
  for (let i = 0; i < 60; i++) {
    const size = random.chance(1, 2) ? 2 ** 20 + random.below(3) : random.below(300)
    model.put(bytesOf(`key-${random.below(12)}`), new Uint8Array(size).fill(i), plainMeta)
    model.checkReserved()
  }
  model.checkAll()
  for (let i = 0; i < 12; i++) model.remove(bytesOf(`key-${i}`))
  model.checkAll()
  model.checkReserved()
})

test('keys above the slab size', () => {
  const model = new StoreModel({ slabBytesMin: 64, slabBytesMax: 256 })
  for (let i = 0; i < 20; i++) model.put(new Uint8Array(2000 + i).fill(i), bytesOf('v'), timed)
  model.checkAll()
  for (let i = 0; i < 20; i += 2) model.remove(new Uint8Array(2000 + i).fill(i))
  model.checkAll()
})

test('records whose hashes are all the same are told apart by their keys', () => {
  for (const hash of [0, -1, -0x80000000]) {
    const model = new StoreModel({}, () => hash)
    for (let i = 0; i < 1500; i++) model.put(bytesOf(`key-${i}`), bytesOf(`value-${i}`), plainMeta)
    model.checkAll()
    model.checkReserved()
    for (let i = 0; i < 1500; i++) if (i % 100 !== 0) model.remove(bytesOf(`key-${i}`))
    model.checkAll()
    model.checkReserved()
  }
})

test('hashes that differ only in their last bits, or only in their first, do not crowd', () => {
  for (const shift of [0, 8, 16]) {
    const model = new StoreModel({}, key => (key[0]! * 256 + key[1]!) << shift)
    for (let i = 0; i < 20_000; i++) model.put(new Uint8Array([i >> 8, i & 255]), empty, plainMeta)
    model.checkReserved()
    model.checkAll()
  }
})

test('what is reserved follows what is held, in whatever order records leave', () => {
  const numbers = Array.from({ length: 20_000 }, (_, i) => i)
  const keys = numbers.map(i => bytesOf(String(i)))
  const hashes = keys.map(key => murmur3(key))
  const orders = {
    first: numbers,
    last: [...numbers].reverse(),
    every50th: [...numbers].sort((a, b) => (a % 50) - (b % 50)),
    byHash: [...numbers].sort((a, b) => hashes[a]! - hashes[b]!),
  }
  for (const valueLength of [0, 100, 1000]) {
    for (const order of Object.values(orders)) {
      const store = new RecordStore()
      for (const i of numbers) store.put(keys[i]!, hashes[i]!, new Uint8Array(valueLength), plainMeta)
      for (const i of order) {
        store.remove(keys[i]!, hashes[i]!)
        assert.ok(store.reservedBytes <= 3 * store.bytes + 8192, `${store.reservedBytes} for ${store.bytes}`)
      }
    }
  }
})

test('a million records come and go', () => {
  const store = new RecordStore()
  const key = new Uint8Array(8)
  const view = new DataView(key.buffer)
  const value = new Uint8Array(16)
  const keyOf = (i: number): Uint8Array => {
    view.setUint32(4, i)
    return key
  }
  for (let i = 0; i < 1_000_000; i++) store.put(keyOf(i), murmur3(keyOf(i)), value, plainMeta)
  assert.equal(store.size, 1_000_000)
  assert.equal(store.bytes, 1_000_000 * costOf(8, 16, plainMeta))
  assert.ok(store.reservedBytes < 1.5 * store.bytes)
  let visited = 0
  for (let cursor = 0; cursor !== -1; ) cursor = store.scan(cursor, 1000, () => visited++)
  assert.equal(visited, 1_000_000)
  for (let i = 0; i < 1_000_000; i++) if (i % 1000 !== 0) assert.ok(store.remove(keyOf(i), murmur3(keyOf(i))))
  assert.equal(store.size, 1000)
  assert.ok(store.reservedBytes < 3 * store.bytes + 8192)
  for (let i = 0; i < 1_000_000; i += 1000) assert.ok(store.find(keyOf(i), murmur3(keyOf(i))) >= 0)
  for (let i = 1000; i < 1_000_000; i += 1000) store.remove(keyOf(i), murmur3(keyOf(i)))
  assert.equal(store.size, 1)
  assert.ok(store.reservedBytes < 8192)
})

test('a ref that outlived its record, a write within a scan and a length beyond the limits are refused', () => {
  const store = new RecordStore()
  putText(store, 'k', 'v')
  putText(store, 'other', 'v')
  const ref = refOf(store, 'k')
  store.scan(0, 1, () => assert.throws(() => putText(store, 'x', 'y'), InvariantError))
  store.scan(0, 1, () => assert.throws(() => store.clear(), InvariantError))
  store.remove(bytesOf('k'), murmur3(bytesOf('k')))
  assert.throws(() => store.value(ref), InvariantError)
  assert.throws(() => store.value(-1), InvariantError)
  const tooLong = { length: 2 ** 28 } as Uint8Array
  assert.throws(
    () => store.put(tooLong, 1, empty, plainMeta),
    e => isCobnutError(e, 'ARGUMENT'),
  )
  assert.throws(
    () => store.put(empty, 1, { length: 2 ** 30 + 1 } as Uint8Array, plainMeta),
    e => isCobnutError(e, 'ARGUMENT'),
  )
  assert.equal(store.size, 1)
})

test('a scan whose visitor throws leaves a store that can be written', () => {
  const store = new RecordStore()
  putText(store, 'k', 'v')
  assert.throws(() =>
    store.scan(0, 1, () => {
      throw new Error('mine')
    }),
  )
  assert.equal(putText(store, 'k', 'w'), 'updated')
})

test('a store that has no address left refuses the next slab and stays as it was', () => {
  const store = new RecordStore({ slabBytesMin: 64, slabBytesMax: 64 })
  const value = new Uint8Array(8)
  const key = (i: number): Uint8Array => bytesOf(`key-${i}`)
  let count = 0
  assert.throws(
    () => {
      for (; count < 20_000; count++) store.put(key(count), murmur3(key(count)), value, plainMeta)
    },
    e => isCobnutError(e, 'OVERLOADED'),
  )
  assert.equal(store.size, count)
  assert.equal(store.find(key(count), murmur3(key(count))), -1)
  assert.ok(store.remove(key(0), murmur3(key(0))))
  assert.equal(store.put(key(count), murmur3(key(count)), value, plainMeta), 'added')
})

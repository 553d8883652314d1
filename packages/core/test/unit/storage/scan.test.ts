import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur3 } from '../../../src/base/murmur3.js'
import { Prng } from '../../../src/base/prng.js'
import { RecordStore } from '../../../src/storage/record-store.js'
import { plainMeta } from './store-model.js'

const keyOf = (n: number): Uint8Array => new Uint8Array([n >>> 24, n >>> 16, n >>> 8, n])
const numberOf = (key: Uint8Array): number => ((key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]!) >>> 0

/** A store that is written while it is scanned. */
class Scanned {
  readonly store = new RecordStore({ slabBytesMin: 64, slabBytesMax: 4096 })
  readonly #random: Prng
  readonly #hashOf: (key: Uint8Array) => number
  readonly #present = new Set<number>()
  /** There since the scan began. */
  #throughout = new Set<number>()
  readonly #value = new Uint8Array(100)

  constructor(seed: number, hashOf: (key: Uint8Array) => number) {
    this.#random = new Prng(seed)
    this.#hashOf = hashOf
  }

  /** @param puts in 100 writes; the rest are removes. */
  write(times: number, puts: number): void {
    for (let i = 0; i < times; i++) {
      const n = this.#random.below(20_000)
      const key = keyOf(n)
      if (this.#random.below(100) < puts) {
        this.store.put(key, this.#hashOf(key), this.#value.subarray(this.#random.below(100)), plainMeta)
        this.#present.add(n)
      } else if (this.store.remove(key, this.#hashOf(key))) {
        this.#present.delete(n)
        this.#throughout.delete(n)
      }
    }
  }

  /**
   * One scan, with writes between its calls, and the promise: what was there all the time is visited exactly once, and
   * what came or went at most once. Returns by how many records a call went beyond what it was asked for.
   */
  scan(writesMax: number, puts: number): number {
    this.#throughout = new Set(this.#present)
    const visited = new Set<number>()
    let beyond = 0
    for (let cursor = 0; cursor !== -1; ) {
      const max = 1 + this.#random.below(64)
      let count = 0
      cursor = this.store.scan(cursor, max, ref => {
        const n = numberOf(this.store.key(ref))
        assert.ok(this.#present.has(n), 'a record that is not there')
        assert.ok(!visited.has(n), 'a record visited twice')
        visited.add(n)
        count++
      })
      beyond = Math.max(beyond, count - max)
      this.write(this.#random.below(writesMax), puts)
    }
    for (const n of this.#throughout) assert.ok(visited.has(n), 'a record that was missed')
    return beyond
  }
}

test('a scan visits what stays exactly once while the store grows, shrinks and moves its records', () => {
  for (let seed = 1; seed <= 4; seed++) {
    const scanned = new Scanned(seed, murmur3)
    scanned.write(1000, 100)
    const scan = (puts: number): number => {
      const before = scanned.store.size
      assert.equal(scanned.scan(400, puts), 0, 'more records than asked for')
      return scanned.store.size / before
    }
    assert.ok(scan(100) > 3, 'the store should have grown within the scan')
    scan(60)
    assert.ok(scan(1) < 1 / 3, 'the store should have shrunk within the scan')
    scan(90)
    scan(2)
  }
})

test('the same where hashes are shared', () => {
  for (let seed = 1; seed <= 4; seed++) {
    const scanned = new Scanned(seed, key => (murmur3(key) % 300) | 0)
    scanned.write(1000, 100)
    for (const puts of [100, 60, 10, 90]) scanned.scan(100, puts)
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

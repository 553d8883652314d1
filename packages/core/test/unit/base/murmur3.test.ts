import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import { hashToIndex, murmur3 } from '../../../src/base/murmur3.js'

/** What the official client computes: it decides where it sends a key. */
const { murmur: clientMurmur }: { murmur: (bytes: Buffer) => number } = createRequire(import.meta.url)(
  'hazelcast-client/lib/invocation/Murmur',
)

const known: readonly (readonly [payloadHex: string, hash: number, partition: number])[] = [
  ['', -1585187909, 238],
  ['01', 535970202, 223],
  ['000000016b', 211586814, 41],
  ['00000002c3a9', 1840266139, 260],
  ['00000003666f6f', 947302427, 247],
  ['3ff0000000000000', -302536677, 136],
  ['0000000b68656c6c6f20776f726c64', 1531991486, 31],
]

test('known hashes and their partitions of 271', () => {
  for (const [hex, hash, partition] of known) {
    assert.equal(murmur3(Buffer.from(hex, 'hex')), hash, hex)
    assert.equal(hashToIndex(hash, 271), partition, hex)
  }
})

test('the hash is the one that the official client computes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
      assert.equal(murmur3(bytes), clientMurmur(Buffer.from(bytes)))
    }),
  )
})

test('the hash is of the part that was asked for, wherever it lies', () => {
  const bytes = fc.uint8Array({ maxLength: 40 })
  fc.assert(
    fc.property(bytes, bytes, bytes, (before, part, after) => {
      const whole = Uint8Array.from([...before, ...part, ...after])
      assert.equal(murmur3(whole, before.length, before.length + part.length), murmur3(part))
    }),
  )
})

test('every hash has a partition', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 1000 }), (hash, count) => {
      const index = hashToIndex(hash, count)
      assert.ok(Number.isInteger(index) && index >= 0 && index < count)
    }),
  )
  assert.equal(hashToIndex(-0x80000000, 271), 0)
})

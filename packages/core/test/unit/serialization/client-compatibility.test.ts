/** Bytes compared with those of the official client's own serializer, for values of every kind it knows. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Data, keyHash, partitionHash, partitionOf, sameData } from '../../../src/serialization/data.js'
import { SerializationService } from '../../../src/serialization/serialization-service.js'
import {
  BigDecimal,
  JsonValue,
  LocalDate,
  LocalDateTime,
  LocalTime,
  OffsetDateTime,
  Typed,
  UnknownData,
  Uuid,
} from '../../../src/serialization/values.js'

const require = createRequire(import.meta.url)

/** The few internals of the client that the comparison needs. */
interface ClientData {
  toBuffer(): Buffer
  getPartitionHash(): number
}
interface ClientSerialization {
  toData(value: unknown): ClientData
  toObject(data: ClientData): unknown
}

const { SerializationServiceV1 } = require('hazelcast-client/lib/serialization/SerializationService')
const { SerializationConfigImpl } = require('hazelcast-client/lib/config/SerializationConfig')
const { HeapData } = require('hazelcast-client/lib/serialization/HeapData')
const hazelcast = require('hazelcast-client')
const Long = require('long')

const theirs: ClientSerialization = new SerializationServiceV1(new SerializationConfigImpl(), {})
const ours = new SerializationService()
const theirData = (bytes: Data): ClientData => new HeapData(Buffer.from(bytes))

function sameBytes(mine: unknown, their: unknown = mine): void {
  assert.equal(Buffer.from(ours.toData(mine)).toString('hex'), theirs.toData(their).toBuffer().toString('hex'))
}

describe('serialization: bytes of hazelcast-client', () => {
  it('strings', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => sameBytes(text)))
    for (const text of ['', 'k', 'é', '😀', '\ud800', 'x'.repeat(100_000)]) sameBytes(text)
  })

  it('numbers, booleans, null, dates', () => {
    fc.assert(fc.property(fc.double(), n => sameBytes(n)))
    for (const value of [0, -0, 1, -1, 2 ** 53, Number.NaN, Infinity, true, false, null, new Date(0), new Date(-1)])
      sameBytes(value)
  })

  it('bigints that the client can read back', () => {
    const readable = fc.bigInt().filter(n => theirs.toObject(theirs.toData(n === -1n ? 0n : n)) === n)
    fc.assert(fc.property(readable, n => sameBytes(n)))
    for (const n of [0n, 1n, 10n, 127n, 128n, 255n, 256n, -2n, -128n, -384n, 2n ** 64n, -(2n ** 63n)]) sameBytes(n)
  })

  it('keeps the bigints that the client loses', () => {
    for (const n of [-1n, -129n, -256n, -65_409n]) {
      const data = ours.toData(n)
      assert.equal(ours.toObject(data), n)
      assert.equal(theirs.toObject(theirData(data)), n)
    }
    assert.equal(ours.toObject(Buffer.from('00000000ffffffe600000000', 'hex')), -1n, 'the way the client writes -1')
  })

  it('buffers and arrays', () => {
    sameBytes(Buffer.from('ab'))
    sameBytes(Buffer.alloc(0))
    fc.assert(fc.property(fc.array(fc.double()), list => sameBytes(list)))
    fc.assert(fc.property(fc.array(fc.string(), { minLength: 1 }), list => sameBytes(list)))
    sameBytes([])
    sameBytes([true, false, true])
    sameBytes(['a', null, 'b'])
    sameBytes([null, 1])
    sameBytes([{ a: 1 }, { b: [2] }])
    sameBytes([
      [1, 2],
      ['a', 'b'],
    ])
  })

  it('objects as JSON, with their partition key', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), value => sameBytes(value)))
    sameBytes({ partitionKey: 'other', name: 'x' })
    sameBytes(new JsonValue('{"a": 1 }'), new hazelcast.HazelcastJsonValue('{"a": 1 }'))
  })

  it('types that JavaScript does not have', () => {
    const long = (hi: number, lo: number): unknown => new Long(lo, hi)
    sameBytes(
      new Uuid('00112233-4455-6677-8899-aabbccddeeff'),
      new hazelcast.UUID(long(0x00112233, 0x44556677), long(-0x77665545, -0x33221101)),
    )
    sameBytes(new BigDecimal(-123n, 1), hazelcast.BigDecimal.fromString('-12.3'))
    sameBytes(new BigDecimal(123_456n, 4), hazelcast.BigDecimal.fromString('12.3456'))
    sameBytes(new LocalDate(2020, 2, 3), new hazelcast.LocalDate(2020, 2, 3))
    sameBytes(new LocalTime(23, 59, 58, 999_999_999), new hazelcast.LocalTime(23, 59, 58, 999_999_999))
    const dateTime = new LocalDateTime(new LocalDate(-5, 12, 31), new LocalTime(1, 2, 3, 4))
    sameBytes(dateTime, hazelcast.LocalDateTime.from(-5, 12, 31, 1, 2, 3, 4))
    sameBytes(new OffsetDateTime(dateTime, -3600), hazelcast.OffsetDateTime.from(-5, 12, 31, 1, 2, 3, 4, -3600))
    sameBytes(new Typed('long', 5n), Long.fromNumber(5))
    sameBytes(new Typed('long[]', [1, -1n]), [Long.fromNumber(1), Long.fromNumber(-1)])
  })

  it('numbers of a chosen width, as the client writes them when it is told to', () => {
    for (const kind of ['byte', 'short', 'float'] as const) {
      const config = new SerializationConfigImpl()
      config.defaultNumberType = kind
      const told: ClientSerialization = new SerializationServiceV1(config, {})
      assert.deepEqual(Buffer.from(ours.toData(new Typed(kind, 7))), told.toData(7).toBuffer())
    }
    const config = new SerializationConfigImpl()
    config.defaultNumberType = 'integer'
    const told: ClientSerialization = new SerializationServiceV1(config, {})
    assert.deepEqual(Buffer.from(ours.toData(new Typed('int', -7))), told.toData(-7).toBuffer())
    assert.deepEqual(Buffer.from(ours.toData(new Typed('int[]', [1, 2]))), told.toData([1, 2]).toBuffer())
  })

  it('partition of a key', () => {
    const key = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.array(fc.double()), fc.record({ partitionKey: fc.string() }))
    fc.assert(
      fc.property(key, value => {
        const data = ours.toData(value)
        assert.equal(partitionHash(data), theirs.toData(value).getPartitionHash())
      }),
    )
    assert.equal(partitionOf(ours.toData('foo'), 271), 247)
    assert.equal(partitionOf(ours.toData('hello world'), 271), 31)
    assert.equal(partitionOf(ours.toData(1), 271), 136)
  })

  it('a filled-in partition hash does not make another key', () => {
    const plain = ours.toData('k')
    const filled = Uint8Array.from(plain)
    filled.set([0, 0, 0, 9])
    assert.ok(sameData(plain, filled))
    assert.equal(keyHash(plain), keyHash(filled))
    assert.notEqual(partitionHash(plain), partitionHash(filled))
    assert.ok(!sameData(plain, ours.toData('l')))
    assert.ok(!sameData(plain, ours.toData('kk')))
  })

  it('reads what the client writes', () => {
    const values = [
      1.5,
      'x',
      true,
      null,
      [1, 2],
      ['a', null],
      [true],
      { a: [1, { b: null }] },
      12n,
      Buffer.from('zz'),
      new Date(5),
    ]
    for (const value of values) assert.deepEqual(ours.toObject(theirs.toData(value).toBuffer()), value)
    assert.equal(ours.toObject(theirs.toData(Long.fromNumber(77)).toBuffer()), 77n)
    assert.ok(!(ours.toObject(theirs.toData({ readable: true }).toBuffer()) instanceof UnknownData))
  })
})

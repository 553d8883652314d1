import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isCobnutError } from '../../../src/base/errors.js'
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

const service = new SerializationService()
const hex = (...parts: string[]): Buffer => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex')
const read = (...parts: string[]): unknown => service.toObject(hex('00000000', ...parts))
const there = (value: unknown): unknown => service.toObject(service.toData(value))
const refusedWith = (code: 'SERIALIZATION' | 'ARGUMENT') => (e: unknown) => isCobnutError(e, code)

describe('serialization: there and back', () => {
  it('gives back what was put', () => {
    const dateTime = new LocalDateTime(new LocalDate(2024, 2, 29), new LocalTime(1, 2, 3, 4))
    const values = [
      'text',
      -0.5,
      true,
      null,
      10n ** 40n,
      -(10n ** 40n),
      Buffer.from([1, 2]),
      new Date(1_700_000_000_000),
      [1, 2.5],
      ['a', null],
      [1, 'a', null, { b: false }],
      { deep: { er: [1] } },
      new Uuid('A0112233-4455-6677-8899-AABBCCDDEEFF'),
      new BigDecimal(-1n, 3),
      dateTime,
      new OffsetDateTime(dateTime, 3600),
    ]
    for (const value of values) assert.deepEqual(there(value), value)
    fc.assert(fc.property(fc.bigInt(), n => assert.equal(there(n), n)))
    assert.deepEqual(there(new Uint8Array([7])), Buffer.from([7]))
    assert.deepEqual([there(new Typed('int', -3)), there(new Typed('long', 3)), there(new Typed('short[]', [1]))], [-3, 3n, [1]])
  })

  it('keeps JSON text that is not JSON', () => {
    assert.deepEqual(there(new JsonValue('{"a":1}')), { a: 1 })
    assert.deepEqual(there(new JsonValue('{oops')), new JsonValue('{oops'))
  })

  it('refuses what it could not give back', () => {
    const cycle: { self?: object } = {}
    cycle.self = cycle
    const refused = [
      Promise.resolve(1),
      undefined,
      () => 1,
      Symbol('s'),
      new Map(),
      new Set(),
      new Float64Array(1),
      new ArrayBuffer(1),
      [undefined, 1],
    ]
    for (const value of [...refused, cycle, { n: 1n }, new Date(Number.NaN)]) {
      assert.throws(() => service.toData(value), refusedWith('SERIALIZATION'))
    }
    for (const typed of [
      new Typed('byte', 128),
      new Typed('int', 1.5),
      new Typed('long', 2n ** 63n),
      new Typed('short[]', [40_000]),
    ]) {
      assert.throws(() => service.toData(typed), refusedWith('SERIALIZATION'))
    }
    assert.throws(() => new Typed('int', [1]), refusedWith('ARGUMENT'))
    assert.throws(() => new Uuid('nonsense'), refusedWith('ARGUMENT'))
  })
})

describe('serialization: what others write', () => {
  const int = (n: number): string => `fffffff9 ${(n >>> 0).toString(16).padStart(8, '0')}`

  it('numbers and collections of Java and Python', () => {
    assert.equal(read(int(5)), 5)
    assert.equal(read('fffffff8 ffffffffffffffff'), -1n)
    assert.equal(read('fffffffd 80'), -128)
    assert.equal(read('fffffffb 0041'), 'A')
    assert.deepEqual(read('ffffffe3 00000002', int(1), 'fffffff5 00000001 61'), [1, 'a'])
    assert.deepEqual(read('ffffffe2 00000001 00000000'), [null])
    assert.deepEqual(read('ffffffe0 00000001', int(1), int(2)), new Map([[1, 2]]))
    assert.deepEqual(read('ffffffdb 00000001', int(1)), new Set([1]))
    assert.deepEqual(read('ffffffda 00000000 00000001', int(1)), new Set([1]))
    assert.deepEqual(read('ffffffdc 00000000 00000001', int(1), int(2)), new Map([[1, 2]]))
    assert.deepEqual(read('ffffffea', int(1), int(2)), [1, 2])
    assert.equal(read('ffffffce 00'), null)
    assert.equal(read('ffffffce 01', int(3)), 3)
    assert.equal(read('fffffff4 ffffffff'), null)
  })

  it('what it cannot open stays as it is', () => {
    for (const type of ['ffffffff', 'ffffffc9', 'ffffff88', '00000007']) {
      const blob = hex('00000001', type, '01020304')
      const value = service.toObject(blob)
      assert.ok(value instanceof UnknownData)
      assert.deepEqual(Buffer.from(service.toData(value)), blob)
    }
    assert.ok(read('ffffffe3 00000001 ffffffff 00') instanceof UnknownData, 'inside a list too')
  })

  it('lies and ends cut off are kept, not followed', () => {
    const deep = 'ffffffe3 00000001'.repeat(2_000)
    for (const bytes of [
      'fffffff5 7fffffff 61',
      'fffffff5 fffffffe',
      'ffffffe3 7fffffff',
      'fffffff6 00',
      'fffffffc 01 00',
      deep,
    ]) {
      assert.ok(read(bytes) instanceof UnknownData)
    }
    fc.assert(
      fc.property(fc.integer({ min: -140, max: 2 }), fc.uint8Array({ maxLength: 60 }), (type, payload) => {
        const blob = Buffer.alloc(8 + payload.length)
        blob.writeInt32BE(type, 4)
        blob.set(payload, 8)
        service.toObject(blob)
      }),
      { numRuns: 2_000 },
    )
    assert.throws(() => service.toObject(new Uint8Array(7)), refusedWith('SERIALIZATION'))
  })

  it('does not share memory with the blob', () => {
    const blob = service.toData(Buffer.from([1, 2, 3]))
    const value = service.toObject(blob) as Buffer
    blob.fill(0)
    assert.deepEqual(value, Buffer.from([1, 2, 3]))
  })
})

describe('serialization: text of the values', () => {
  it('reads as people write it', () => {
    const dateTime = new LocalDateTime(new LocalDate(2024, 2, 9), new LocalTime(1, 2, 3, 0))
    assert.equal(new BigDecimal(-5n, 3).toString(), '-0.005')
    assert.equal(new BigDecimal(12_345n, 2).toString(), '123.45')
    assert.equal(new BigDecimal(7n, -2).toString(), '7E2')
    assert.equal(new OffsetDateTime(dateTime, -5400).toString(), '2024-02-09T01:02:03-01:30')
    assert.equal(new OffsetDateTime(dateTime, 0).toString(), '2024-02-09T01:02:03Z')
    assert.equal(new LocalTime(1, 2, 3, 4).toString(), '01:02:03.000000004')
  })
})

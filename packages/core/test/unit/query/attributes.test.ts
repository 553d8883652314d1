/** Attributes read out of values that the official client serialized. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { comparableOf } from '../../../src/query/comparable.js'
import { Opener } from '../../../src/query/opener.js'
import { Many, parsePath } from '../../../src/query/path.js'
import { attributeData, QueryEntry } from '../../../src/query/query-entry.js'
import type { Data } from '../../../src/serialization/data.js'
import { SerializationService } from '../../../src/serialization/serialization-service.js'
import { Typed } from '../../../src/serialization/values.js'
import { clientSerialization, compact, entryOf, field, hazelcast, own, theirs } from './support.js'

const Long = createRequire(import.meta.url)('long')

const service = new SerializationService()

function read(data: Data, attribute: string): unknown {
  const found = entryOf(own('k'), data).attribute(parsePath(attribute))
  const one = (value: unknown): unknown => (value === null ? null : plain(service.toObject(attributeData(value))))
  return found instanceof Many ? { any: found.items.map(one) } : one(found)
}

const plain = (value: unknown): unknown => (value instanceof Object && 'text' in value ? String(value) : value)

test('paths into JSON', () => {
  const data = own({ a: { b: [{ c: 1 }, { c: 'x' }] }, tags: ['r', 's'], none: [], t: true, d: 1.5, n: null })
  const rows: [string, unknown][] = [
    ['a.b[0].c', 1n],
    ['a.b[1].c', 'x'],
    ['a.b[2].c', null],
    ['a.b[any].c', { any: [1n, 'x'] }],
    ['tags[any]', { any: ['r', 's'] }],
    ['none[any]', { any: [null] }],
    ['missing[any]', null],
    ['t', true],
    ['this.d', 1.5],
    ['n', null],
    ['a.missing.more', null],
    ['toString', null],
    ['__proto__', null],
  ]
  for (const [attribute, expected] of rows) assert.deepEqual(read(data, attribute), expected, attribute)
})

test('plain values and keys', () => {
  assert.equal(read(theirs('x'), 'this'), 'x')
  assert.equal(read(theirs(5), 'this'), 5)
  assert.equal(read(theirs(Long.fromNumber(5)), 'this'), 5n)
  assert.deepEqual(read(theirs([1, 2]), 'this[any]'), { any: [1, 2] })
  assert.equal(read(own(new Typed('long[]', [1n, 2n])), 'this[1]'), 2n)
  const entry = entryOf(own({ id: 7 }), own('v'))
  assert.equal(comparableOf(entry.attribute(parsePath('__key.id')))?.key, 7)
  assert.equal(comparableOf(entry.attribute(parsePath('__key#id')))?.key, 7)
})

test('paths that are none are refused', () => {
  for (const path of ['', '.', 'a..b', 'a[', 'a[x]', '[0]', 'a]', 'a[0]b', 'a[-1]', 'x'.repeat(5_000)]) {
    assert.throws(() => parsePath(path), { code: 'QUERY' }, path)
  }
  assert.equal(parsePath(' this.a[any].b[0] ').text, 'a[any].b[0]')
  assert.equal(parsePath('this').text, 'this')
})

const compactFields = {
  boolTrue: field.BOOLEAN!(true),
  boolFalse: field.BOOLEAN!(false),
  int8: field.INT8!(-3),
  int16: field.INT16!(-300),
  int32: field.INT32!(70_000),
  int64: field.INT64!(Long.fromString('9007199254740993')),
  float32: field.FLOAT32!(1.5),
  float64: field.FLOAT64!(-2.25),
  text: field.STRING!('é😀'),
  noText: field.STRING!(null),
  decimal: field.DECIMAL!(hazelcast.BigDecimal.fromString('-12.345')),
  time: field.TIME!(new hazelcast.LocalTime(1, 2, 3, 4)),
  date: field.DATE!(new hazelcast.LocalDate(2020, 2, 3)),
  stamp: field.TIMESTAMP!(hazelcast.LocalDateTime.fromString('2020-02-03T01:02:03')),
  zoned: field.TIMESTAMP_WITH_TIMEZONE!(hazelcast.OffsetDateTime.fromString('2020-02-03T01:02:03+01:00')),
  bits: field.ARRAY_OF_BOOLEAN!([true, false, true, true, false, true, false, true, true]),
  bytes: field.ARRAY_OF_INT8!(Buffer.from([1, 255])),
  shorts: field.ARRAY_OF_INT16!([1, -2]),
  ints: field.ARRAY_OF_INT32!([1, -2]),
  longs: field.ARRAY_OF_INT64!([Long.fromNumber(3)]),
  floats: field.ARRAY_OF_FLOAT32!([0.5]),
  doubles: field.ARRAY_OF_FLOAT64!([0.1, 0.2]),
  texts: field.ARRAY_OF_STRING!(['a', null, 'c']),
  maybe: field.NULLABLE_INT32!(5),
  maybeNot: field.NULLABLE_INT32!(null),
  maybeBool: field.NULLABLE_BOOLEAN!(true),
  maybes: field.ARRAY_OF_NULLABLE_INT64!([Long.fromNumber(1), null]),
  inner: field.GENERIC_RECORD!(compact('inner', { x: field.INT32!(9), s: field.STRING!('in') })),
  inners: field.ARRAY_OF_GENERIC_RECORD!([
    compact('inner', { x: field.INT32!(1), s: field.STRING!('one') }),
    null,
    compact('inner', { x: field.INT32!(2), s: field.STRING!('two') }),
  ]),
}

const commonRows: [string, unknown][] = [
  ['boolTrue', true],
  ['boolFalse', false],
  ['int8', -3],
  ['int16', -300],
  ['int32', 70_000],
  ['int64', 9007199254740993n],
  ['float32', 1.5],
  ['float64', -2.25],
  ['text', 'é😀'],
  ['noText', null],
  ['bits[any]', { any: [true, false, true, true, false, true, false, true, true] }],
  ['bytes[1]', -1],
  ['shorts[1]', -2],
  ['ints[any]', { any: [1, -2] }],
  ['longs[0]', 3n],
  ['floats[0]', 0.5],
  ['doubles[1]', 0.2],
  ['texts[any]', { any: ['a', null, 'c'] }],
  ['inner.x', 9],
  ['inner.s', 'in'],
  ['missing', null],
]

test('every kind of field of a Compact value', () => {
  const data = theirs(compact('all', compactFields))
  const rows: [string, unknown][] = [
    ...commonRows,
    ['maybe', 5],
    ['maybeNot', null],
    ['maybeBool', true],
    ['maybes[any]', { any: [1n, null] }],
    ['inners[any].s', { any: ['one', null, 'two'] }],
    ['inners[2].x', 2],
  ]
  for (const [attribute, expected] of rows) assert.deepEqual(read(data, attribute), expected, attribute)
  const text = (attribute: string): string =>
    String(service.toObject(attributeData(entryOf(own(1), data).attribute(parsePath(attribute)))))
  assert.equal(text('decimal'), '-12.345')
  assert.equal(text('time'), '01:02:03.000000004')
  assert.equal(text('date'), '2020-02-03')
  assert.equal(text('stamp'), '2020-02-03T01:02:03')
  assert.equal(text('zoned'), '2020-02-03T01:02:03+01:00')
})

test('a Compact value inside another one can stand alone, in every size of offsets', () => {
  for (const length of [1, 300, 70_000]) {
    const inner = { s: field.STRING!('x'.repeat(length)), t: field.STRING!('end'), n: field.INT32!(4) }
    const alone = theirs(compact('alone', inner))
    const outer = theirs(
      compact('outer', { first: field.STRING!('y'.repeat(length)), inner: field.GENERIC_RECORD!(compact('alone', inner)) }),
    )
    const found = entryOf(own(1), outer).attribute(parsePath('inner'))
    assert.deepEqual(Buffer.from(attributeData(found)), Buffer.from(alone))
    assert.equal(read(outer, 'inner.t'), 'end')
    assert.equal(read(alone, 'n'), 4)
  }
  const fixed = theirs(compact('fixed', { a: field.BOOLEAN!(true), n: field.INT16!(7) }))
  const outer = theirs(
    compact('outer2', { inner: field.GENERIC_RECORD!(compact('fixed', { a: field.BOOLEAN!(true), n: field.INT16!(7) })) }),
  )
  assert.deepEqual(Buffer.from(attributeData(entryOf(own(1), outer).attribute(parsePath('inner')))), Buffer.from(fixed))
})

test('a Compact value of an unknown schema is said to be so', () => {
  const data = theirs(compact('unheard', { n: field.INT32!(1) }))
  const entry = new QueryEntry(own('k'), data, new Opener({ get: () => null }))
  assert.throws(() => entry.attribute(parsePath('n')), { code: 'SCHEMA_UNKNOWN' })
})

/** A Portable with fields of all types, written by the client through this class. */
class Everything {
  factoryId = 1
  classId = 2
  version = 0
  depth: number

  constructor(depth: number) {
    this.depth = depth
  }

  readPortable(): void {}

  // biome-ignore lint/suspicious/noExplicitAny: the client's writer
  writePortable(writer: any): void {
    writer.writeBoolean('boolTrue', true)
    writer.writeBoolean('boolFalse', false)
    writer.writeByte('int8', -3)
    writer.writeShort('int16', -300)
    writer.writeInt('int32', 70_000)
    writer.writeLong('int64', Long.fromString('9007199254740993'))
    writer.writeFloat('float32', 1.5)
    writer.writeDouble('float64', -2.25)
    writer.writeString('text', 'é😀')
    writer.writeString('noText', null)
    writer.writeBooleanArray('bits', [true, false, true, true, false, true, false, true, true])
    writer.writeByteArray('bytes', Buffer.from([1, 255]))
    writer.writeShortArray('shorts', [1, -2])
    writer.writeIntArray('ints', [1, -2])
    writer.writeLongArray('longs', [Long.fromNumber(3)])
    writer.writeFloatArray('floats', [0.5])
    writer.writeDoubleArray('doubles', [0.1, 0.2])
    writer.writeStringArray('texts', ['a', null, 'c'])
    writer.writeDecimal('decimal', hazelcast.BigDecimal.fromString('-12.345'))
    writer.writeTime('time', new hazelcast.LocalTime(1, 2, 3, 4))
    writer.writeDate('date', new hazelcast.LocalDate(2020, 2, 3))
    writer.writeTimestamp('stamp', hazelcast.LocalDateTime.fromString('2020-02-03T01:02:03'))
    writer.writeTimestampWithTimezone('zoned', hazelcast.OffsetDateTime.fromString('2020-02-03T01:02:03+01:00'))
    writer.writeDecimalArray('decimals', [hazelcast.BigDecimal.fromString('1.5'), hazelcast.BigDecimal.fromString('2.5')])
    writer.writeDateArray('dates', [new hazelcast.LocalDate(2020, 2, 3)])
    writer.writePortable('inner', new Inner(9, 'in'))
    writer.writeNullPortable('nothing', 1, 3)
    writer.writePortableArray('inners', [new Inner(1, 'one'), new Inner(2, 'two')])
  }
}

class Inner {
  factoryId = 1
  classId = 3
  x: number
  s: string

  constructor(x: number, s: string) {
    this.x = x
    this.s = s
  }

  readPortable(): void {}

  // biome-ignore lint/suspicious/noExplicitAny: the client's writer
  writePortable(writer: any): void {
    writer.writeInt('x', this.x)
    writer.writeString('s', this.s)
  }
}

test('every type of field of a Portable value', () => {
  const factory = (classId: number): unknown => (classId === 2 ? new Everything(0) : new Inner(0, ''))
  const data = clientSerialization({ portableFactories: { 1: factory } })(new Everything(1))
  const rows: [string, unknown][] = [
    ...commonRows,
    ['nothing', null],
    ['nothing.x', null],
    ['inners[any].s', { any: ['one', 'two'] }],
    ['inners[1].x', 2],
  ]
  for (const [attribute, expected] of rows) assert.deepEqual(read(data, attribute), expected, attribute)
  const text = (attribute: string): string =>
    String(service.toObject(attributeData(entryOf(own(1), data).attribute(parsePath(attribute)))))
  assert.equal(text('decimal'), '-12.345')
  assert.equal(text('decimals[1]'), '2.5')
  assert.equal(text('time'), '01:02:03.000000004')
  assert.equal(text('date'), '2020-02-03')
  assert.equal(text('dates[0]'), '2020-02-03')
  assert.equal(text('stamp'), '2020-02-03T01:02:03')
  assert.equal(text('zoned'), '2020-02-03T01:02:03+01:00')
})

test('bytes that make no sense have no attributes, and nothing else happens', () => {
  const whole = theirs(compact('all', compactFields))
  for (let cut = 8; cut < whole.length; cut += 3) {
    const entry = entryOf(own(1), whole.slice(0, cut))
    for (const [attribute] of [...commonRows, ['this']] as [string][]) {
      try {
        comparableOf(entry.attribute(parsePath(attribute)))
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'SCHEMA_UNKNOWN')
      }
    }
  }
  assert.equal(read(new Uint8Array([0, 0, 0, 0, 255, 255, 255, 126, 0, 0, 0, 1, 65]), 'a'), null)
})

test('an object whose bytes lie about their length is nothing that can be compared, and nothing is thrown', () => {
  const data = theirs(compact('liar', { text: field['STRING']?.('abc') as never })).slice()
  const whole = entryOf(own(1), data).attribute(parsePath('this'))
  assert.equal(comparableOf(whole)?.kind, 'opaque')
  data.set([0x7f, 0xff, 0xff, 0xff], 16)
  const liar = entryOf(own(1), data).attribute(parsePath('this'))
  assert.equal(comparableOf(liar), null)
})

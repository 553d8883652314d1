import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonText } from '../../../src/http/json-text.js'
import {
  BigDecimal,
  JsonValue,
  LocalDate,
  LocalDateTime,
  LocalTime,
  OffsetDateTime,
  UnknownData,
  Uuid,
} from '../../../src/serialization/values.js'

const uuid = '0f0e0d0c-0b0a-4908-8706-050403020100'
const noon = new LocalDateTime(new LocalDate(2026, 2, 3), new LocalTime(12, 0, 0, 0))

const cases: readonly [what: string, value: unknown, json: unknown][] = [
  ['text', 'a\n"b"', 'a\n"b"'],
  ['null', null, null],
  ['an object', { a: [1, true] }, { a: [1, true] }],
  ['a bigint', 2n ** 64n, '18446744073709551616'],
  ['a Buffer', Buffer.from('abc'), { base64: 'YWJj' }],
  ['a Uint8Array', new Uint8Array([1, 2]), { base64: 'AQI=' }],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a map', new Map<unknown, unknown>([[1, 'a']]), [[1, 'a']]],
  ['a set', new Set([1n]), ['1']],
  ['a UUID', new Uuid(uuid), uuid],
  ['a decimal', new BigDecimal(1234n, 2), '12.34'],
  ['JSON that is none', new JsonValue('{'), '{'],
  ['a local date and time', noon, '2026-02-03T12:00:00'],
  ['an offset date and time', new OffsetDateTime(noon, 3600), '2026-02-03T12:00:00+01:00'],
  ['what cannot be opened', new UnknownData(-3, new Uint8Array([7])), { typeId: -3, base64: 'Bw==' }],
]

for (const [what, value, json] of cases) {
  test(`${what}, alone and inside`, () => {
    assert.deepEqual(JSON.parse(jsonText(value)), json)
    assert.deepEqual(JSON.parse(jsonText({ inside: [value] })), { inside: [json] })
  })
}

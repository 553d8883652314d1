import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressText, parseAddress } from '../src/address.js'
import { CommandError } from '../src/exit.js'
import { bytes, count, duration, plural } from '../src/format.js'
import { eventFromLine } from '../src/json-lines.js'
import { textFromValue, valueFromText } from '../src/key-value.js'
import { ratesAfter } from '../src/rates.js'

test('addresses are read with and without port, IPv6 in brackets', () => {
  assert.deepEqual(parseAddress('127.0.0.1:5702'), { host: '127.0.0.1', port: 5702 })
  assert.deepEqual(parseAddress('db-1'), { host: 'db-1', port: 5701 })
  assert.deepEqual(parseAddress('[::1]:5702'), { host: '::1', port: 5702 })
  assert.equal(addressText(parseAddress('[::1]:5702')), '[::1]:5702')
})

test('what is no address is refused as a mistake of usage', () => {
  for (const text of ['', ':5701', 'a b', 'host:', 'host:0', 'host:65536', 'host:1:2', '::1', 'http://host:1']) {
    assert.throws(
      () => parseAddress(text),
      (error: unknown) => error instanceof CommandError && error.exitCode === 2,
      text,
    )
  }
})

test('keys and values are JSON where they parse as JSON', () => {
  assert.equal(valueFromText('42'), 42)
  assert.equal(valueFromText('"42"'), '42')
  assert.equal(valueFromText('ann'), 'ann')
  assert.deepEqual(valueFromText('{"a":[1]}'), { a: [1] })
  assert.equal(textFromValue('ann'), 'ann')
  assert.equal(textFromValue('42'), '"42"')
})

test('what is shown reads back as the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const once = JSON.parse(JSON.stringify(value)) as unknown
      assert.deepEqual(valueFromText(textFromValue(once)), once)
    }),
  )
})

test('figures are short', () => {
  assert.equal(count(135_233.4), '135,233')
  assert.deepEqual([0, 1023, 1024, 10_485_760, 5e12].map(bytes), ['0 B', '1023 B', '1.0 KiB', '10.0 MiB', '4.5 TiB'])
  assert.deepEqual([900, 61_000, 3_600_000, 90_000_000].map(duration), ['0.9 s', '1:01', '1:00:00', '1 d 01:00'])
  assert.deepEqual(
    [1, 2].map(n => plural(n, 'member')),
    ['1 member', '2 members'],
  )
})

test('rates come from two samples, and a counter that fell starts anew', () => {
  const first = ratesAfter(null, { reads: 100, writes: 10 }, 1_000)
  assert.equal(first.readsPerSecond, 0)
  const second = ratesAfter(first, { reads: 300, writes: 20 }, 3_000)
  assert.deepEqual([second.readsPerSecond, second.writesPerSecond], [100, 5])
  assert.equal(ratesAfter(second, { reads: 5, writes: 25 }, 4_000).writesPerSecond, 0)
})

test('a line is an event only if it says so', () => {
  assert.deepEqual(eventFromLine('{"event":"a","n":1}'), { event: 'a', n: 1 })
  for (const line of ['', 'text', '{"event":1}', '{broken', '{}', '[1]']) assert.equal(eventFromLine(line), null, line)
})

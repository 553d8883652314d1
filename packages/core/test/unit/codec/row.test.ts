import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvariantError } from '../../../src/base/assert.js'
import { DecodeError } from '../../../src/base/errors.js'
import { Reader } from '../../../src/codec/reader.js'
import { bytes, list, type MessageOf, optional, type Row, record, row, string, u16, u32 } from '../../../src/codec/row.js'
import { Writer } from '../../../src/codec/writer.js'
import { type Message, rowsWithMessage } from './arbitrary-rows.js'

function encoded<M>(of: Row<M>, message: M): Uint8Array {
  const out = new Writer(16)
  of.encode(out, message)
  return out.take()
}

/** The message, or null for a DecodeError. Everything else fails the test. */
function decodedOrRefused(of: Row<Message>, from: Uint8Array): Message | null {
  try {
    return of.decode(new Reader(from))
  } catch (error) {
    assert.ok(error instanceof DecodeError, `a ${String(error)} instead of a DecodeError`)
    return null
  }
}

test('every row reads back what it wrote', () => {
  fc.assert(
    fc.property(rowsWithMessage, ({ of, message }) => {
      assert.deepEqual(of.decode(new Reader(encoded(of, message))), message)
    }),
    { numRuns: 500 },
  )
})

test('a message that was cut off anywhere is refused', () => {
  fc.assert(
    fc.property(rowsWithMessage, fc.nat(), ({ of, message }, draw) => {
      const whole = encoded(of, message)
      assert.equal(decodedOrRefused(of, whole.subarray(0, draw % whole.length)), null)
    }),
    { numRuns: 300 },
  )
})

test('a message with bytes left over is refused', () => {
  fc.assert(
    fc.property(rowsWithMessage, fc.uint8Array({ minLength: 1, maxLength: 8 }), ({ of, message }, more) => {
      assert.equal(decodedOrRefused(of, Uint8Array.from([...encoded(of, message), ...more])), null)
    }),
    { numRuns: 300 },
  )
})

test('changed bytes give another message or a refusal, never a crash', () => {
  const change = fc.tuple(fc.nat(), fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constant(0xff)))
  fc.assert(
    fc.property(rowsWithMessage, fc.array(change, { minLength: 1, maxLength: 6 }), ({ of, message }, changes) => {
      const bad = encoded(of, message)
      for (const [at, value] of changes) bad[at % bad.length] = value
      const read = decodedOrRefused(of, bad)
      // what was taken is a message of this row: it can be written again
      if (read !== null) encoded(of, read)
    }),
    { numRuns: 1000 },
  )
})

test('any bytes give a message or a refusal', () => {
  fc.assert(
    fc.property(rowsWithMessage, fc.uint8Array({ maxLength: 200 }), ({ of }, noise) => void decodedOrRefused(of, noise)),
    { numRuns: 500 },
  )
})

const names = row(7, 1, { names: list(string) })

test('the length of a list is checked before anything is made of it', () => {
  const out = new Writer()
  out.u32(0xffffffff)
  assert.throws(
    () => names.decode(new Reader(out.take())),
    new DecodeError('names: a list of 4294967295 does not fit into 0 bytes'),
  )
})

test('the length of a text is checked before anything is made of it', () => {
  const out = new Writer()
  out.u32(1)
  out.u32(0xfffffff0)
  assert.throws(
    () => names.decode(new Reader(out.take())),
    new DecodeError('names: string needs 4294967280 bytes at 8, there are 0'),
  )
})

test('a refusal names the field and the way to it', () => {
  const nested = row(1, 1, { id: u32, end: optional(record({ port: u16, host: string })) })
  const whole = encoded(nested, { id: 1, end: { port: 2, host: 'abc' } })
  const cut = whole.subarray(0, whole.length - 1)
  assert.throws(() => nested.decode(new Reader(cut)), new DecodeError('end: host: string needs 3 bytes at 11, there are 2'))
})

test('a record without fields is not a kind: a list of them could claim any length', () => {
  assert.throws(() => record({}), InvariantError)
})

test('byte fields are views of what was read', () => {
  const blob = row(1, 1, { blob: bytes })
  const wire = encoded(blob, { blob: Uint8Array.of(1, 2, 3) })
  const { blob: view } = blob.decode(new Reader(wire))
  wire[4] = 9
  assert.deepEqual(view, Uint8Array.of(9, 2, 3))
})

test('the layout on the wire', () => {
  const message: MessageOf<typeof layout> = { id: 0x01020304, name: 'é', to: null, tags: ['a'] }
  const hex = Buffer.from(encoded(layout, message)).toString('hex')
  assert.equal(hex, ['04030201', '02000000', 'c3a9', '00', '01000000', '01000000', '61'].join(''))
})

const layout = row(2, 1, { id: u32, name: string, to: optional(u16), tags: list(string) })

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvariantError } from '../../../src/base/assert.js'
import { DecodeError } from '../../../src/base/errors.js'
import { Reader } from '../../../src/codec/reader.js'
import { Writer } from '../../../src/codec/writer.js'

type NumberKind = 'u8' | 'u16' | 'i32' | 'u32' | 'i64'

function roundTrip(kind: NumberKind, value: number): number {
  const out = new Writer()
  out[kind](value)
  return new Reader(out.take())[kind]()
}

const edges: Record<NumberKind, readonly [number, number]> = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  i32: [-0x80000000, 0x7fffffff],
  u32: [0, 0xffffffff],
  i64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

for (const [kind, [least, most]] of Object.entries(edges) as [NumberKind, readonly [number, number]][]) {
  test(`${kind} holds ${least} to ${most} and nothing else`, () => {
    assert.equal(roundTrip(kind, least), least)
    assert.equal(roundTrip(kind, most), most)
    for (const bad of [least - 1, most + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => roundTrip(kind, bad), InvariantError, `${kind} took ${bad}`)
    }
  })
}

test('i64 around the borders of its halves', () => {
  for (const n of [-1, -0x80000000, -0x80000001, -0x100000000, -0x100000001, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000]) {
    assert.equal(roundTrip('i64', n), n)
  }
})

test('a 64-bit integer that a number cannot hold is refused', () => {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, 2n ** 53n, true)
  assert.throws(() => new Reader(bytes).i64(), DecodeError)
})

test('a boolean is one of two bytes', () => {
  assert.equal(new Reader(Uint8Array.of(1)).bool(), true)
  assert.throws(() => new Reader(Uint8Array.of(2)).bool(), DecodeError)
})

test('texts keep every character, a leading byte order mark too', () => {
  for (const text of [
    '',
    'a',
    'x'.repeat(1000),
    '\uFEFFmark',
    'naïve',
    '日本語',
    'a\u0000b',
    '😀'.repeat(50),
    `${'a'.repeat(70)}é`,
  ]) {
    const out = new Writer(16)
    out.string(text)
    assert.equal(new Reader(out.take()).string(), text)
  }
})

test('bytes that are not UTF-8 are not a text', () => {
  const out = new Writer()
  out.bytes(Uint8Array.of(0xc3, 0x28))
  assert.throws(() => new Reader(out.take()).string(), new DecodeError('a text is not UTF-8'))
})

test('what was taken stays as it is when the writer goes on', () => {
  const out = new Writer()
  out.u32(1)
  const first = out.take()
  assert.equal(out.length, 0)
  out.u32(2)
  assert.deepEqual(first, Uint8Array.of(1, 0, 0, 0))
  assert.deepEqual(out.take(), Uint8Array.of(2, 0, 0, 0))
})

test('a number can be filled in later, where one was written', () => {
  const out = new Writer()
  out.u8(7)
  const at = out.length
  out.u32(0)
  out.raw(Uint8Array.of(5, 6))
  out.patchU32(at, 2)
  assert.deepEqual(out.take(), Uint8Array.of(7, 2, 0, 0, 0, 5, 6))
  assert.throws(() => out.patchU32(0, 1), InvariantError)
})

test('a writer is as good after a large message as before', () => {
  const out = new Writer(16)
  out.raw(new Uint8Array(3 * 1024 * 1024).fill(1))
  assert.equal(out.take().length, 3 * 1024 * 1024)
  out.string('small')
  out.u16(1)
  assert.equal(new Reader(out.take()).string(), 'small')
})

test('a buffer that grew large is given back with what was written, as a copy or as a view', () => {
  const out = new Writer(16)
  for (const written of [() => out.take(), () => out.flip()]) {
    out.raw(new Uint8Array(3 * 1024 * 1024).fill(1))
    assert.equal(written().at(-1), 1)
    out.u8(2)
    assert.equal(out.flip().buffer.byteLength, 16)
  }
})

test('a reader works on a part of a larger buffer', () => {
  const whole = Uint8Array.of(9, 9, 1, 0, 0, 0, 7, 9)
  const from = new Reader(whole.subarray(2, 7))
  assert.deepEqual(from.bytesCopy(), Uint8Array.of(7))
  assert.equal(from.remaining, 0)
  assert.throws(() => from.u8(), new DecodeError('u8 needs 1 bytes at 5, there are 0'))
})

test('a copy does not follow the buffer, a view does', () => {
  const wire = Uint8Array.of(1, 0, 0, 0, 7)
  const view = new Reader(wire).bytes()
  const copy = new Reader(wire).bytesCopy()
  wire[4] = 8
  assert.deepEqual([view[0], copy[0]], [8, 7])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader } from '../../../src/codec/reader.js'
import { Writer } from '../../../src/codec/writer.js'
import { memberTable } from '../../../src/protocol/member-table.js'

test('every message has a type code of its own', () => {
  const codes = Object.values(memberTable).map(row => row.typeCode)
  assert.equal(new Set(codes).size, codes.length)
})

test('the layout of a message is what other members of this version read', () => {
  const out = new Writer()
  const records = [Uint8Array.of(0xaa), Uint8Array.of()]
  const message = { group: 1, epoch: 2, version: 3, previous: { seq: 4, epoch: 1 }, commit: 3, records }
  memberTable.records.encode(out, message)
  const bytes = out.take()
  const hex = [
    '01000000',
    '02000000',
    '03000000',
    '0400000000000000',
    '01000000',
    '0300000000000000',
    '02000000',
    '01000000aa',
    '00000000',
  ]
  assert.equal(Buffer.from(bytes).toString('hex'), hex.join(''))
  assert.deepEqual(memberTable.records.decode(new Reader(bytes)), message)
})

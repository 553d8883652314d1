import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { TextCache } from '../../../src/codec/text-cache.js'
import { ReplicaLog } from '../../../src/operation/log.js'
import { PackedRecords } from '../../../src/operation/packed-records.js'
import { type LogRecord, makeRecord, readRecord } from '../../../src/operation/record.js'

const none = new Uint8Array(0)
const names = new TextCache()

/** A record whose effects tell it from every other one. */
const recordOf = (epoch: number, seq: number, bytes: number) =>
  makeRecord(
    epoch,
    seq,
    { session: 'a/0', number: seq, ackedBelow: 1, open: [] },
    none,
    new Uint8Array(bytes).fill(seq * 7 + epoch),
  )

describe('the log of a group', () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('append' as const), bytes: fc.integer({ min: 0, max: 900 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('append' as const), bytes: fc.constant(70_000) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle' as const), share: fc.integer({ min: 0, max: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), share: fc.integer({ min: 0, max: 4 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('trim' as const), share: fc.integer({ min: 0, max: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('epoch' as const) }) },
  )

  test('holds what a plain list would, whatever is packed, cut or forgotten', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 600 }), steps => {
        const log = new ReplicaLog()
        const all: Pick<LogRecord, 'seq' | 'epoch' | 'bytes'>[] = [{ seq: 0, epoch: 0, bytes: none }]
        let epoch = 1
        let commit = 0
        for (const s of steps) {
          const last = all.length - 1
          if (s.kind === 'append') {
            const record = recordOf(epoch, last + 1, s.bytes)
            log.append(record)
            all.push(record)
          } else if (s.kind === 'settle') {
            commit += Math.floor(((last - commit) * s.share) / 4)
            log.settle(commit)
          } else if (s.kind === 'cut') {
            const to = commit + Math.floor(((last - commit) * s.share) / 4)
            log.cutAfter(to)
            all.length = to + 1
          } else if (s.kind === 'trim') log.trim(Math.floor((commit * s.share) / 4))
          else epoch++
          assert.equal(log.lastSeq, all.length - 1)
          assert.ok(log.base.seq <= commit, 'only settled records are forgotten')
          assert.equal(log.base.epoch, all[log.base.seq]?.epoch)
          for (let seq = Math.max(1, log.base.seq + 1); seq < all.length; seq += Math.max(1, (all.length - log.base.seq) >> 3)) {
            assert.equal(log.epochAt(seq), all[seq]?.epoch)
            assert.deepEqual(log.bytesAt(seq), all[seq]?.bytes)
            assert.equal(readRecord(log.bytesAt(seq), names).seq, seq)
          }
          assert.equal(log.epochAt(log.base.seq - 1), -1)
          assert.equal(log.epochAt(all.length), -1)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('keeps a hundred and more records for copies that fall behind, and not much more', () => {
    const log = new ReplicaLog()
    for (let seq = 1; seq <= 5_000; seq++) {
      log.append(recordOf(1, seq, 100))
      log.settle(seq)
      log.trim(seq)
      assert.ok(seq - log.base.seq <= 192)
    }
    assert.ok(log.lastSeq - log.base.seq >= 128)
  })

  test('never changes what is settled', () => {
    const log = new ReplicaLog()
    for (let seq = 1; seq <= 4; seq++) log.append(recordOf(1, seq, 8))
    log.settle(3)
    assert.throws(() => log.cutAfter(2), { name: 'InvariantError' })
    assert.throws(() => log.append(recordOf(1, 9, 8)), { name: 'InvariantError' })
    assert.throws(() => log.at(3), { name: 'InvariantError' })
  })
})

test('packed records give a large buffer back', () => {
  const packed = new PackedRecords()
  packed.append(new Uint8Array(3_000_000), 1)
  packed.append(Uint8Array.of(1, 2, 3), 2)
  packed.dropFirst(1)
  assert.deepEqual(packed.at(0), Uint8Array.of(1, 2, 3))
  assert.equal(packed.byteLength, 3)
  for (let i = 0; i < 2_000; i++) {
    packed.append(new Uint8Array(3_000), 2)
    packed.dropFirst(1)
  }
  assert.ok(packed.at(0).buffer.byteLength < 100_000, `${packed.at(0).buffer.byteLength}`)
})

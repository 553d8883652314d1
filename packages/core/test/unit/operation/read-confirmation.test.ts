import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MemberId, memberId } from '../../../src/base/ids.js'
import type { Copy } from '../../../src/operation/copy.js'
import { ReadConfirmation } from '../../../src/operation/read-confirmation.js'

/** Reads of one group, and what was asked of its backups. */
class Reads {
  hasLease = false
  nowMs = 0
  wakes = 0
  /** Numbers of rounds. */
  readonly asked: number[] = []
  readonly answers: unknown[] = []
  readonly reads: ReadConfirmation

  constructor(backups: readonly MemberId[]) {
    const host = {
      readsByLease: () => this.hasLease,
      nowMs: () => this.nowMs,
      sendConfirm: (_to: MemberId, _group: number, _epoch: number, round: number) => void this.asked.push(round),
      confirmAlone: () => {},
    }
    const copy = { host, commit: 7, config: { epoch: 1, version: 1 }, group: 0, wake: () => void this.wakes++ }
    this.reads = new ReadConfirmation(copy as unknown as Copy, () => backups)
  }

  read(result: number): void {
    this.reads.answer((error, shown) => void this.answers.push(error === null ? shown : error.code), result)
  }

  tickAt(nowMs: number): void {
    this.nowMs = nowMs
    this.reads.tick(nowMs)
  }

  /** The answers since the last time. */
  told(): unknown[] {
    return this.answers.splice(0)
  }
}

const backup = memberId('backup')

test('a read that waits for a confirmation has the copy looked at again, until a lease comes or the answer', () => {
  const r = new Reads([])
  r.read(5)
  // the question is lost: nothing else happens in this copy
  assert.deepEqual([r.told(), r.wakes, r.reads.busy], [[], 1, true])
  r.hasLease = true
  r.tickAt(1000)
  assert.deepEqual([r.told(), r.reads.busy], [[5], false])
})

test('a read without an answer is let go, to be asked for again; one that is confirmed in time is answered', () => {
  const r = new Reads([backup])
  r.read(1)
  r.tickAt(1_000)
  r.read(2)
  r.tickAt(4_999)
  assert.deepEqual(r.told(), [])
  r.tickAt(5_000)
  assert.deepEqual([r.told(), r.reads.busy], [['WRONG_OWNER'], true])
  // the first round was asked before the second read came, and nobody waits for it any more
  r.reads.onConfirmed(backup, 1)
  assert.deepEqual([r.told(), r.asked.at(-1)], [[], 2])
  r.reads.onConfirmed(backup, 2)
  assert.deepEqual([r.told(), r.reads.busy], [[2], false])
})

test('when all are let go nobody is asked any more', () => {
  const r = new Reads([backup])
  r.read(1)
  r.read(2)
  r.tickAt(5_000)
  assert.deepEqual([r.told(), r.reads.busy], [['WRONG_OWNER', 'WRONG_OWNER'], false])
  const asked = r.asked.length
  r.tickAt(6_000)
  assert.equal(r.asked.length, asked)
})

test('there is an end to what may wait for a confirmation', () => {
  const r = new Reads([backup])
  for (let n = 0; n < 10_000; n++) r.read(n)
  assert.deepEqual(r.told(), [])
  r.read(10_000)
  assert.deepEqual(r.told(), ['OVERLOADED'])
})

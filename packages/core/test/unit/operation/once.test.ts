import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupId } from '../../../src/base/ids.js'
import { Reader } from '../../../src/codec/reader.js'
import { TextCache } from '../../../src/codec/text-cache.js'
import { Writer } from '../../../src/codec/writer.js'
import { OnceTable } from '../../../src/operation/once.js'
import { makeRecord, readRecord } from '../../../src/operation/record.js'
import { Unanswered } from '../../../src/operation/unanswered.js'

const session = 'a/1'
const group = groupId(0)
const none = new Uint8Array(0)
const result = Uint8Array.of(7, 7)

/** What one caller has asked of one group, and what the group remembers of it. */
class Caller {
  readonly table = new OnceTable()
  readonly unanswered = new Unanswered()
  #seq = 0

  ask(number: number): void {
    this.unanswered.add(group, number)
  }

  /** As it comes to every copy. */
  logged(number: number): void {
    const id = { session, number, ...this.unanswered.answered(group, number) }
    const record = makeRecord(1, ++this.#seq, id, result, none)
    this.table.add(readRecord(record.bytes, new TextCache()))
  }

  answered(number: number): void {
    this.unanswered.delete(group, number)
  }

  do(number: number): void {
    this.ask(number)
    this.logged(number)
    this.answered(number)
  }

  find(number: number): unknown {
    const found = this.table.find({ session, number, ackedBelow: 0, open: [] })
    return typeof found === 'string' ? found : found.number
  }
}

test('a call that waits for hours keeps nobody from forgetting what came after it, and is done once when its time comes', () => {
  const caller = new Caller()
  caller.ask(1)
  for (let number = 2; number <= 3_000; number++) caller.do(number)
  assert.ok(caller.table.size <= 1_001, `${caller.table.size} are remembered`)
  assert.equal(caller.find(1), 'new')
  assert.equal(caller.find(2), 'forgotten')
  assert.equal(caller.find(3_000), 3_000)
  caller.logged(1)
  assert.equal(caller.find(1), 1)
  caller.do(3_001)
  assert.equal(caller.find(1), 1, 'its caller may ask again')
  caller.answered(1)
  caller.do(3_002)
  assert.equal(caller.find(1), 'forgotten')
  caller.do(3_003)
  assert.equal(caller.table.size, 1, 'all but the last are answered')
})

test('one copy remembers what the other did, also of calls that wait', () => {
  const caller = new Caller()
  for (const number of [1, 2, 3]) caller.ask(number)
  for (let number = 4; number <= 1_500; number++) caller.do(number)
  caller.logged(2)
  const out = new Writer()
  caller.table.write(out)
  const copy = OnceTable.read(new Reader(out.take()))
  const find = (number: number) => copy.find({ session, number, ackedBelow: 0, open: [] })
  assert.deepEqual([find(1), find(3), find(4)], ['new', 'new', 'forgotten'])
  assert.deepEqual(find(2), { number: 2, seq: 1_498, result })
  assert.equal(copy.size, caller.table.size)
})

test('of more waiting calls than are told one by one everything above is remembered', () => {
  const caller = new Caller()
  for (let number = 1; number <= 100; number++) caller.ask(number)
  for (let number = 101; number <= 2_000; number++) caller.do(number)
  assert.equal(caller.table.size, 1_900)
  for (let number = 1; number <= 100; number++) assert.equal(caller.find(number), 'new')
  for (let number = 1; number <= 100; number++) caller.answered(number)
  caller.do(2_001)
  assert.equal(caller.table.size, 1)
})

test('a word that comes late takes back nothing', () => {
  const table = new OnceTable()
  const add = (number: number, ackedBelow: number, open: readonly number[]): void =>
    table.add(makeRecord(1, number, { session, number, ackedBelow, open }, result, none))
  add(10, 9, [1, 2])
  add(11, 9, [2])
  add(12, 9, [1, 2])
  add(13, 3, [])
  const find = (number: number) => table.find({ session, number, ackedBelow: 0, open: [] })
  assert.deepEqual([1, 2, 8].map(find), ['forgotten', 'new', 'forgotten'])
})

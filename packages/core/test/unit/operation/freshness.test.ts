import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Freshness } from '../../../src/operation/freshness.js'
import { backup, CopyFixture, owner } from './copy-fixture.js'

test('a copy is as fresh as the question whose answer it has caught up with', () => {
  const f = new Freshness()
  assert.equal(f.ageMs(1_000, 5), Number.POSITIVE_INFINITY)
  const first = f.ask(1_000) as number
  assert.equal(f.ask(1_100), null, 'one question at a time')
  f.onWord(first, 7, 5)
  assert.equal(f.ageMs(1_200, 5), Number.POSITIVE_INFINITY, 'it lacks 6 and 7')
  assert.equal(f.ageMs(1_300, 7), 300, 'from when it asked, not from when it heard or caught up')
  const second = f.ask(1_400) as number
  f.onWord(second, 9, 7)
  assert.equal(f.ageMs(1_500, 8), 500, 'what was true stays true')
  assert.equal(f.ageMs(1_600, 9), 200)
})

test('an answer that comes after the next question counts for nothing', () => {
  const f = new Freshness()
  const lost = f.ask(0) as number
  const again = f.ask(250) as number
  f.onWord(lost, 0, 3)
  assert.equal(f.ageMs(300, 3), Number.POSITIVE_INFINITY)
  f.onWord(again, 2, 3)
  assert.equal(f.ageMs(300, 3), 50)
})

/**
 * 1. The owner is to hand over, and has nothing under way. It is decided, and the new owner acknowledges writes.
 * 2. The old one, with its lease, and an asynchronous copy have not heard of it yet, when the copy asks how far the commits are.
 */
test('an owner that hands over tells no copy any more that it is fresh', () => {
  const o = new CopyFixture(owner)
  o.ask('set', 'k')
  o.ack()
  const told: number[] = []
  const ask = () => o.replica.primary?.tellCommit(commit => void told.push(commit))
  ask()
  o.adopt({ handOver: backup })
  o.replica.drive()
  ask()
  assert.deepEqual(told, [2])
  o.adopt({ handOver: null })
  ask()
  assert.deepEqual(told, [2, 2])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RaftLog } from '../../../src/control/raft/log.js'
import { Progress } from '../../../src/control/raft/progress.js'

const entriesOf = (message: object): number => ('entries' in message ? (message.entries as unknown[]).length : 0)

test('entries go to one that has not answered yet once, and again only from where it says', () => {
  const log = new RaftLog()
  for (let i = 0; i < 10; i++) log.push({ term: 1, commands: [], origin: null })
  const progress = new Progress(6, 0)
  const send = (): number => entriesOf(progress.takeAppend(log, 1, 1))
  assert.equal(send(), 5)
  assert.equal(send(), 0, 'a heartbeat fills no link')
  assert.equal(progress.onMismatch(2), true)
  assert.equal(send(), 8)
  assert.equal(progress.onMismatch(2), false, 'the answer to the heartbeat is no news')
  assert.equal(send(), 0)
  progress.onMatch(10)
  log.push({ term: 1, commands: [], origin: null })
  assert.ok(progress.hasMore(log))
  assert.equal(send(), 1)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withExpiry } from '../../../sim/expiry-model.js'
import { type Call, History } from '../../../sim/history.js'
import { checkKey } from '../../../sim/linearizability.js'

/** A value that lives 100 ms is written from 0 to 10 ms, and `get` answers `result` from 50 or 150 ms on. */
function readAfterWrite(getAtMs: number, result: string | null, ttlMs = 100): readonly Call[] {
  const history = new History()
  const put = history.ask('a', 'k', { name: 'set', value: 'v' }, 0, ttlMs)
  history.ok(put, undefined, 10)
  const get = history.ask('b', 'k', { name: 'get' }, getAtMs)
  history.ok(get, result, getAtMs + 10)
  return withExpiry(history.calls)
}

test('a value with a limit may be gone when its time is over, and not before', () => {
  assert.equal(checkKey(readAfterWrite(150, null)), 'linearizable')
  assert.equal(checkKey(readAfterWrite(150, 'v')), 'linearizable')
  assert.equal(checkKey(readAfterWrite(50, 'v')), 'linearizable')
  assert.equal(checkKey(readAfterWrite(50, null)), 'violation')
})

test('a value without a limit is never gone', () => {
  assert.equal(checkKey(readAfterWrite(150, null, 0)), 'violation')
})

test('what time took away does not come back', () => {
  const history = new History()
  history.ok(history.ask('a', 'k', { name: 'set', value: 'v' }, 0, 100), undefined, 10)
  history.ok(history.ask('b', 'k', { name: 'get' }, 150), null, 160)
  history.ok(history.ask('b', 'k', { name: 'get' }, 170), 'v', 180)
  assert.equal(checkKey(withExpiry(history.calls)), 'violation')
})

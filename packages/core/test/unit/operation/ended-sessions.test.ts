import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CopyFixture, owner } from './copy-fixture.js'

test('an owner grants nothing to a call whose session has ended, and keeps nothing of it', () => {
  const o = new CopyFixture(owner)
  o.ask('lock', 'k', { by: 'holder' })
  o.ask('lock', 'k', { by: 'm/1' })
  o.ask('lock', 'k', { by: 'm/2' })
  o.ack()
  assert.deepEqual(o.told(), ['token'])
  o.replica.forgetSessions(session => session === 'm/1')
  o.ask('unlock', 'k', { by: 'holder' })
  o.ack()
  assert.deepEqual(o.told(), [true, 'token'], 'the unlock, and the lock of the one who is there')
  assert.equal(o.replica.once.find({ session: 'm/1', number: 2, ackedBelow: 0, open: [] }), 'new')
})

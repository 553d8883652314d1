import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../../../src/base/secret.js'
import { Doorman } from '../../../src/server/doorman.js'
import { ManualClock } from './support/manual-world.js'

const people = {
  users: new Map([
    ['ada', new Secret('lovelace')],
    ['alan', new Secret('turing')],
  ]),
  token: null,
}
const user = (username: string | null, password: string | null) => ({ username, password, token: null })
const token = (...bytes: number[]) => ({ username: null, password: null, token: Uint8Array.from(bytes) })

test('each user with its own password, and nobody else', () => {
  const doorman = new Doorman(people, new ManualClock())
  assert.equal(doorman.judge('h', user('ada', 'lovelace')), null)
  assert.equal(doorman.judge('h', user('alan', 'turing')), null)
  for (const given of [
    user('ada', 'turing'),
    user('eve', 'nobody'),
    user('', ''),
    user('ada', null),
    user(null, null),
    token(1),
  ]) {
    const refusal = doorman.judge('h', given)
    assert.ok(refusal !== null)
    assert.doesNotMatch(refusal, /turing|lovelace|nobody/)
  }
})

test('a token by its bytes', () => {
  const doorman = new Doorman({ users: new Map(), token: new Secret('\x00\x01ÿ') }, new ManualClock())
  assert.equal(doorman.judge('h', token(0, 1, 255)), null)
  for (const given of [token(0, 1, 254), token(0, 1), token(), user('', ''), user(null, null)]) {
    assert.notEqual(doorman.judge('h', given), null)
  }
})

test('nothing is asked where nothing is configured, and a token that nobody can check is refused', () => {
  const doorman = new Doorman(null, new ManualClock())
  assert.equal(doorman.asks, false)
  assert.equal(doorman.judge('h', user(null, null)), null)
  assert.notEqual(doorman.judge('h', token(1)), null)
})

test('who guesses is not listened to for a minute, and others are', () => {
  const clock = new ManualClock()
  const doorman = new Doorman(people, clock)
  for (let i = 0; i < 100; i++) assert.match(doorman.judge('evil', user('ada', `${i}`)) ?? '', /or its password is wrong/)
  assert.match(doorman.judge('evil', user('ada', 'lovelace')) ?? '', /more than 100 wrong credentials/)
  assert.equal(doorman.judge('good', user('ada', 'lovelace')), null)
  clock.advance(60_001)
  assert.equal(doorman.judge('evil', user('ada', 'lovelace')), null)
})

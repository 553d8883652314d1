import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCopyReads } from '../../../sim/copy-reads.js'
import { type Action, type Call, History, type Result } from '../../../sim/history.js'

/** Calls that last a millisecond each, one every ten. */
class Played {
  readonly history = new History()
  nowMs = 0

  ask(client: string, action: Action): Call {
    this.nowMs += 10
    return this.history.ask(client, 'k', action, this.nowMs)
  }

  call(client: string, action: Action, result?: Result): this {
    this.history.ok(this.ask(client, action), result, this.nowMs + 1)
    return this
  }

  set(value: string, client = 'w'): this {
    return this.call(client, { name: 'set', value })
  }

  remove(held: string): this {
    return this.call('w', { name: 'remove' }, held)
  }

  read(result: string | null, { maxAgeMs = Number.POSITIVE_INFINITY, session = null as string | null } = {}): this {
    return this.call(session ?? 'r', { name: 'copyRead', maxAgeMs, session }, result)
  }

  later(ms: number): this {
    this.nowMs += ms
    return this
  }

  get texts(): string {
    return checkCopyReads(this.history.calls).join('; ')
  }
}

test('any: whatever was there at some time, and nothing else', () => {
  assert.equal(new Played().set('a').set('b').later(9_000).read('a').read(null).read('b').read('a').texts, '')
  assert.match(new Played().set('a').read('x').texts, /nobody wrote/)
  assert.match(new Played().read('a').set('a').texts, /nobody wrote/, 'before it was written')
})

test('bounded: what was certainly replaced before that time is too old', () => {
  const hundred = { maxAgeMs: 100 }
  assert.equal(new Played().set('a').set('b').later(50).read('a', hundred).texts, '')
  assert.match(new Played().set('a').set('b').later(200).read('a', hundred).texts, /replaced by .*set\(k, b\)/)
  assert.equal(new Played().set('a').set('b').later(200).read('b', hundred).texts, '')
  assert.match(new Played().set('a').later(200).read(null, hundred).texts, /replaced by/)
  assert.equal(new Played().set('a').remove('a').later(200).read(null, hundred).texts, '')
  assert.match(new Played().set('a').remove('a').later(200).read('a', hundred).texts, /replaced by .*remove/)
})

test('bounded: of two writes at the same time either may be the later one', () => {
  const played = new Played()
  const [a, b] = [played.ask('w1', { name: 'set', value: 'a' }), played.ask('w2', { name: 'set', value: 'b' })]
  played.history.ok(a, undefined, played.nowMs)
  played.history.ok(b, undefined, played.nowMs)
  played.later(200).read('a', { maxAgeMs: 10 }).read('b', { maxAgeMs: 10 })
  assert.equal(played.texts, '')
})

test('bounded: a write without an answer counts from when its value was seen', () => {
  const played = new Played().set('a')
  played.ask('w', { name: 'set', value: 'b' })
  played.later(200).read('a', { maxAgeMs: 10 })
  assert.equal(played.texts, '')
  played.call('w', { name: 'get' }, 'b').later(200).read('a', { maxAgeMs: 10 })
  assert.match(played.texts, /replaced by/)
})

test('session: nothing older than what it has written or read, however old that is', () => {
  const s = { session: 's' }
  assert.match(new Played().set('a').set('b', 's').read('a', s).texts, /replaced by/)
  assert.equal(new Played().set('a').set('b', 'other').read('a', s).read('b', s).texts, '')
  assert.match(new Played().set('a').set('b').read('b', s).read('a', s).texts, /replaced by/)
  assert.equal(new Played().set('a').set('b').read('b', { session: 'other' }).read('a', s).texts, '')
  assert.match(new Played().set('a', 's').read(null, s).texts, /replaced by/)
  assert.equal(new Played().set('a', 's').remove('a').read(null, s).texts, '')
})

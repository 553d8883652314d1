import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Call, type Obstacle, Parking } from '../../../src/operation/parking.js'
import { type MapRequest, opCode } from '../../../src/operation/request.js'

/** One key's lock, and who did what in which order. */
class Owner {
  holder: string | null = 'h'
  leaseEndsMs = Number.POSITIVE_INFINITY
  readonly done: string[] = []
  readonly parking = new Parking({
    perform: call => this.#perform(call),
    giveUp: ({ request }, lock) => void this.done.push(`${request.caller?.endpoint} gave up on ${lock.endpoint}`),
  })

  get lock(): Obstacle {
    return { endpoint: this.holder ?? '', threadId: 1, untilMs: this.leaseEndsMs, seq: 0 }
  }

  #perform({ request }: Call): Obstacle | null {
    const endpoint = request.caller?.endpoint ?? ''
    if (this.holder !== null && this.holder !== endpoint) return this.lock
    if (request.op === opCode.lock) this.holder = endpoint
    this.done.push(`${endpoint} ${request.op === opCode.lock ? 'locks' : 'sets'}`)
    return null
  }

  park(
    endpoint: string,
    op: 'lock' | 'set' = 'lock',
    { number = 0, session = 's', endsMs = Number.POSITIVE_INFINITY } = {},
  ): Call {
    const request = request_(endpoint, op)
    const invocation = number === 0 ? null : { session, number, ackedBelow: 0, open: [] }
    const call: Call = { request, invocation, respond: () => void this.done.push(`${endpoint} first`) }
    this.parking.park(call, this.lock, endsMs)
    return call
  }

  free(): string[] {
    this.holder = null
    this.parking.wake(request_('h', 'set'))
    return this.done.splice(0)
  }
}

const request_ = (endpoint: string, op: 'lock' | 'set', key = 'k'): MapRequest => ({
  op: opCode[op],
  mapId: 1,
  key: new TextEncoder().encode(key),
  value: null,
  expected: null,
  ttlMs: -1,
  maxIdleMs: -1,
  items: [],
  caller: { endpoint, threadId: 1, referenceId: 0, waitMs: -1 },
})

test('those who wait have their turn in order, until one has the lock', () => {
  const o = new Owner()
  o.park('a', 'set')
  o.park('b')
  o.park('c', 'set')
  o.park('d')
  assert.deepEqual(o.free(), ['a sets', 'b locks'])
  assert.deepEqual(o.free(), ['c sets', 'd locks'])
  assert.equal(o.parking.size, 0)
})

test('whoever has the lock does not wait for itself behind others', () => {
  const o = new Owner()
  o.park('a')
  o.park('b')
  o.park('a', 'set')
  assert.deepEqual(o.free(), ['a locks', 'a sets'])
  assert.deepEqual(o.free(), ['b locks'])
})

test('another key is another queue', () => {
  const o = new Owner()
  o.park('a')
  o.holder = null
  o.parking.wake(request_('h', 'set', 'other'))
  assert.deepEqual(o.done, [])
  o.parking.wakeAll()
  assert.deepEqual(o.done, ['a locks'])
})

test('waiting ends when its time is over, each at its own', () => {
  const o = new Owner()
  o.park('a', 'lock', { endsMs: 100 })
  o.park('b', 'lock', { endsMs: 50 })
  o.park('c')
  o.parking.tick(49, 0)
  assert.deepEqual(o.done, [])
  o.parking.tick(50, 0)
  o.parking.tick(99, 0)
  assert.deepEqual(o.done, ['b gave up on h'])
  o.parking.tick(100, 0)
  assert.deepEqual(o.done, ['b gave up on h', 'a gave up on h'])
  assert.equal(o.parking.size, 1)
})

test('the end of a lease is the next one’s turn', () => {
  const o = new Owner()
  o.leaseEndsMs = 1_000
  o.park('a')
  o.parking.tick(0, 999)
  assert.deepEqual(o.done, [])
  o.holder = null
  o.parking.tick(0, 1_000)
  assert.deepEqual(o.done, ['a locks'])
})

test('a call that is asked for again is one call, and answers to where it was asked last', () => {
  const o = new Owner()
  const told: string[] = []
  o.park('a', 'lock', { number: 5 })
  const id = { session: 's', number: 5, ackedBelow: 3, open: [] }
  assert.equal(
    o.parking.takeOver(id, () => void told.push('second')),
    true,
  )
  assert.equal(
    o.parking.takeOver({ ...id, number: 6 }, () => {}),
    false,
  )
  assert.equal(o.parking.size, 1)
  for (const { respond } of o.parking.empty()) respond(null, null, 0, 0)
  assert.deepEqual([told, o.done], [['second'], []])
})

test('a call that is taken back does nothing any more', () => {
  const o = new Owner()
  o.park('a', 'lock', { number: 5 })
  o.park('b')
  o.parking.remove({ session: 's', number: 5, ackedBelow: 3, open: [] })
  o.parking.remove({ session: 's', number: 5, ackedBelow: 3, open: [] })
  assert.equal(o.parking.size, 1)
  assert.deepEqual(o.free(), ['b locks'])
})

/**
 * 1. A member waits for a lock on behalf of its client; it stands still, is removed and taken in again, and tells the client that
 *    nobody knows. The client is there all the time.
 * 2. The holder unlocks: granted to the client, the lock would be held by one who does not know of it.
 */
test('a call whose session has ended is not done any more: the next one has the lock at once', () => {
  const o = new Owner()
  o.park('a', 'lock', { number: 5, session: 'm/1' })
  o.park('b', 'lock', { number: 5, session: 'm/2' })
  o.park('c')
  o.parking.forgetSessions(session => session === 'm/1')
  assert.equal(o.parking.size, 2)
  assert.deepEqual(o.free(), ['b locks'])
  assert.deepEqual(o.free(), ['c locks'])
  assert.equal(o.parking.size, 0)
})

test('when nobody is left who waits for a key, it is as if nobody had', () => {
  const o = new Owner()
  o.park('a', 'lock', { number: 5, endsMs: 50 })
  o.parking.forgetSessions(() => true)
  o.parking.tick(50, 0)
  assert.deepEqual([o.parking.size, o.free()], [0, []])
})

test('what waits is a copy: the frame that it came in is written over', () => {
  const o = new Owner()
  const { request } = o.park('a')
  request.key?.fill(0)
  assert.deepEqual(o.free(), ['a locks'])
})

test('there is an end to what may wait', () => {
  const o = new Owner()
  for (let n = 1; !o.parking.isFull; n++) o.park(`e${n}`, 'lock', { number: n })
  assert.equal(o.parking.size, 10_000)
})

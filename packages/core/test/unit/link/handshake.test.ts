import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simKeys } from '../../../sim/keys.js'
import type { MemberSecurity } from '../../../src/api/config.js'
import { DecodeError } from '../../../src/base/errors.js'
import { memberId } from '../../../src/base/ids.js'
import { Secret } from '../../../src/base/secret.js'
import { Accepting, Dialling, type Identity } from '../../../src/link/handshake.js'
import type { AnyMessage } from '../../../src/link/link.js'
import { Membership } from '../../../src/link/membership.js'

const address = { host: '10.0.0.1', port: 5701 }

const identity = (id: string, clusterName = 'dev', leaseMs = 2_000): Identity => ({
  id: memberId(id),
  clusterName,
  partitionCount: 271,
  leaseMs,
  address: () => address,
  clusterId: () => '',
  memberCount: () => 1,
})

let seed = 0
function membership(user: string, password: string, others: Readonly<Record<string, string>> = {}): Membership {
  const secret = new Secret(password)
  const secrets = new Map([[user, secret], ...Object.entries(others).map(([name, text]) => [name, new Secret(text)] as const)])
  const security: MemberSecurity = { identity: { user, secret }, secrets }
  return new Membership(security, simKeys(++seed), 'dev')
}

interface Play {
  readonly dials: Dialling
  readonly accepts: Accepting
  readonly said: AnyMessage[]
}

/** Lets the two talk until one is done or has refused; `tamper` sees every message on its way. */
function play(
  a: Membership | null,
  b: Membership | null,
  tamper: (message: AnyMessage) => AnyMessage = message => message,
): Play & { end: string; reason: string } {
  const [dials, accepts] = [new Dialling(identity('a'), a, address), new Accepting(identity('b'), b)]
  const said: AnyMessage[] = []
  let toAccept: AnyMessage[] = [{ name: 'hello', message: dials.hello(memberId('b'), false) }]
  for (;;) {
    const toDial: AnyMessage[] = []
    for (const message of toAccept) {
      said.push(message)
      const step = accepts.onMessage(tamper(message))
      if (step.type === 'refuse' || step.type === 'refused') return { dials, accepts, said, end: 'b refuses', ...step.against }
      toDial.push(...step.say)
    }
    toAccept = []
    for (const message of toDial) {
      said.push(message)
      const step = dials.onMessage(tamper(message))
      if (step.type === 'refuse' || step.type === 'refused') return { dials, accepts, said, end: 'a refuses', ...step.against }
      if (step.type === 'done') return { dials, accepts, said, end: `together: ${step.with.from}`, reason: '' }
      toAccept.push(...step.say)
    }
  }
}

test('without secrets the names are enough', () => {
  const { end, said } = play(null, null)
  assert.equal(end, 'together: b')
  assert.deepEqual(
    said.map(message => message.name),
    ['hello', 'helloAck'],
  )
})

test('a lease of another length is refused: its end would be waited for by another figure', () => {
  const accepts = new Accepting(identity('b', 'dev', 2_000), null)
  const dials = new Dialling(identity('a', 'dev', 3_000), null, address)
  const step = accepts.onMessage({ name: 'hello', message: dials.hello(memberId('b'), false) })
  assert.ok(step.type === 'refuse' && step.against.code === 'lease')
  assert.match(step.against.reason, /cobnut.lease.millis is 3000 there and 2000 at/)
})

test('with the same secret they prove it to each other, and say it to nobody', () => {
  const { end, said } = play(membership('m', 'among us'), membership('m', 'among us'))
  assert.equal(end, 'together: b')
  assert.deepEqual(
    said.map(message => message.name),
    ['hello', 'challenge', 'proof', 'proof', 'helloAck'],
  )
  assert.doesNotMatch(JSON.stringify(said), /among/)
})

test('members with users of their own know each other', () => {
  assert.equal(play(membership('a', '1', { b: '2' }), membership('b', '2', { a: '1' })).end, 'together: b')
  assert.equal(play(membership('', 'token'), membership('', 'token')).end, 'together: b')
})

test('whoever does not know the secret is refused, on either side, and both hear why', () => {
  const wrong = play(membership('m', 'guess'), membership('m', 'among us'))
  assert.equal(wrong.end, 'b refuses')
  assert.match(wrong.reason, /the user "m" or its password of member-authentication is not the one that 10\.0\.0\.1:5701 knows/)
  assert.equal(play(membership('x', 'among us'), membership('m', 'among us')).end, 'b refuses')
  const none = play(null, membership('m', 'among us'))
  assert.equal(none.end, 'a refuses')
  assert.match(none.reason, /asks for a proof, and member-authentication is not configured here/)
  const open = play(membership('m', 'among us'), null)
  assert.equal(open.end, 'a refuses')
  assert.match(open.reason, /proves nothing: member-authentication is configured here and not there/)
  // the one that is dialled knows the user of the other, and not its own
  const half = play(membership('m', 'among us', { n: 'other' }), membership('n', 'guess', { m: 'among us' }))
  assert.equal(half.end, 'a refuses')
  assert.match(half.reason, /does not know the secret/)
})

test('nothing that was heard once is good for another time', () => {
  const [a, b] = [membership('m', 'among us'), membership('m', 'among us')]
  const proofs = play(a, b).said.filter(message => message.name === 'proof')
  assert.equal(proofs.length, 2)
  for (const [which, old] of proofs.entries()) {
    let seen = 0
    const { end } = play(a, b, message => (message.name === 'proof' && seen++ === which ? old : message))
    assert.match(end, /refuses/)
  }
})

test('a proof cannot be sent back to whoever made it', () => {
  const b = membership('m', 'among us')
  const accepts = new Accepting(identity('b'), b)
  const hello = new Dialling(identity('b'), null, address).hello(null, false)
  const step = accepts.onMessage({ name: 'hello', message: hello })
  assert.ok(step.type === 'say' && step.say[0]?.name === 'challenge')
  const { nonce } = step.say[0].message
  // the member is dialled, and made to dial with the nonce that it has drawn
  const dials = new Dialling(identity('b'), b, address)
  const answer = dials.onMessage({ name: 'challenge', message: { from: 'b', nonce } })
  assert.ok(answer.type === 'say' && answer.say[0]?.name === 'proof')
  const back = dials.onMessage(answer.say[0])
  assert.equal(back.type, 'refuse')
})

test('what was changed on the way is refused', () => {
  for (const change of ['from', 'user'] as const) {
    const { end } = play(membership('m', 'among us'), membership('m', 'among us'), message => {
      if (message.name === 'hello' && change === 'from') return { ...message, message: { ...message.message, from: 'eve' } }
      if (message.name === 'proof' && change === 'user') return { ...message, message: { ...message.message, user: 'eve' } }
      return message
    })
    assert.match(end, /refuses/)
  }
})

test('nothing but the handshake is listened to before it is over', () => {
  const accepts = new Accepting(identity('b'), membership('m', 'among us'))
  const early: AnyMessage = { name: 'joinRequest', message: { member: '{}' } }
  assert.throws(() => accepts.onMessage(early), DecodeError)
  accepts.onMessage({ name: 'hello', message: new Dialling(identity('a'), null, address).hello(null, false) })
  assert.throws(() => accepts.onMessage(early), DecodeError)
  const short: AnyMessage = {
    name: 'proof',
    message: { user: 'm', nonce: new Uint8Array(3), signature: new Uint8Array(32) },
  }
  assert.throws(() => accepts.onMessage(short), /nonce of 3 bytes/)
})

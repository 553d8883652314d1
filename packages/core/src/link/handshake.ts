/**
 * What is said before two members talk, from either side, as decisions: a message goes in, what to do comes out. Whoever
 * owns the connection does it. Nothing but the handshake is listened to before it is over.
 */

import { DecodeError } from '../base/errors.js'
import { type MemberId, memberId } from '../base/ids.js'
import type { Address } from '../env/env.js'
import { type MemberMessage, memberProtocolVersion } from '../protocol/member-table.js'
import type { AnyMessage } from './link.js'
import { type Membership, nonceBytes, type Occasion } from './membership.js'

export interface Identity {
  readonly id: MemberId
  readonly clusterName: string
  readonly partitionCount: number
  readonly leaseMs: number
  address(): Address
  /** Empty while this member belongs to no cluster. */
  clusterId(): string
  memberCount(): number
}

/** Why a handshake is refused. */
type Objection =
  | 'protocol-version'
  | 'cluster-name'
  | 'partition-count'
  | 'lease'
  | 'other-member'
  | 'other-cluster'
  | 'member-authentication'
  | 'not-encrypted'

export interface Against {
  readonly code: Objection | ''
  readonly reason: string
}

export type Step<Done> =
  | { readonly type: 'say'; readonly say: readonly AnyMessage[] }
  | { readonly type: 'done'; readonly say: readonly AnyMessage[]; readonly with: Done }
  /** Ours: it is told to the other side. */
  | { readonly type: 'refuse'; readonly against: Against }
  /** The other side's. */
  | { readonly type: 'refused'; readonly against: Against }

export interface Answered {
  readonly from: MemberId
  readonly clusterId: string
  readonly members: number
}

const refuse = (code: Objection, reason: string): Step<never> => ({ type: 'refuse', against: { code, reason } })
const refused = ({ code, reason }: MemberMessage<'refused'>): Step<never> => {
  return { type: 'refused', against: { code: code as Objection, reason } }
}

/** The side that dials. */
export class Dialling {
  readonly #self: Identity
  readonly #membership: Membership | null
  readonly #address: Address
  #occasion: Occasion | null = null
  #isProved = false

  /** @param address where the other one was dialled, for texts */
  constructor(self: Identity, membership: Membership | null, address: Address) {
    this.#self = self
    this.#membership = membership
    this.#address = address
  }

  /**
   * @param expected the member that has to be there; null = whoever listens.
   * @param hears it is heard by a connection that is up.
   */
  hello(expected: MemberId | null, hears: boolean, clusterId = this.#self.clusterId()): MemberMessage<'hello'> {
    const { host, port } = this.#self.address()
    return {
      protocolVersion: memberProtocolVersion,
      clusterName: this.#self.clusterName,
      clusterId,
      partitionCount: this.#self.partitionCount,
      leaseMs: this.#self.leaseMs,
      from: this.#self.id,
      host,
      port,
      to: expected ?? '',
      hears,
    }
  }

  onMessage(any: AnyMessage): Step<Answered> {
    switch (any.name) {
      case 'refused':
        return refused(any.message)
      case 'challenge':
        return this.#onChallenge(any.message)
      case 'proof':
        return this.#onProof(any.message)
      case 'helloAck':
        return this.#onAck(any.message)
      default:
        return { type: 'refused', against: { code: '', reason: `${any.name} instead of an answer to hello` } }
    }
  }

  #onChallenge({ from, nonce }: MemberMessage<'challenge'>): Step<never> {
    const there = addressText(this.#address)
    if (this.#membership === null) {
      return refuse('member-authentication', `${there} asks for a proof, and member-authentication is not configured here`)
    }
    const dialNonce = this.#membership.nonce()
    this.#occasion = { dials: this.#self.id, accepts: from, acceptNonce: copied(nonce), dialNonce }
    const signature = this.#membership.signature('dials', this.#occasion)
    return { type: 'say', say: [{ name: 'proof', message: { user: this.#membership.user, nonce: dialNonce, signature } }] }
  }

  #onProof({ user, signature }: MemberMessage<'proof'>): Step<never> {
    const occasion = this.#occasion
    this.#isProved = occasion !== null && this.#membership?.isRight(signature, 'accepts', user, occasion) === true
    if (this.#isProved) return { type: 'say', say: [] }
    return refuse('member-authentication', `${addressText(this.#address)} does not know the secret of member-authentication`)
  }

  #onAck({ from, clusterId, members }: MemberMessage<'helloAck'>): Step<Answered> {
    if (this.#membership !== null && (!this.#isProved || from !== this.#occasion?.accepts)) {
      const there = addressText(this.#address)
      return refuse('member-authentication', `${there} proves nothing: member-authentication is configured here and not there`)
    }
    return { type: 'done', say: [], with: { from: memberId(from), clusterId, members } }
  }
}

/** Who has dialled, and for what. */
export interface Caller {
  readonly from: MemberId
  readonly address: Address
  /** It wants to be heard as a member; otherwise it wants to talk. */
  readonly isMember: boolean
  /** It hears this member by a connection that is up. */
  readonly hears: boolean
}

/** The side that is dialled. */
export class Accepting {
  readonly #self: Identity
  readonly #membership: Membership | null
  #hello: MemberMessage<'hello'> | null = null
  #acceptNonce: Uint8Array = new Uint8Array(0)

  constructor(self: Identity, membership: Membership | null) {
    this.#self = self
    this.#membership = membership
  }

  onMessage(any: AnyMessage): Step<Caller> {
    if (any.name === 'refused') return refused(any.message)
    if (any.name === 'hello' && this.#hello === null) return this.#onHello(any.message)
    if (any.name === 'proof' && this.#hello !== null) return this.#onProof(this.#hello, any.message)
    throw new DecodeError(`${any.name} before the handshake was over`)
  }

  #onHello(hello: MemberMessage<'hello'>): Step<Caller> {
    const against = objection(this.#self, hello)
    if (against !== null) return { type: 'refuse', against }
    this.#hello = hello
    if (this.#membership === null) return this.#done(hello, [])
    this.#acceptNonce = this.#membership.nonce()
    return { type: 'say', say: [{ name: 'challenge', message: { from: this.#self.id, nonce: this.#acceptNonce } }] }
  }

  #onProof(hello: MemberMessage<'hello'>, { user, nonce, signature }: MemberMessage<'proof'>): Step<Caller> {
    const membership = this.#membership
    const occasion = { dials: hello.from, accepts: this.#self.id, acceptNonce: this.#acceptNonce, dialNonce: copied(nonce) }
    if (membership === null || !membership.isRight(signature, 'dials', user, occasion)) {
      const who = user === '' ? 'the token' : `the user "${user.slice(0, 100)}" or its password`
      const here = addressText(this.#self.address())
      return refuse('member-authentication', `${who} of member-authentication is not the one that ${here} knows`)
    }
    const proof = { user: membership.user, nonce: new Uint8Array(0), signature: membership.signature('accepts', occasion) }
    return this.#done(hello, [{ name: 'proof', message: proof }])
  }

  #done({ from, host, port, to, hears }: MemberMessage<'hello'>, say: readonly AnyMessage[]): Step<Caller> {
    const self = this.#self
    const ack: AnyMessage = {
      name: 'helloAck',
      message: { from: self.id, clusterId: self.clusterId(), members: self.memberCount() },
    }
    const caller = { from: memberId(from), address: { host, port }, isMember: to !== '', hears }
    return { type: 'done', say: [...say, ack], with: caller }
  }
}

/** Why whoever says this may not speak with us; said to both sides. */
function objection(self: Identity, hello: MemberMessage<'hello'>): Against | null {
  const here = addressText(self.address())
  if (hello.protocolVersion !== memberProtocolVersion) {
    const reason = `member protocol version ${hello.protocolVersion} cannot speak with version ${memberProtocolVersion} at ${here}`
    return { code: 'protocol-version', reason }
  }
  if (hello.clusterName !== self.clusterName) {
    const reason = `cluster-name is "${hello.clusterName}" there and "${self.clusterName}" at ${here}: they must be equal`
    return { code: 'cluster-name', reason }
  }
  if (hello.partitionCount !== self.partitionCount) {
    const counts = `${hello.partitionCount} there and ${self.partitionCount} at ${here}`
    return { code: 'partition-count', reason: `hazelcast.partition.count is ${counts}: they must be equal` }
  }
  if (hello.leaseMs !== self.leaseMs) {
    // who grants a lease waits by its own figure for the end of it
    const figures = `${hello.leaseMs} there and ${self.leaseMs} at ${here}`
    return { code: 'lease', reason: `cobnut.lease.millis is ${figures}: they must be equal` }
  }
  if (hello.to !== '' && hello.to !== self.id) {
    return { code: 'other-member', reason: `member ${hello.to} is not at ${here} any more; this is ${self.id}` }
  }
  if (hello.clusterId !== '' && self.clusterId() !== '' && hello.clusterId !== self.clusterId()) {
    const reason = `two clusters of one name have met: ${hello.clusterId} there and ${self.clusterId()} at ${here}; stop one of them`
    return { code: 'other-cluster', reason }
  }
  return null
}

/** Of a message, whose bytes end with it. */
function copied(nonce: Uint8Array): Uint8Array {
  if (nonce.length !== nonceBytes) throw new DecodeError(`a nonce of ${nonce.length} bytes`)
  return nonce.slice()
}

export const addressText = (a: Address): string => (a.host.includes(':') ? `[${a.host}]:${a.port}` : `${a.host}:${a.port}`)

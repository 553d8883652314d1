/**
 * The connections of this member to all others: one dialled to each member of the cluster, by which everything is sent,
 * and those that others dialled, by which everything arrives. Dialled anew when broken, as long as the member belongs to
 * the cluster. What is sent while a link is down is dropped: whoever sends asks again when it is up.
 */

import { CobnutError } from '../base/errors.js'
import { type MemberId, memberId } from '../base/ids.js'
import type { Address, Clock, Env, Log, Pipe, Timer } from '../env/env.js'
import { type MemberMessage, type MemberMessageName, memberPrefix, memberProtocolVersion } from '../protocol/member-table.js'
import { type AnyMessage, Link, type LinkReceiver } from './link.js'

const dialTimeoutMs = 2_000
/** From hello to its answer. */
const handshakeTimeoutMs = 3_000
const redialFirstMs = 20
const redialMaxMs = 500

export interface Identity {
  readonly id: MemberId
  readonly clusterName: string
  readonly partitionCount: number
  address(): Address
  /** Empty while this member belongs to no cluster. */
  clusterId(): string
  memberCount(): number
}

/** Why a handshake is refused. */
export type Objection = 'protocol-version' | 'cluster-name' | 'partition-count' | 'other-member' | 'other-cluster'

export interface LinksListener {
  /** `reply` answers on the same connection: for conversations with somebody who is not a member yet. */
  onMessage(from: MemberId, any: AnyMessage, reply: Link): void
  onUp(member: MemberId): void
  onDown(member: MemberId, reason: string): void
}

interface Outbound {
  address: Address
  link: Link | null
  dialling: boolean
  backoffMs: number
  timer: Timer | null
}

export class Links {
  readonly #env: Env
  readonly #clock: Clock
  readonly #log: Log
  readonly #self: Identity
  readonly #listener: LinksListener
  /** Dialled by this member, for sending. */
  readonly #out = new Map<MemberId, Outbound>()
  /** Dialled by others, for hearing. One for each: a newer one replaces the older, so nothing old arrives after something new. */
  readonly #in = new Map<MemberId, Link>()
  readonly #open = new Set<Link>()
  #closed = false

  constructor(env: Env, self: Identity, listener: LinksListener) {
    this.#env = env
    this.#clock = env.clock
    this.#log = env.log
    this.#self = self
    this.#listener = listener
  }

  /** Keeps a link to each of these members and to nobody else. */
  follow(members: readonly { readonly id: MemberId; readonly address: Address }[]): void {
    const wanted = new Map(members.filter(m => m.id !== this.#self.id).map(m => [m.id, m.address]))
    for (const id of this.#out.keys()) if (!wanted.has(id)) this.#forget(id)
    for (const [id, address] of wanted) this.reach(id, address)
  }

  /** Keeps a link to this member until `follow` says otherwise. */
  reach(id: MemberId, address: Address): void {
    if (this.#closed || id === this.#self.id || this.#out.has(id)) return
    const out: Outbound = { address, link: null, dialling: false, backoffMs: redialFirstMs, timer: null }
    this.#out.set(id, out)
    void this.#dial(id, out)
  }

  isUp(id: MemberId): boolean {
    return this.#out.get(id)?.link != null
  }

  /** False: dropped, because there is no link now. */
  send<N extends MemberMessageName>(to: MemberId, name: N, message: MemberMessage<N>): boolean {
    const link = this.#out.get(to)?.link
    if (link == null) return false
    link.send(name, message)
    return true
  }

  /** Bytes waiting for this member; Infinity when there is no link. */
  backlogBytes(to: MemberId): number {
    return this.#out.get(to)?.link?.backlogBytes ?? Number.POSITIVE_INFINITY
  }

  #forget(id: MemberId): void {
    const out = this.#out.get(id)
    this.#out.delete(id)
    out?.timer?.cancel()
    out?.link?.close('no longer a member')
    this.#in.get(id)?.close('no longer a member')
  }

  async #dial(id: MemberId, out: Outbound): Promise<void> {
    if (out.dialling || out.link !== null) return
    out.dialling = true
    try {
      const { link } = await this.greet(out.address, id, {
        onMessage: (on, any) => this.#listener.onMessage(id, any, on),
        onClose: (_, reason) => this.#onOutDown(id, out, reason),
      })
      out.dialling = false
      if (this.#out.get(id) !== out) {
        link.close('no longer a member')
        return
      }
      out.link = link
      out.backoffMs = redialFirstMs
      this.#listener.onUp(id)
    } catch (error) {
      out.dialling = false
      this.#redial(id, out, error instanceof Error ? error.message : String(error))
    }
  }

  #onOutDown(id: MemberId, out: Outbound, reason: string): void {
    out.link = null
    this.#redial(id, out, reason)
  }

  #redial(id: MemberId, out: Outbound, reason: string): void {
    if (this.#closed || this.#out.get(id) !== out) return
    this.#log.debug('link.down', { member: id, reason })
    this.#listener.onDown(id, reason)
    // the listener may have taken the member off the list
    if (this.#out.get(id) !== out) return
    out.timer = this.#clock.after(out.backoffMs, () => void this.#dial(id, out))
    out.backoffMs = Math.min(out.backoffMs * 2, redialMaxMs)
  }

  /**
   * Connects and tells who this is. Rejects with what the other side says against it, or with LINK_CLOSED and the detail
   * `silent` where somebody took the connection and said nothing until the time was over.
   * @param expected the member that has to be there; null = whoever listens.
   */
  async greet(
    address: Address,
    expected: MemberId | null,
    receiver: LinkReceiver,
  ): Promise<{ link: Link; from: MemberId; clusterId: string; members: number }> {
    const pipe = await this.#env.network.dial(address, dialTimeoutMs)
    if (this.#closed) {
      pipe.destroy()
      throw new CobnutError('MEMBER_STOPPED')
    }
    return new Promise((resolve, reject) => {
      let done = false
      let greeted = false
      let silent = false
      const timer = this.#clock.after(handshakeTimeoutMs, () => {
        silent = true
        link.close('no answer to hello')
      })
      const link = new Link(pipe, this.#clock, {
        onMessage: (on, any) => {
          if (done) {
            receiver.onMessage(on, any)
            return
          }
          done = true
          timer.cancel()
          if (any.name === 'helloAck') {
            const { from, clusterId, members } = any.message
            greeted = true
            resolve({ link: on, from: memberId(from), clusterId, members })
          } else {
            const { code, reason } =
              any.name === 'refused' ? any.message : { code: '', reason: `${any.name} instead of an answer to hello` }
            reject(new CobnutError('JOIN_REFUSED', reason, { objection: code, address: addressText(address) }))
            on.close('refused')
          }
        },
        onClose: (on, reason) => {
          this.#open.delete(on)
          timer.cancel()
          if (greeted) receiver.onClose(on, reason)
          else reject(new CobnutError('LINK_CLOSED', reason, { silent }))
          done = true
        },
      })
      this.#open.add(link)
      link.sendPrefix(memberPrefix)
      link.send('hello', this.#hello(expected))
    })
  }

  #hello(expected: MemberId | null): MemberMessage<'hello'> {
    const { host, port } = this.#self.address()
    return {
      protocolVersion: memberProtocolVersion,
      clusterName: this.#self.clusterName,
      clusterId: this.#self.clusterId(),
      partitionCount: this.#self.partitionCount,
      from: this.#self.id,
      host,
      port,
      to: expected ?? '',
    }
  }

  /** A connection that began with the member prefix; `rest` are bytes read behind it. */
  accept(pipe: Pipe, rest: Uint8Array): void {
    let from: MemberId | null = null
    const timer = this.#clock.after(handshakeTimeoutMs, () => link.close('no hello'))
    const link = new Link(pipe, this.#clock, {
      onMessage: (on, any) => {
        if (from !== null) {
          this.#listener.onMessage(from, any, on)
          return
        }
        timer.cancel()
        if (any.name !== 'hello') {
          on.close(`${any.name} before hello`)
          return
        }
        const against = this.#objection(any.message)
        if (against !== null) {
          // a member that looks for the predecessor of this one asks again and again; everything else is somebody's mistake
          const level = against.code === 'other-member' ? 'debug' : 'warn'
          this.#log[level]('link.refused', { remote: on.remote, ...against })
          on.send('refused', against)
          on.close(against.reason)
          return
        }
        from = memberId(any.message.from)
        on.send('helloAck', { from: this.#self.id, clusterId: this.#self.clusterId(), members: this.#self.memberCount() })
        // who dials without naming a member wants to talk, not to be heard as one: that stands beside the lasting link
        if (any.message.to === '') return
        this.#in.get(from)?.close('replaced by a newer connection')
        this.#in.set(from, on)
        this.reach(from, { host: any.message.host, port: any.message.port })
      },
      onClose: on => {
        this.#open.delete(on)
        timer.cancel()
        if (from !== null && this.#in.get(from) === on) this.#in.delete(from)
      },
    })
    this.#open.add(link)
    if (rest.length > 0) link.feed(rest)
  }

  /** Why whoever says this may not speak with us; said to both sides. */
  #objection(hello: MemberMessage<'hello'>): { code: Objection; reason: string } | null {
    const self = this.#self
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
    if (hello.to !== '' && hello.to !== self.id) {
      return { code: 'other-member', reason: `member ${hello.to} is not at ${here} any more; this is ${self.id}` }
    }
    if (hello.clusterId !== '' && self.clusterId() !== '' && hello.clusterId !== self.clusterId()) {
      const reason = `two clusters of one name have met: ${hello.clusterId} there and ${self.clusterId()} at ${here}; stop one of them`
      return { code: 'other-cluster', reason }
    }
    return null
  }

  close(): void {
    this.#closed = true
    for (const out of this.#out.values()) out.timer?.cancel()
    this.#out.clear()
    for (const link of [...this.#open]) link.close('this member stops')
  }
}

export const addressText = (a: Address): string => (a.host.includes(':') ? `[${a.host}]:${a.port}` : `${a.host}:${a.port}`)

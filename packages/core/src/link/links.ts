/**
 * The connections of this member to all others: one dialled to each member of the cluster, by which everything is sent,
 * and those that others dialled, by which everything arrives. Dialled anew when broken, as long as the member belongs to
 * the cluster. What is sent while a link is down is dropped: whoever sends asks again when it is up.
 *
 * A link that is cut does not break. What was sent on it waits for TCP, which tries less and less often, and after the healing
 * next when it would have anyway: up to as long again as the cut was, at most two minutes. So members tell each other what they
 * hear, and a link that is stuck is replaced:
 *
 *   1. Nothing of what was sent has arrived for some seconds. The member is greeted on another connection, again and again.
 *   2. It answers. Had it only stood still, it now hears the link as well, and nothing is done: what is under way is not lost.
 *   3. The link is stuck all the same: it is dialled anew, and ends when the new one is there.
 */

import type { MemberSecurity } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import type { Address, Clock, Env, Log, Pipe, Timer } from '../env/env.js'
import { unwaited } from '../env/unwaited.js'
import { type MemberMessage, type MemberMessageName, memberPrefix } from '../protocol/member-table.js'
import { Accepting, type Against, addressText, type Caller, Dialling, type Identity } from './handshake.js'
import { type AnyMessage, Link, type LinkReceiver } from './link.js'
import { Membership } from './membership.js'

const dialTimeoutMs = 2_000
/** From hello to its answer. */
const handshakeTimeoutMs = 3_000
const redialFirstMs = 20
const redialMaxMs = 500
/** Between two looks at what was heard, and at what is stuck. */
const lookEveryMs = 500
/** Nothing of what was sent has arrived: long for a turn of the loop or a lost packet, short for a cut. */
const stuckAfterMs = 3_000
/** Characters of a stranger's text that are logged. */
const shownMax = 500

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
  /** The link is stuck, and the member is being greeted beside it. */
  asking: boolean
  /** When it has answered to that. */
  answeredMs: number | null
}

export class Links {
  readonly #env: Env
  readonly #clock: Clock
  readonly #log: Log
  readonly #self: Identity
  readonly #membership: Membership | null
  readonly #listener: LinksListener
  /** Dialled by this member, for sending. */
  readonly #out = new Map<MemberId, Outbound>()
  /** Dialled by others, for hearing. One for each: a newer one replaces the older, so nothing old arrives after something new. */
  readonly #in = new Map<MemberId, Link>()
  readonly #open = new Set<Link>()
  readonly #looks: Timer
  #closed = false

  /** @param security what members have to prove to each other; null: nothing */
  constructor(env: Env, self: Identity, security: MemberSecurity | null, listener: LinksListener) {
    this.#env = env
    this.#clock = env.clock
    this.#log = env.log
    this.#self = self
    this.#membership = security === null ? null : new Membership(security, env.keys, self.clusterName)
    this.#listener = listener
    this.#looks = env.clock.every(lookEveryMs, () => this.#look())
  }

  /** Keeps a link to each of these members and to nobody else. */
  follow(members: readonly { readonly id: MemberId; readonly address: Address }[]): void {
    const wanted = new Map(members.filter(m => m.id !== this.#self.id).map(m => [m.id, m.address]))
    for (const id of this.#out.keys()) if (!wanted.has(id)) this.#forget(id)
    for (const [id, address] of wanted) this.reach(id, address)
  }

  /** Ends every connection, and makes its own anew: whoever is in another cluster by now is told so by the handshake. */
  renew(): void {
    for (const link of [...this.#open]) link.close('the cluster was divided')
  }

  /** Keeps a link to this member until `follow` says otherwise. */
  reach(id: MemberId, address: Address): void {
    if (this.#closed || id === this.#self.id || this.#out.has(id)) return
    const out: Outbound = {
      address,
      link: null,
      dialling: false,
      backoffMs: redialFirstMs,
      timer: null,
      asking: false,
      answeredMs: null,
    }
    this.#out.set(id, out)
    unwaited(this.#clock, this.#dial(id, out))
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

  /** Bytes of all messages given to the present link; 0 when there is none. */
  sentBytes(to: MemberId): number {
    return this.#out.get(to)?.link?.sentBytes ?? 0
  }

  #forget(id: MemberId): void {
    const out = this.#out.get(id)
    this.#out.delete(id)
    out?.timer?.cancel()
    out?.link?.close('no longer a member')
    this.#in.get(id)?.close('no longer a member')
  }

  async #dial(id: MemberId, out: Outbound): Promise<void> {
    if (out.dialling) return
    out.dialling = true
    let link: Link
    try {
      const greeted = await this.greet(out.address, id, {
        onMessage: (on, any) => {
          if (any.name === 'heard') on.onHeard(any.message.bytes)
          else this.#listener.onMessage(id, any, on)
        },
        onClose: (on, reason) => this.#onOutDown(id, out, on, reason),
      })
      link = greeted.link
    } catch (error) {
      out.dialling = false
      out.answeredMs = null
      if (out.link === null) this.#redial(id, out, error instanceof Error ? error.message : String(error))
      return
    }
    out.dialling = false
    // ended in the same moment as it was made: it is being dialled again already, or will be
    if (link.isClosed) return
    // one that is stuck goes as if it had broken, with all that was under way
    out.link?.close('stuck: a new one gets through')
    if (this.#out.get(id) !== out) {
      link.close('no longer a member')
      return
    }
    out.timer?.cancel()
    out.link = link
    out.backoffMs = redialFirstMs
    out.answeredMs = null
    this.#listener.onUp(id)
  }

  #onOutDown(id: MemberId, out: Outbound, on: Link, reason: string): void {
    // what was dialled beside a link that is stuck ended in the moment in which it was made
    if (out.link !== null && out.link !== on) return
    out.link = null
    this.#redial(id, out, reason)
  }

  #redial(id: MemberId, out: Outbound, reason: string): void {
    if (this.#closed || this.#out.get(id) !== out) return
    this.#log.debug('link.down', { member: id, reason })
    this.#listener.onDown(id, reason)
    // the listener may have taken the member off the list
    if (this.#out.get(id) !== out) return
    out.timer = this.#clock.after(out.backoffMs, () => unwaited(this.#clock, this.#dial(id, out)))
    out.backoffMs = Math.min(out.backoffMs * 2, redialMaxMs)
  }

  #look(): void {
    for (const link of this.#in.values()) link.tellHeard()
    const now = this.#clock.monotonicMs()
    for (const [id, out] of this.#out) {
      if (out.link === null || out.link.stuckMs <= stuckAfterMs) out.answeredMs = null
      else if (out.answeredMs === null) unwaited(this.#clock, this.#ask(id, out))
      // it has looked since, and told what it hears
      else if (now - out.answeredMs >= 2 * lookEveryMs) unwaited(this.#clock, this.#dial(id, out))
    }
  }

  /** Greets the member, but not to be heard as one: the link stays as it is. */
  async #ask(id: MemberId, out: Outbound): Promise<void> {
    if (out.asking) return
    out.asking = true
    try {
      const { link, from } = await this.greet(out.address, null, { onMessage() {}, onClose() {} })
      link.close('it answers')
      if (from === id) out.answeredMs = this.#clock.monotonicMs()
    } catch {
      // still cut off, or it stands still: asked again with the next look
    }
    out.asking = false
  }

  /**
   * Connects and tells who this is. Rejects with what the other side says against it, or with LINK_CLOSED and the detail
   * `silent` where somebody took the connection and said nothing until the time was over.
   * @param expected the member that has to be there; null = whoever listens.
   * @param clusterId empty where another cluster may be spoken with; undefined = that of this member.
   */
  async greet(
    address: Address,
    expected: MemberId | null,
    receiver: LinkReceiver,
    clusterId?: string,
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
      const handshake = new Dialling(this.#self, this.#membership, address)
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
          const step = handshake.onMessage(any)
          if (step.type === 'say' || step.type === 'done') sayAll(on, step.say)
          if (step.type === 'say') return
          done = true
          timer.cancel()
          if (step.type === 'done') {
            greeted = true
            on.trust()
            resolve({ link: on, ...step.with })
            return
          }
          const { code, reason } = step.against
          if (step.type === 'refuse') on.send('refused', step.against)
          reject(new CobnutError('JOIN_REFUSED', reason, { objection: code, address: addressText(address) }))
          on.close('refused')
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
      link.send('hello', handshake.hello(expected, expected !== null && this.#in.has(expected), clusterId))
    })
  }

  /** A connection that began with the member prefix; `rest` are bytes read behind it. */
  accept(pipe: Pipe, rest: Uint8Array): void {
    let caller: Caller | null = null
    const handshake = new Accepting(this.#self, this.#membership)
    const timer = this.#clock.after(handshakeTimeoutMs, () => link.close('no hello, or no proof'))
    const link = new Link(pipe, this.#clock, {
      onMessage: (on, any) => {
        if (caller !== null) {
          if (any.name === 'refused') this.#onRefused(on, any.message)
          else this.#listener.onMessage(caller.from, any, on)
          return
        }
        const step = handshake.onMessage(any)
        if (step.type === 'say' || step.type === 'done') sayAll(on, step.say)
        if (step.type === 'say') return
        timer.cancel()
        if (step.type === 'refused') {
          this.#onRefused(on, step.against)
          return
        }
        if (step.type === 'refuse') {
          this.#refuse(on, step.against)
          return
        }
        caller = step.with
        on.trust()
        // who dials without naming a member wants to talk, not to be heard as one: that stands beside the lasting link
        if (!caller.isMember) return
        this.#in.get(caller.from)?.close('replaced by a newer connection')
        this.#in.set(caller.from, on)
        // what this member has dialled was ended there, as it is when a member is counted out; after a cut it takes as long as the
        // cut was until the word of that is here, and all that is sent meanwhile is lost
        if (!caller.hears) this.#out.get(caller.from)?.link?.close('not heard there')
        this.reach(caller.from, caller.address)
      },
      onClose: on => {
        this.#open.delete(on)
        timer.cancel()
        if (caller !== null && this.#in.get(caller.from) === on) this.#in.delete(caller.from)
      },
    })
    this.#open.add(link)
    if (rest.length > 0) link.feed(rest)
  }

  /** A connection that began with the member prefix, of somebody who must not be listened to. */
  turnAway(pipe: Pipe, against: Against): void {
    const link = new Link(pipe, this.#clock, {
      onMessage: () => {},
      onClose: on => this.#open.delete(on),
    })
    this.#open.add(link)
    this.#refuse(link, against)
  }

  #refuse(on: Link, against: Against): void {
    // a member that looks for the predecessor of this one asks again and again; everything else is somebody's mistake
    const level = against.code === 'other-member' ? 'debug' : 'warn'
    this.#log[level]('link.refused', { remote: on.remote, ...against })
    on.send('refused', against)
    on.close(against.reason)
  }

  /** By the one that has dialled: the reason is known there, and belongs into the log of both. */
  #onRefused(on: Link, { code, reason }: MemberMessage<'refused'>): void {
    this.#log.warn('link.refusedByOther', { remote: on.remote, code: code.slice(0, shownMax), reason: reason.slice(0, shownMax) })
    on.close('refused by the other side')
  }

  close(): void {
    this.#closed = true
    this.#looks.cancel()
    for (const out of this.#out.values()) out.timer?.cancel()
    this.#out.clear()
    for (const link of [...this.#open]) link.close('this member stops')
  }
}

function sayAll(on: Link, messages: readonly AnyMessage[]): void {
  for (const { name, message } of messages) on.send(name, message as MemberMessage<typeof name>)
}

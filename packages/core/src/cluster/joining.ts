/**
 * From a started process to a member of a cluster: asks every address where others may be, joins the cluster it finds,
 * or founds one when there is none.
 *
 * Two that start at once do not found two clusters: each listens *before* it looks, so of any two the later one sees the
 * earlier. Those that are still looking tell each other their ids, and the lowest id founds:
 *
 *   1. A listens, looks at B's address: refused.       A knows of nobody.
 *   2. B listens, looks at A's address: A answers "no cluster yet"; B tells A its id.
 *   3. Either A has founded by now, and has said so in 2: B joins. Or A has not, and from 2 on both know both ids.
 *
 * Where a cluster needs several to be founded, having *seen* so many is not enough, for two may have seen the same ones:
 * each stands behind one only (`pledge.ts`).
 */

import { CobnutError, isCobnutError } from '../base/errors.js'
import type { MemberRecord } from '../control/cluster-state.js'
import type { Address, Clock, Log } from '../env/env.js'
import { pause } from '../env/pause.js'
import { addressText } from '../link/handshake.js'
import type { AnyMessage, Link } from '../link/link.js'
import type { Links } from '../link/links.js'
import type { MemberMessage } from '../protocol/member-table.js'
import { Pledge } from './pledge.js'

/** Where others may be. */
export interface Seeds {
  /** Asked again in every round. `self` is what others are told: it may be announced, and may be among the answers. */
  candidates(self: Address): Promise<readonly Address[]>
  /** Every member of the cluster would be among the candidates: when none of them answers, there is none. */
  readonly exhaustive: boolean
  /** They were named one by one: one that refuses is an error, not a stranger. */
  readonly named: boolean
}

export interface JoiningOptions {
  readonly self: MemberRecord
  readonly links: Links
  readonly clock: Clock
  readonly log: Log
  readonly seeds: Seeds
  /** How long to look when what was found does not settle it, ms. */
  readonly windowMs: number
  readonly initialMinClusterSize: number
  /** False: joins a cluster of others, however long it takes them to found one, and founds none with them. */
  readonly mayFound: boolean
  readonly timeoutMs: number
  /** Called once, before the first request to join: from then on messages of the control plane may come. */
  readonly prepare: () => void
}

const roundMs = 100
const answerTimeoutMs = 3_000
/** Somebody who looked for a cluster and has not been heard for so long has given up. */
const seekerForgottenMs = 2_000

type Verdict = 'accepted' | 'none' | 'seeking' | 'wait' | 'unclear'

export class Joining {
  readonly #o: JoiningOptions
  /** Others that look for a cluster, and when they were last heard. */
  readonly #seekers = new Map<string, number>()
  readonly #pledge: Pledge
  /** Addresses about which the log has had its word. */
  readonly #said = new Set<string>()
  #stopped = false

  constructor(options: JoiningOptions) {
    this.#o = options
    this.#pledge = new Pledge(options.self.id)
  }

  stop(): void {
    this.#stopped = true
  }

  onSeeking(m: MemberMessage<'seeking'>, reply: Link): void {
    if (!this.#o.mayFound) {
      reply.send('joinReply', { verdict: 'none', reason: 'it founds no cluster', leaderHost: null, leaderPort: 0 })
      return
    }
    this.#seekers.set(m.id, this.#o.clock.monotonicMs())
    this.#pledge.onWord(m.id, m.pledge)
    reply.send('seeking', this.#word())
  }

  #word(): MemberMessage<'seeking'> {
    const { id, address } = this.#o.self
    return { id, ...address, pledge: this.#pledge.to }
  }

  /** @returns `found`: nobody else is there, found a cluster. `joined`: a cluster has taken this member in. */
  async run(): Promise<'found' | 'joined'> {
    const { clock, log, self, windowMs, initialMinClusterSize, mayFound } = this.#o
    const startedMs = clock.monotonicMs()
    for (let saidMs = startedMs; ; ) {
      const addresses = (await this.#o.seeds.candidates(self.address)).filter(a => addressText(a) !== addressText(self.address))
      const verdicts = await Promise.all(addresses.map(address => this.#ask(address)))
      if (this.#stopped) throw new CobnutError('MEMBER_STOPPED')
      if (verdicts.includes('accepted')) return 'joined'
      const now = clock.monotonicMs()
      if (now - startedMs > this.#o.timeoutMs) {
        throw new CobnutError('JOIN_TIMEOUT', `no cluster was joined or founded in ${this.#o.timeoutMs} ms`, {
          asked: addresses.map(addressText),
        })
      }
      for (const [id, heardMs] of this.#seekers) if (now - heardMs > seekerForgottenMs) this.#seekers.delete(id)
      const clear = this.#o.seeds.exhaustive && !verdicts.includes('unclear') && !verdicts.includes('wait')
      const enough = mayFound && this.#pledge.countOf(this.#seekers) >= initialMinClusterSize
      const lowest = [...this.#seekers.keys()].every(id => self.id < id)
      if (enough && lowest && !verdicts.includes('wait') && (clear || now - startedMs > windowMs)) return 'found'
      this.#pledge.renew()
      if (now - saidMs > 5_000) {
        saidMs = now
        const waitsFor = addresses.filter((_, i) => !mayFound || verdicts[i] === 'wait').map(addressText)
        log.warn('join.waiting', { seekers: this.#seekers.size + 1, initialMinClusterSize, waitsFor })
      }
      await pause(clock, roundMs)
    }
  }

  async #ask(address: Address): Promise<Verdict> {
    try {
      return await this.#converse(address)
    } catch (error) {
      if (isCobnutError(error, 'TLS_FAILED')) {
        // by themselves members also find what is none of theirs
        if (this.#o.seeds.named) throw error
        this.#sayOnce(addressText(address), error.message)
        return 'unclear'
      }
      if (!isCobnutError(error, 'JOIN_REFUSED')) {
        if (isCobnutError(error) && error.details.refused === true) {
          this.#pledge.onNobodyAt(addressText(address))
          return 'none'
        }
        // somebody listens there and says nothing: a paused member, whose cluster a second one must not be founded beside
        return isCobnutError(error) && error.details.silent === true ? 'wait' : 'unclear'
      }
      const { objection } = error.details
      if (objection === 'other-member') return 'none'
      if (objection === 'cluster-name' && !this.#o.seeds.named) return 'none'
      throw error
    }
  }

  #sayOnce(address: string, reason: string): void {
    if (this.#said.has(address)) return
    this.#said.add(address)
    this.#o.log.warn('join.tlsFailed', { address, reason })
  }

  async #converse(address: Address): Promise<Verdict> {
    const { links, self, clock } = this.#o
    const word = this.#o.mayFound ? (): MemberMessage<'seeking'> => this.#word() : null
    const { verdict, from, pledge } = await askToJoin(links, clock, self, address, this.#o.prepare, word)
    if (verdict === 'seeking') {
      this.#seekers.set(from, clock.monotonicMs())
      this.#pledge.onAnswer(from, addressText(address), pledge ?? from)
    }
    return from === self.id ? 'none' : verdict
  }
}

/** One conversation with whoever listens at `address`, and with the leader if it names one. */
export async function askToJoin(
  links: Links,
  clock: Clock,
  self: MemberRecord,
  address: Address,
  prepare: () => void,
  word: (() => MemberMessage<'seeking'>) | null = null,
  redirects = 2,
): Promise<{ verdict: Verdict; from: string; pledge?: string }> {
  const answers = new Answers(clock)
  const { link, from, clusterId } = await links.greet(address, null, answers)
  try {
    if (from === self.id) return { verdict: 'none', from }
    if (clusterId === '') {
      // who looks for a cluster that others make does not found one with somebody who looks for any
      if (word === null) return { verdict: 'none', from }
      link.send('seeking', word())
      const answer = await answers.next()
      if (answer.name === 'seeking') return { verdict: 'seeking', from, pledge: answer.message.pledge }
      return { verdict: answer.message.verdict === 'none' ? 'none' : 'wait', from }
    }
    prepare()
    link.send('joinRequest', { member: JSON.stringify(self) })
    const answer = await answers.next()
    if (answer.name !== 'joinReply') return { verdict: 'wait', from }
    const reply = answer.message
    if (reply.verdict === 'accepted') return { verdict: 'accepted', from }
    if (reply.verdict === 'refused') throw new CobnutError('JOIN_REFUSED', reply.reason, { by: addressText(address) })
    if (reply.verdict !== 'ask' || reply.leaderHost === null || redirects === 0) return { verdict: 'wait', from }
    const leader = { host: reply.leaderHost, port: reply.leaderPort }
    const answered = await askToJoin(links, clock, self, leader, prepare, word, redirects - 1)
    return answered.verdict === 'accepted' ? answered : { verdict: 'wait', from }
  } catch (error) {
    if (isCobnutError(error, 'JOIN_REFUSED') && error.details.objection !== 'other-member') throw error
    // Whatever is wrong with it, or with the leader: somebody is here, and no cluster is founded beside it. A leader that does not
    // hear one of those that have to agree answers when that one's lease is over, and a process that stands still not at all.
    return { verdict: 'wait', from }
  } finally {
    link.close('the conversation is over')
  }
}

type Answer = Extract<AnyMessage, { name: 'joinReply' | 'seeking' }>

/** The replies on one connection, for somebody who waits for them. */
class Answers {
  readonly #clock: Clock
  #waiting: { resolve: (answer: Answer) => void; reject: (e: Error) => void } | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  next(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(answerTimeoutMs, () =>
        reject(new CobnutError('LINK_CLOSED', 'no answer to the request to join')),
      )
      this.#waiting = {
        resolve: answer => {
          timer.cancel()
          resolve(answer)
        },
        reject: e => {
          timer.cancel()
          reject(e)
        },
      }
    })
  }

  onMessage(_link: Link, any: AnyMessage): void {
    if (any.name === 'joinReply' || any.name === 'seeking') this.#waiting?.resolve(any)
  }

  onClose(_link: Link, reason: string): void {
    this.#waiting?.reject(new CobnutError('LINK_CLOSED', reason))
  }
}

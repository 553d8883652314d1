/**
 * Terms and votes of one member. Promises: one vote in a term, and only for a log that lacks nothing that this one has.
 *
 *   none --(time is up)--> asking --(a quorum would vote for it)--> voting --(a quorum has voted)--> elected
 *     ^-------------------(a leader's word, or a newer term)-------------'
 *
 * Asking first changes nothing at anybody: a member that was cut off, and only believes the leader gone, unseats nobody.
 */

import type { MemberId } from '../../base/ids.js'
import type { Prng } from '../../base/prng.js'
import type { Message } from './messages.js'
import { hasQuorum, isSurvivor, type Voting } from './voting.js'

type OfType<T extends Message['type']> = Extract<Message, { type: T }>

interface Vote {
  /** Since when this voter has obeyed no leader, on the candidate's clock: never too early. */
  readonly quietSinceMs: number
  /** As in the message `voted`. */
  readonly outlived: readonly MemberId[]
}

export class Election {
  readonly #self: MemberId
  readonly #random: Prng
  #term = 0
  #votedFor: MemberId | null = null
  #stage: 'none' | 'asking' | 'voting' = 'none'
  #votes = new Map<MemberId, Vote>()
  #dueMs: number

  constructor(self: MemberId, random: Prng, nowMs: number) {
    this.#self = self
    this.#random = random
    this.#dueMs = nowMs
  }

  get term(): number {
    return this.#term
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueMs
  }

  /** Draws when to try: members that wait equally long would split the votes. */
  wait(nowMs: number, leastMs: number): void {
    this.#dueMs = nowMs + leastMs * (1 + this.#random.float())
  }

  waitExactly(untilMs: number): void {
    this.#dueMs = untilMs
  }

  /** Takes no part in an election any more. True if the term is a new one. */
  stand(term: number): boolean {
    this.#stage = 'none'
    if (term <= this.#term) return false
    this.#term = term
    this.#votedFor = null
    return true
  }

  /** Asks whether others would vote for this member. Returns the term it would be. */
  ask(outlived: readonly MemberId[]): number {
    this.#stage = 'asking'
    this.#votes = new Map([[this.#self, { quietSinceMs: Number.NEGATIVE_INFINITY, outlived }]])
    return this.#term + 1
  }

  /** Begins a term, with its own vote. */
  begin(vote: Vote): number {
    this.#stage = 'voting'
    this.#votes = new Map([[this.#self, vote]])
    this.#term += 1
    this.#votedFor = this.#self
    return this.#term
  }

  /** Its vote for a candidate of the current term. */
  grants(candidate: MemberId, term: number): boolean {
    if (term !== this.#term || (this.#votedFor !== null && this.#votedFor !== candidate)) return false
    this.#votedFor = candidate
    return true
  }

  /** Counts a vote; false if it is none in what goes on now. */
  count(from: MemberId, { term, pre, granted, outlived }: OfType<'voted'>, quietSinceMs: number): boolean {
    const isMeant = pre ? this.#stage === 'asking' && term === this.#term + 1 : this.#stage === 'voting' && term === this.#term
    if (granted && isMeant) this.#votes.set(from, { quietSinceMs, outlived })
    return granted && isMeant
  }

  /**
   * No leader before was confirmed after this: each confirmation needed a quorum, of which at least one has voted here, and
   * that one obeys no older leader any more. Not so where a voting agreed by its survivor.
   */
  get quietSinceMs(): number {
    return Math.max(...[...this.#votes.values()].map(v => v.quietSinceMs))
  }

  /** What each voting has said so far. */
  outcome(votings: readonly Voting[]): 'open' | 'wouldWin' | 'won' {
    if (this.#stage === 'none' || !votings.every(v => this.#hasQuorum(v) || this.#hasSurvivor(v))) return 'open'
    return this.#stage === 'asking' ? 'wouldWin' : 'won'
  }

  /** Those of the votings that agreed by the vote of their lone survivor. */
  outlived(votings: readonly Voting[]): readonly Voting[] {
    return votings.filter(v => !this.#hasQuorum(v))
  }

  #hasQuorum(voting: Voting): boolean {
    return hasQuorum(voting, m => this.#votes.has(m))
  }

  #hasSurvivor(voting: Voting): boolean {
    return [...this.#votes].some(([voter, { outlived }]) => isSurvivor(voting, voter, m => outlived.includes(m)))
  }
}

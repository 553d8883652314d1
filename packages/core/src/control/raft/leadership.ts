/**
 * One term of one leader: sends the log, decides what is committed, confirms that it still leads, grants leases, keeps the
 * right voters, and gives leadership away. It exists from election to step-down and remembers nothing of terms before.
 */

import type { MemberId } from '../../base/ids.js'
import type { Command } from '../cluster-state.js'
import type { Ground } from './ground.js'
import { LeaseBook } from './leases.js'
import type { Message, Origin } from './messages.js'
import { Peers } from './peers.js'
import { Rounds } from './rounds.js'
import { hasQuorum, isSameVoting, keepersOf, planVoting, quorumValue, type Voting } from './voting.js'

/** Entries that wait for their commit. More: nothing is being committed, and new proposals are refused. */
const UNCOMMITTED_MAX = 10_000
/** How a leadership comes about. */
export interface Accession {
  /** Votings that agreed by their lone survivor (voting.ts): they are not asked any more. */
  readonly outlived: readonly Voting[]
  /** Commands of its first entry. */
  readonly commands: readonly Command[]
  /** No leader before was confirmed later than this. */
  readonly quietSinceMs: number
  /** The last leader that was heard, and when. */
  readonly before: MemberId | null
  readonly beforeSeenMs: number
}

type Question =
  | { readonly type: 'lease'; readonly from: MemberId; readonly sentAtMs: number; readonly askedMs: number }
  | { readonly type: 'read'; readonly from: MemberId; readonly ticket: number }

export class Leadership {
  readonly #ground: Ground
  readonly #sinceMs: number
  readonly #book: LeaseBook
  readonly #rounds = new Rounds<Question>()
  readonly #peers: Peers
  /** As in the accession, while they are asked at all. */
  #outlived: readonly Voting[]
  /** Index of the entry that takes every role from a silent member. */
  readonly #removedBy = new Map<MemberId, number>()
  /** Its own first entry: until it is committed, what was committed before is not known for certain. */
  readonly #firstIndex: number
  #nextHeartbeatMs: number
  #quorumSeenMs: number
  /** Since when a quorum has what some keeper has not. */
  #stalledSinceMs: number | null = null
  #transfer: { readonly to: MemberId; readonly untilMs: number } | null = null

  constructor(ground: Ground, accession: Accession, nowMs: number) {
    const { leaseMs, driftRatio } = ground.timing
    this.#ground = ground
    this.#outlived = accession.outlived
    this.#sinceMs = nowMs
    this.#quorumSeenMs = nowMs
    this.#nextHeartbeatMs = nowMs
    this.#book = new LeaseBook(accession.quietSinceMs, leaseMs, driftRatio)
    // a leader before has been silent since it was heard as such; of the others nothing is known
    this.#peers = new Peers(ground, (member, now) => (member === accession.before ? accession.beforeSeenMs : now))
    this.#firstIndex = ground.log.lastIndex + 1
    ground.log.push({ term: ground.term, commands: accession.commands, origin: null })
  }

  /** Begins to act; apart from the constructor, because committing reaches back into the member. */
  start(nowMs: number): void {
    this.#beat(nowMs)
    this.#advance(nowMs)
  }

  tick(nowMs: number): void {
    if (nowMs >= this.#nextHeartbeatMs) this.#beat(nowMs)
    // leases run out without any message
    this.#advance(nowMs)
    if (this.#transfer !== null && nowMs >= this.#transfer.untilMs) this.#transfer = null
  }

  /** False when a quorum has been silent for an election timeout: somebody else may lead by now. */
  hasQuorumNear(nowMs: number): boolean {
    const { self, timing } = this.#ground
    const near = (m: MemberId): boolean => m === self || nowMs - this.lastHeardMs(m) <= timing.electionMs
    if (this.#ground.votings().every(v => this.#agree(v, near))) this.#quorumSeenMs = nowMs
    return nowMs - this.#quorumSeenMs <= timing.electionMs
  }

  /** `later`: not now, nothing has happened; `never`: rests on what this leader knows to be otherwise. */
  propose(commands: readonly Command[], origin: Origin, nowMs: number): 'taken' | 'later' | 'never' {
    const { log } = this.#ground
    if (this.#transfer !== null || log.lastIndex - log.applied >= UNCOMMITTED_MAX) return 'later'
    const silenced = commands.flatMap(c => (c.type === 'remove' && c.why === 'silent' ? [c.member] : []))
    if (!silenced.every(m => this.#isSilenced(m, nowMs))) return 'never'
    for (const member of silenced) this.#removedBy.set(member, log.lastIndex + 1)
    log.push({ term: this.#ground.term, commands, origin })
    this.#broadcast(nowMs)
    this.#advance(nowMs)
    return 'taken'
  }

  askRead(from: MemberId, ticket: number, nowMs: number): void {
    this.#rounds.ask({ type: 'read', from, ticket })
    this.#startRoundIfDue(nowMs)
  }

  askLease(from: MemberId, sentAtMs: number, nowMs: number): void {
    this.#rounds.ask({ type: 'lease', from, sentAtMs, askedMs: nowMs })
    this.#startRoundIfDue(nowMs)
  }

  onHeard(from: MemberId, nowMs: number): void {
    this.#peers.onHeard(from, nowMs)
  }

  onAppended(from: MemberId, answer: Extract<Message, { type: 'appended' }>, nowMs: number): void {
    this.#peers.onAppended(from, answer, this.#rounds, nowMs)
    this.#settle(nowMs)
    this.#advance(nowMs)
    this.#peers.feed(from, this.#rounds.started, nowMs)
    this.#finishTransfer()
  }

  /** True if it needs nobody else's agreement. */
  get isAlone(): boolean {
    return this.#ground.votings().every(v => this.#agree(v, m => m === this.#ground.self))
  }

  /** A death was proved: what waited for that member goes on. */
  onDeath(nowMs: number): void {
    this.#settle(nowMs)
    this.#advance(nowMs)
  }

  leaseOverAtMs(member: MemberId, stopGranting: boolean, nowMs: number): number {
    if (stopGranting) this.#book.stop(member)
    return this.#ground.isDead(member) ? Math.min(nowMs, this.#book.overAtMs(member)) : this.#book.overAtMs(member)
  }

  resumeGranting(member: MemberId): void {
    this.#book.resume(member)
  }

  lastHeardMs(member: MemberId): number {
    return this.#peers.heardMs(member) ?? this.#sinceMs
  }

  get #isReady(): boolean {
    return this.#ground.log.applied >= this.#firstIndex
  }

  #agree(voting: Voting, agrees: (voter: MemberId) => boolean): boolean {
    return this.#isOutlived(voting) || hasQuorum(voting, agrees)
  }

  #isOutlived(voting: Voting): boolean {
    return this.#outlived.some(v => isSameVoting(v, voting))
  }

  #beat(nowMs: number): void {
    this.#nextHeartbeatMs = nowMs + this.#ground.timing.heartbeatMs
    this.#rounds.start()
    this.#broadcast(nowMs)
    this.#settle(nowMs)
  }

  #startRoundIfDue(nowMs: number): void {
    if (!this.#isReady || !this.#rounds.isDue) return
    this.#rounds.start()
    this.#peers.ask(this.#rounds.started, nowMs)
    this.#settle(nowMs)
  }

  #broadcast(nowMs: number): void {
    const round = this.#rounds.started
    for (const gone of this.#peers.update(round, nowMs)) {
      this.#book.resume(gone)
      this.#removedBy.delete(gone)
    }
    this.#peers.broadcast(round, nowMs)
  }

  // --- committing ---

  /** Commits what the rules of voting.ts allow, then takes the next step towards the right voters. */
  #advance(nowMs: number): void {
    const { log, term } = this.#ground
    for (;;) {
      const agreed = this.#lowest(v => this.#quorumMatch(v))
      const kept = this.#lowest(v => Math.min(...keepersOf(v).map(m => this.#keptBy(m, nowMs))))
      this.#stalledSinceMs = kept < agreed ? (this.#stalledSinceMs ?? nowMs) : null
      const index = Math.min(agreed, kept)
      // entries of earlier terms are committed only together with one of this term
      if (index > log.applied && log.termAt(index) === term) {
        this.#ground.commit(index, nowMs)
        // a later voting of the same members is another one
        this.#outlived = this.#outlived.filter(o => this.#ground.votings().some(v => isSameVoting(o, v)))
        this.#broadcast(nowMs)
        this.#settle(nowMs)
      } else if (!this.#planVoters(nowMs)) return
    }
  }

  #lowest(reached: (voting: Voting) => number): number {
    return Math.min(...this.#ground.votings().map(reached))
  }

  #quorumMatch(voting: Voting): number {
    return this.#isOutlived(voting) ? this.#ground.log.lastIndex : quorumValue(voting, v => this.#peers.match(v))
  }

  #keptBy(keeper: MemberId, nowMs: number): number {
    const isReleased = this.#ground.isDead(keeper) || this.#book.overAtMs(keeper) <= nowMs
    return keeper === this.#ground.self || !isReleased ? this.#peers.match(keeper) : this.#ground.log.lastIndex
  }

  // --- confirming ---

  #settle(nowMs: number): void {
    const { self } = this.#ground
    const roundOf = (m: MemberId): number => (m === self ? this.#rounds.started : this.#peers.round(m))
    const confirmed = this.#lowest(v => (this.#isOutlived(v) ? this.#rounds.started : quorumValue(v, roundOf)))
    if (!this.#isReady) return
    for (const question of this.#rounds.confirmed(confirmed)) this.#answer(question, nowMs)
    this.#startRoundIfDue(nowMs)
  }

  #answer(question: Question, nowMs: number): void {
    const { log, state } = this.#ground
    const index = log.applied
    if (question.type === 'read') {
      this.#ground.send(question.from, { type: 'readAt', ticket: question.ticket, index })
    } else if (!state.members.some(m => m.id === question.from)) {
      this.#ground.send(question.from, { type: 'notMember', index })
    } else if (this.#mayGrant(question.from, nowMs)) {
      this.#book.grant(question.from, question.askedMs)
      this.#ground.send(question.from, { type: 'lease', sentAtMs: question.sentAtMs, index })
    }
  }

  /**
   * Only this leader knows what it has granted. So it looks itself, also when another coordinator has waited, and a
   * proposal came late: its lease is over, and none is granted until the removal is decided.
   */
  #isSilenced(member: MemberId, nowMs: number): boolean {
    return this.#ground.isDead(member) || this.#book.overAtMs(member) <= nowMs
  }

  #isBeingRemoved(member: MemberId): boolean {
    return (this.#removedBy.get(member) ?? 0) > this.#ground.log.applied
  }

  /** Not while everything waits for just this member: its lease has to run out for the others to go on. */
  #mayGrant(member: MemberId, nowMs: number): boolean {
    if (this.#ground.isDead(member) || !this.#book.mayGrant(member) || this.#isBeingRemoved(member)) return false
    if (this.#stalledSinceMs === null || nowMs - this.#stalledSinceMs <= this.#ground.timing.electionMs) return true
    return this.#peers.match(member) >= this.#lowest(v => this.#quorumMatch(v))
  }

  // --- voters ---

  /** True if it appended something. */
  #planVoters(nowMs: number): boolean {
    const { log, self, state, isRetiring, term } = this.#ground
    if (!this.#isReady || log.pendingVotings.length > 0 || this.#transfer !== null) return false
    const voting = { voters: state.voters, partner: state.partner }
    const isDead = (m: MemberId): boolean => this.#ground.isDead(m)
    const isCaughtUp = (m: MemberId): boolean => this.#peers.isCaughtUp(m, nowMs)
    const step = planVoting({ state, voting, self, isRetiring, isDead, isCaughtUp })
    if (step === null) return false
    if (step.type === 'transfer') {
      this.#transfer = { to: step.to, untilMs: nowMs + this.#ground.timing.electionMs }
      this.#finishTransfer()
      return false
    }
    log.push({ term, commands: [{ type: 'setVoters', ...step.voting }], origin: null })
    this.#broadcast(nowMs)
    return true
  }

  #finishTransfer(): void {
    const { log, term } = this.#ground
    if (this.#transfer === null || this.#peers.match(this.#transfer.to) < log.lastIndex) return
    this.#ground.send(this.#transfer.to, { type: 'takeOver', term })
  }
}

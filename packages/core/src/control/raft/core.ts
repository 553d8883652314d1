/**
 * The consensus of one member: its term and vote, its copy of the log, and what it does as follower, candidate or leader.
 * No input or output: messages, wishes and time go in; messages, changes of the state and settled tickets come out of
 * `take`. Nothing is kept on disk: a member that restarts has a new id, so it never votes twice or breaks its word (R11).
 */

import { assert } from '../../base/assert.js'
import type { MemberId } from '../../base/ids.js'
import type { ClusterState, Command } from '../cluster-state.js'
import type { ControlTiming } from '../control-plane.js'
import { Asker } from './asker.js'
import { Election } from './election.js'
import type { CoreOptions, Ground } from './ground.js'
import { Leadership } from './leadership.js'
import type { HeldLease } from './leases.js'
import type { RaftLog } from './log.js'
import type { Message } from './messages.js'
import { Outbox, type Output } from './outbox.js'
import { type Change, Replica } from './replica.js'
import { isSurvivor, keepersOf, type Voting } from './voting.js'

type OfType<T extends Message['type']> = Extract<Message, { type: T }>

/** Election timeouts without a leader after which a member that wants to go stands for election all the same. */
const retiringPatience = 3

export class RaftCore implements Ground {
  readonly self: MemberId
  readonly timing: ControlTiming
  readonly #replica: Replica
  readonly #election: Election
  readonly #asker: Asker
  readonly #dead = new Set<MemberId>()
  #leader: MemberId | null = null
  #leadership: Leadership | null = null
  #lastLeader: MemberId | null = null
  /** When this member last obeyed a leader, or was one. */
  #leaderSeenMs: number
  #isRetiring = false
  readonly #outbox = new Outbox()

  constructor({ self, timing, random, nowMs, base }: CoreOptions) {
    this.#replica = new Replica(change => this.#onChange(change), base)
    this.self = self
    this.timing = timing
    this.#election = new Election(self, random, nowMs)
    this.#asker = new Asker(self, timing, (to, message) => this.send(to, message), nowMs)
    this.#leaderSeenMs = nowMs
  }

  get lease(): HeldLease {
    return this.#asker.lease
  }

  get term(): number {
    return this.#election.term
  }

  get log(): RaftLog {
    return this.#replica.log
  }

  get state(): ClusterState {
    return this.#replica.state
  }

  /** As `ControlPlane.ahead`. */
  get ahead(): { readonly state: ClusterState; readonly term: number } {
    return { state: this.#replica.ahead(), term: this.log.lastTerm }
  }

  get leader(): MemberId | null {
    return this.#leader
  }

  get leadership(): Leadership | null {
    return this.#leadership
  }

  get isRetiring(): boolean {
    return this.#isRetiring
  }

  get isMember(): boolean {
    return !this.#asker.isRemovedAt(this.state.index) && this.state.members.some(m => m.id === this.self)
  }

  votings(): readonly Voting[] {
    return this.#replica.votings()
  }

  isDead(member: MemberId): boolean {
    return this.#dead.has(member)
  }

  // --- inputs ---

  /** Makes the cluster: this member is its only voter and leads at once. */
  found(command: Extract<Command, { type: 'found' }>, nowMs: number): void {
    assert(this.term === 0 && this.log.lastIndex === 0, 'a cluster is founded by a member that is in none')
    this.#leadFirst([command], nowMs)
  }

  /** Leads what begins with the state that this member was made with: its only voter. */
  refound(nowMs: number): void {
    assert(this.term === 0 && this.state.voters.length === 1 && this.state.voters[0] === this.self, 'somebody else has a say')
    this.#leadFirst([], nowMs)
  }

  #leadFirst(commands: readonly Command[], nowMs: number): void {
    this.#election.begin({ quietSinceMs: nowMs, outlived: [] })
    this.#lead([], commands, nowMs, nowMs)
    this.#work(nowMs)
  }

  tick(nowMs: number): void {
    if (this.#leadership !== null) {
      this.#leadership.tick(nowMs)
      if (!this.#leadership.hasQuorumNear(nowMs)) this.#follow(this.term, null, nowMs)
    } else if (this.#mayCampaign(nowMs) && this.#election.isDue(nowMs)) {
      this.#campaign(true, false, nowMs)
    } else if (this.#leader !== null && nowMs - this.#leaderSeenMs > 2 * this.timing.electionMs) {
      this.#leader = null
    }
    this.#survive(nowMs)
    this.#asker.tick(this.#leader, this.state.members, nowMs)
    this.#work(nowMs)
  }

  /** Ticket of the proposal; `settled` answers it. Null: too many wait. */
  propose(commands: readonly Command[], nowMs: number): number | null {
    const ticket = this.#asker.open(commands, nowMs)
    this.#work(nowMs)
    return ticket
  }

  read(nowMs: number): number | null {
    const ticket = this.#asker.open(null, nowMs)
    this.#work(nowMs)
    return ticket
  }

  proveDead(member: MemberId, nowMs: number): void {
    if (member === this.self || this.#dead.has(member)) return
    this.#dead.add(member)
    this.#leadership?.onDeath(nowMs)
    if (this.#leader === member) {
      this.#leader = null
      // those that may follow it try one after the other, so that they do not split the votes
      const heirs = this.#newestVoting().voters.filter(v => !this.#dead.has(v))
      const turn = heirs.indexOf(this.self)
      this.#election.waitExactly(nowMs + Math.max(0, turn) * (this.timing.heartbeatMs / 5))
      if (turn === 0 && this.#mayCampaign(nowMs)) this.#campaign(true, false, nowMs)
    }
    this.#survive(nowMs)
    this.#work(nowMs)
  }

  /** This member wants to go: gives leadership away and does not take it again. */
  retire(nowMs: number): void {
    this.#isRetiring = true
    this.#leadership?.tick(nowMs)
    this.#work(nowMs)
  }

  /** Nobody waits for this member any more, or there is nobody else. */
  get mayStop(): boolean {
    const others = this.state.members.filter(m => m.id !== this.self && m.status === 'alive' && !this.#dead.has(m.id))
    if (others.length === 0) return true
    const isKeeper = this.votings().some(v => keepersOf(v).includes(this.self))
    const own = this.state.members.find(m => m.id === this.self)
    return this.#leadership === null && (!isKeeper || own?.status === 'alive')
  }

  /** Fails everything that waits. */
  close(): void {
    this.#asker.close()
  }

  receive(from: MemberId, message: Message, nowMs: number): void {
    this.#leadership?.onHeard(from, nowMs)
    this.#receive(from, message, nowMs)
    this.#work(nowMs)
  }

  take(): Output {
    return this.#outbox.take(this.#asker.takeSettled())
  }

  // --- what the leadership asks of its member ---

  send(to: MemberId, message: Message): void {
    this.#outbox.send(to, message)
  }

  commit(index: number, nowMs: number): void {
    this.#replica.commit(index)
    this.#asker.onApplied(index, nowMs)
  }

  // --- messages ---

  #receive(from: MemberId, message: Message, nowMs: number): void {
    switch (message.type) {
      case 'append':
      case 'snapshot':
        this.#onLog(from, message, nowMs)
        break
      case 'appended':
        if (message.term > this.term) this.#follow(message.term, null, nowMs)
        else if (message.term === this.term) this.#leadership?.onAppended(from, message, nowMs)
        break
      case 'vote':
        this.#onVote(from, message, nowMs)
        break
      case 'voted':
        if (this.#leadership === null && this.#replica.learns(message)) {
          this.commit(message.applied, nowMs)
          this.#onVotes(nowMs)
        }
        if (this.#election.count(from, message, nowMs - message.quietMs * this.#slowest())) this.#onVotes(nowMs)
        else if (!message.granted && message.term > this.term) this.#follow(message.term, null, nowMs)
        break
      case 'takeOver':
        if (message.term === this.term && from === this.#leader && this.#mayCampaign(nowMs)) this.#campaign(false, true, nowMs)
        break
      case 'propose':
        this.#onPropose(from, message, nowMs)
        break
      case 'read':
        if (this.#leadership === null) this.send(from, { type: 'refused', ticket: message.ticket, forGood: false })
        else this.#leadership.askRead(from, message.ticket, nowMs)
        break
      case 'askLease':
        this.#leadership?.askLease(from, message.sentAtMs, nowMs)
        break
      default:
        this.#asker.onAnswer(message, this.log.applied, nowMs)
    }
  }

  #onPropose(from: MemberId, { commands, ticket }: OfType<'propose'>, nowMs: number): void {
    // the voters are the control plane's own affair, and a cluster is founded once
    const isOwn = commands.some(c => c.type === 'setVoters' || c.type === 'found')
    const verdict = isOwn ? 'never' : (this.#leadership?.propose(commands, { member: from, ticket }, nowMs) ?? 'later')
    if (verdict !== 'taken') this.send(from, { type: 'refused', ticket, forGood: verdict === 'never' })
  }

  #onLog(from: MemberId, message: OfType<'append' | 'snapshot'>, nowMs: number): void {
    if (message.term < this.term) {
      this.send(from, { type: 'appended', term: this.term, ok: false, index: this.log.applied, round: 0 })
      return
    }
    assert(this.#leadership === null || message.term > this.term, 'two leaders in one term')
    this.#follow(message.term, from, nowMs)
    const index = message.type === 'append' ? this.#replica.append(message) : this.#replica.install(message)
    this.#asker.onApplied(this.log.applied, nowMs)
    const { term, log } = this
    this.send(from, { type: 'appended', term, ok: index !== null, index: index ?? log.applied, round: message.round })
  }

  #onChange(change: Change): void {
    const { state, before } = change
    this.#outbox.tell(change)
    this.#asker.onChange(change)
    if (state.members === before.members) return
    const needed = new Set([...state.members.map(m => m.id), ...this.votings().flatMap(keepersOf)])
    // a death may be proved before the entry by which that member joins arrives here: only those that leave are forgotten
    for (const { id } of before.members) if (!needed.has(id)) this.#dead.delete(id)
  }

  // --- elections ---

  #newestVoting(): Voting {
    return this.votings().at(-1) as Voting
  }

  /**
   * One that wants to go leaves it to others, but not for ever: it may be the only voter, which lost the lead before it could
   * make others voters. It gives the lead away as soon as it can.
   */
  #mayCampaign(nowMs: number): boolean {
    const isWanted = !this.#isRetiring || nowMs - this.#leaderSeenMs > retiringPatience * this.timing.electionMs
    // while a change of the voters is not known to be committed, a voter of before may have the only complete log
    return isWanted && this.votings().some(v => v.voters.includes(this.self))
  }

  #isLeaderNear(nowMs: number): boolean {
    if (this.#leadership !== null) return true
    return this.#leader !== null && nowMs - this.#leaderSeenMs < this.timing.electionMs
  }

  #onVote(from: MemberId, message: OfType<'vote'>, nowMs: number): void {
    // who may lead alone does not vote: voting.ts says why
    this.#survive(nowMs)
    const { term, pre, transfer } = message
    const isCurrent = this.log.isBehind(message.lastIndex, message.lastTerm)
    // who hears a leader does not help to unseat it, unless the leader itself wants to go
    const isFree = transfer || !this.#isLeaderNear(nowMs)
    const answer = { type: 'voted', pre, ...this.log.committed, outlived: this.#outlived(nowMs) } as const
    if (pre) {
      const granted = term > this.term && isCurrent && isFree
      this.send(from, { ...answer, term: granted ? term : this.term, granted, quietMs: 0 })
      return
    }
    if (term > this.term && isFree) this.#follow(term, null, nowMs)
    const granted = isCurrent && this.#election.grants(from, term)
    if (granted) this.#awaitLeader(nowMs)
    this.send(from, { ...answer, term: this.term, granted, quietMs: nowMs - this.#leaderSeenMs })
  }

  #campaign(pre: boolean, transfer: boolean, nowMs: number): void {
    this.#leader = null
    const outlived = this.#outlived(nowMs)
    const term = pre ? this.#election.ask(outlived) : this.#begin(this.#leaderSeenMs, outlived)
    this.#awaitLeader(nowMs)
    const { lastIndex, lastTerm } = this.log
    for (const voter of new Set(this.votings().flatMap(keepersOf))) {
      if (voter === this.self || this.#dead.has(voter)) continue
      this.send(voter, { type: 'vote', term, lastIndex, lastTerm, pre, transfer })
    }
    this.#onVotes(nowMs)
  }

  /** The least that passes on this clock while another's shows one. */
  #slowest(): number {
    const { driftRatio } = this.timing
    return (1 - driftRatio) / (1 + driftRatio)
  }

  #onVotes(nowMs: number): void {
    const outcome = this.#election.outcome(this.votings())
    if (outcome === 'wouldWin') this.#campaign(false, false, nowMs)
    else if (outcome === 'won') {
      const outlived = this.#election.outlived(this.votings())
      this.#lead(outlived, [], outlived.length > 0 ? nowMs : this.#election.quietSinceMs, nowMs)
    }
  }

  /** Whom it may speak for when it votes. */
  #outlived(nowMs: number): readonly MemberId[] {
    return this.lease.untilMs > nowMs ? [...this.#dead] : []
  }

  #begin(quietSinceMs: number, outlived: readonly MemberId[]): number {
    const term = this.#election.begin({ quietSinceMs, outlived })
    this.#asker.onTerm(term)
    return term
  }

  /** Takes over alone where voting.ts says that this is safe. */
  #survive(nowMs: number): void {
    if (this.lease.untilMs <= nowMs) return
    const votings = this.votings()
    const isSole = votings.every(v => v.voters.every(m => m === this.self))
    if (isSole || this.#leadership?.isAlone || !votings.every(v => isSurvivor(v, this.self, m => this.#dead.has(m)))) return
    this.#begin(nowMs, [])
    this.#lead(votings, [], nowMs, nowMs)
  }

  #lead(outlived: readonly Voting[], commands: readonly Command[], quietSinceMs: number, nowMs: number): void {
    this.#election.stand(this.term)
    this.#leader = this.self
    const accession = { outlived, commands, quietSinceMs, before: this.#lastLeader, beforeSeenMs: this.#leaderSeenMs }
    this.#leadership = new Leadership(this, accession, nowMs)
    this.#leadership.start(nowMs)
    this.#asker.onLeader(this.self, nowMs)
  }

  #follow(term: number, leader: MemberId | null, nowMs: number): void {
    if (this.#election.stand(term)) this.#asker.onTerm(term)
    const isNews = leader !== null && leader !== this.#leader
    if (leader !== null || this.#leadership !== null) {
      this.#lastLeader = leader
      this.#leaderSeenMs = nowMs
    }
    this.#leader = leader
    this.#leadership = null
    this.#awaitLeader(nowMs)
    if (isNews) this.#asker.onLeader(leader, nowMs)
  }

  /** Soon, where the one who led is known to be dead. */
  #awaitLeader(nowMs: number): void {
    const { electionMs, heartbeatMs } = this.timing
    const isOrphan = this.#leader === null && this.#newestVoting().voters.some(v => this.#dead.has(v))
    this.#election.wait(nowMs, isOrphan ? heartbeatMs / 2 : electionMs)
  }

  /** Hands the leader what it has not got, and delivers what this member says to itself, until nothing is left of either. */
  #work(nowMs: number): void {
    for (;;) {
      this.#asker.flush(this.#leader, this.term)
      const own = this.#outbox.takeOf(this.self)
      if (own.length === 0) return
      for (const message of own) this.#receive(this.self, message, nowMs)
    }
  }
}

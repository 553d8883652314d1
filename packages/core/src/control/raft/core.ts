/**
 * The consensus of one member: terms, votes, the log and what follows from it. No input or output: messages, wishes and
 * time go in; messages, changes of the state and settled tickets come out of `take`. Nothing is kept on disk: a member
 * that restarts has a new id, so it never votes twice and never breaks its word (R11).
 *
 *   follower --(leader silent or dead)--> pre-candidate --(quorum would vote)--> candidate --(quorum voted)--> leader
 *       ^------------------(a leader's word, or a newer term)----------------------------------------------------'
 *       '------------(lone survivor, see voting.ts)------------------------------------------------------------>'
 */

import { assert, unreachable } from '../../base/assert.js'
import type { MemberId } from '../../base/ids.js'
import type { Prng } from '../../base/prng.js'
import { applyCommands, emptyState } from '../apply-command.js'
import type { ClusterState, Command } from '../cluster-state.js'
import type { ControlTiming } from '../control-plane.js'
import { type Ground, Leadership } from './leadership.js'
import { HeldLease } from './leases.js'
import { RaftLog } from './log.js'
import type { Entry, Message } from './messages.js'
import { Requests, type Settled } from './requests.js'
import { hasQuorum, isSurvivor, keepersOf, type Voting } from './voting.js'

export interface Change {
  readonly state: ClusterState
  readonly before: ClusterState
}

export interface Output {
  readonly messages: readonly { readonly to: MemberId; readonly message: Message }[]
  /** In index order. */
  readonly changes: readonly Change[]
  readonly settled: readonly Settled[]
}

export interface CoreOptions {
  readonly self: MemberId
  readonly timing: ControlTiming
  readonly random: Prng
  readonly nowMs: number
}

type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader'
type RequestType = 'propose' | 'read' | 'readAt' | 'refused' | 'askLease' | 'lease' | 'notMember'
type OfType<T extends Message['type']> = Extract<Message, { type: T }>

const nobodyVotes: Voting = { voters: [], partner: null }

/** A request fails after so many lease and election spans: enough for one change of the leader in between. */
const REQUEST_SPANS = 2

export class RaftCore implements Ground {
  readonly self: MemberId
  readonly timing: ControlTiming
  readonly log = new RaftLog()
  readonly lease: HeldLease
  readonly #random: Prng
  readonly #requests = new Requests()
  readonly #dead = new Set<MemberId>()
  #state = emptyState()
  #term = 0
  #votedFor: MemberId | null = null
  #votes = new Set<MemberId>()
  #role: Role = 'follower'
  #leader: MemberId | null = null
  #leadership: Leadership | null = null
  #leaderSeenMs: number
  #electionMs: number
  #nextAskMs: number
  #isRetiring = false
  /** A leader said so, at this index. */
  #removedAt = -1
  #messages: { to: MemberId; message: Message }[] = []
  #changes: Change[] = []

  constructor({ self, timing, random, nowMs }: CoreOptions) {
    this.self = self
    this.timing = timing
    this.lease = new HeldLease(timing.leaseMs)
    this.#random = random
    this.#leaderSeenMs = nowMs
    this.#electionMs = nowMs
    this.#nextAskMs = nowMs
  }

  get term(): number {
    return this.#term
  }

  get state(): ClusterState {
    return this.#state
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
    return this.#removedAt < this.#state.index && this.#state.members.some(m => m.id === this.self)
  }

  votings(): readonly Voting[] {
    const { voters, partner } = this.#state
    // a second change is begun only after the first was committed
    const known = [...(voters.length > 0 ? [{ voters, partner }] : []), ...this.log.pendingVotings].slice(-2)
    return known.length > 0 ? known : [nobodyVotes]
  }

  isDead(member: MemberId): boolean {
    return this.#dead.has(member)
  }

  // --- inputs ---

  /** Makes the cluster: this member is its only voter and leads at once. */
  found(command: Extract<Command, { type: 'found' }>, nowMs: number): void {
    assert(this.#term === 0 && this.log.lastIndex === 0, 'a cluster is founded by a member that is in none')
    this.#term = 1
    this.#votedFor = this.self
    this.#lead(new Set(), [command], nowMs)
    this.#work(nowMs)
  }

  tick(nowMs: number): void {
    if (this.#leadership !== null) {
      this.#leadership.tick(nowMs)
      if (!this.#leadership.hasQuorumNear(nowMs)) this.#follow(this.#term, null, nowMs)
    } else if (this.#mayCampaign() && nowMs >= this.#electionMs) {
      this.#campaign(true, false, nowMs)
    } else if (this.#leader !== null && nowMs - this.#leaderSeenMs > 2 * this.timing.electionMs) {
      this.#leader = null
    }
    this.#survive(nowMs)
    if (nowMs >= this.#nextAskMs) this.#askLease(nowMs)
    this.#requests.expire(nowMs)
    this.#requests.retry()
    this.#work(nowMs)
  }

  /** Ticket of the proposal; `settled` answers it. Null: too many wait. */
  propose(commands: readonly Command[], nowMs: number): number | null {
    return this.#request(commands, nowMs)
  }

  read(nowMs: number): number | null {
    return this.#request(null, nowMs)
  }

  proveDead(member: MemberId, nowMs: number): void {
    if (member === this.self || this.#dead.has(member)) return
    this.#dead.add(member)
    this.#leadership?.onDeath(nowMs)
    if (this.#leader === member) {
      this.#leader = null
      // those that may follow it try one after the other, so that they do not split the votes
      const heirs = this.#latestVoting().voters.filter(v => !this.#dead.has(v))
      const turn = Math.max(0, heirs.indexOf(this.self)) * (this.timing.heartbeatMs / 5)
      this.#electionMs = nowMs + turn
      if (turn === 0 && this.#mayCampaign()) this.#campaign(true, false, nowMs)
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
    const others = this.#state.members.filter(m => m.id !== this.self && m.status === 'alive' && !this.#dead.has(m.id))
    if (others.length === 0) return true
    const isKeeper = this.votings().some(v => keepersOf(v).includes(this.self))
    const own = this.#state.members.find(m => m.id === this.self)
    return this.#leadership === null && (!isKeeper || own?.status === 'alive')
  }

  /** Fails everything that waits. */
  close(): void {
    this.#requests.expire(Number.POSITIVE_INFINITY)
  }

  receive(from: MemberId, message: Message, nowMs: number): void {
    this.#leadership?.onHeard(from, nowMs)
    this.#receive(from, message, nowMs)
    this.#work(nowMs)
  }

  take(): Output {
    const output = { messages: this.#messages, changes: this.#changes, settled: this.#requests.takeSettled() }
    this.#messages = []
    this.#changes = []
    return output
  }

  // --- what the leadership asks of its member ---

  send(to: MemberId, message: Message): void {
    this.#messages.push({ to, message })
  }

  commit(index: number, nowMs: number): void {
    for (let i = this.log.applied + 1; i <= index; i++) this.#apply(this.log.entryAt(i), i)
    this.lease.onApplied(index, nowMs)
    this.#requests.onApplied(index)
  }

  // --- handling ---

  #receive(from: MemberId, message: Message, nowMs: number): void {
    switch (message.type) {
      case 'append':
      case 'snapshot':
        this.#onLog(from, message, nowMs)
        break
      case 'appended':
        if (message.term > this.#term) this.#follow(message.term, null, nowMs)
        else if (message.term === this.#term) this.#leadership?.onAppended(from, message, nowMs)
        break
      case 'vote':
        this.#onVote(from, message, nowMs)
        break
      case 'voted':
        this.#onVoted(from, message, nowMs)
        break
      case 'takeOver':
        if (message.term === this.#term && from === this.#leader && this.#mayCampaign()) this.#campaign(false, true, nowMs)
        break
      default:
        this.#onRequest(from, message, nowMs)
    }
  }

  #onRequest(from: MemberId, message: OfType<RequestType>, nowMs: number): void {
    switch (message.type) {
      case 'propose':
        if (!this.#acceptFor(from, message, nowMs)) this.send(from, { type: 'refused', ticket: message.ticket })
        break
      case 'read':
        if (this.#leadership === null) this.send(from, { type: 'refused', ticket: message.ticket })
        else this.#leadership.askRead(from, message.ticket, nowMs)
        break
      case 'readAt':
        this.#requests.onReadAt(message.ticket, message.index, this.log.applied)
        break
      case 'refused':
        this.#requests.onRefused(message.ticket)
        break
      case 'askLease':
        this.#leadership?.askLease(from, message.sentAtMs, nowMs)
        break
      case 'lease':
        this.lease.onGrant(message.sentAtMs, message.index, this.log.applied, nowMs)
        break
      case 'notMember':
        this.#removedAt = Math.max(this.#removedAt, message.index)
        break
      default:
        unreachable(message, 'onRequest')
    }
  }

  /** The voters are the control plane's own affair, and a cluster is founded once. */
  #acceptFor(from: MemberId, { commands, ticket }: OfType<'propose'>, nowMs: number): boolean {
    if (this.#leadership === null || commands.some(c => c.type === 'setVoters' || c.type === 'found')) return false
    return this.#leadership.propose(commands, { member: from, ticket }, nowMs)
  }

  #onLog(from: MemberId, message: OfType<'append' | 'snapshot'>, nowMs: number): void {
    const { round } = message
    if (message.term < this.#term) {
      this.send(from, { type: 'appended', term: this.#term, ok: false, index: this.log.applied, round: 0 })
      return
    }
    assert(this.#leadership === null || message.term > this.#term, 'two leaders in one term')
    this.#follow(message.term, from, nowMs)
    const index = message.type === 'append' ? this.#onAppend(message, nowMs) : this.#onSnapshot(message, nowMs)
    const ok = index !== null
    this.send(from, { type: 'appended', term: this.#term, ok, index: index ?? this.log.applied, round })
  }

  /** Index up to which the log now equals the leader's; null if there is no place to join on. */
  #onAppend({ prevIndex, prevTerm, entries, commit }: OfType<'append'>, nowMs: number): number | null {
    // what is applied here is equal at every leader, so it needs no comparing
    if (prevIndex > this.log.applied && this.log.termAt(prevIndex) !== prevTerm) return null
    entries.forEach((entry, i) => {
      const index = prevIndex + 1 + i
      const held = this.log.termAt(index)
      if (index <= this.log.applied) {
        assert(held === undefined || held === entry.term, `applied entry ${index} contradicts the leader`)
        return
      }
      if (held === entry.term) return
      if (held !== undefined) this.log.cutFrom(index)
      this.log.push(entry)
    })
    const equalUpTo = Math.max(prevIndex + entries.length, this.log.applied)
    this.commit(Math.min(commit, equalUpTo), nowMs)
    return equalUpTo
  }

  #onSnapshot({ state, stateTerm }: OfType<'snapshot'>, nowMs: number): number {
    const { index } = state
    if (index > this.log.applied) {
      if (this.log.termAt(index) === stateTerm) {
        // entries after it may have been counted by the leader: they stay
        this.commit(index, nowMs)
      } else {
        this.log.restart(index, stateTerm)
        this.#changeTo(state)
        this.#requests.onSkipped()
        this.lease.onApplied(index, nowMs)
        this.#requests.onApplied(index)
      }
    }
    return Math.max(index, this.log.applied)
  }

  #apply(entry: Entry, index: number): void {
    const { state, accepted } = applyCommands(this.#state, entry.commands)
    this.log.setApplied(index)
    assert(state.index === index, 'the state and the log have different indexes')
    this.#changeTo(state)
    if (entry.origin?.member !== this.self) return
    this.#requests.onCommitted(
      entry.origin.ticket,
      accepted.map(yes => ({ index, accepted: yes })),
    )
  }

  #changeTo(state: ClusterState): void {
    const before = this.#state
    this.#changes.push({ state, before })
    this.#state = state
    if (state.members === before.members) return
    const needed = new Set([...state.members.map(m => m.id), ...this.votings().flatMap(keepersOf)])
    // a death may be proved before the entry by which that member joins arrives here: only those that leave are forgotten
    for (const { id } of before.members) if (!needed.has(id)) this.#dead.delete(id)
  }

  // --- elections ---

  #latestVoting(): Voting {
    return this.votings().at(-1) as Voting
  }

  #mayCampaign(): boolean {
    return !this.#isRetiring && this.#latestVoting().voters.includes(this.self)
  }

  #isLeaderNear(nowMs: number): boolean {
    if (this.#leadership !== null) return true
    return this.#leader !== null && nowMs - this.#leaderSeenMs < this.timing.electionMs
  }

  #onVote(from: MemberId, message: OfType<'vote'>, nowMs: number): void {
    const { term, pre, transfer } = message
    const isCurrent = this.log.isBehind(message.lastIndex, message.lastTerm)
    if (pre) {
      const granted = term > this.#term && isCurrent && !this.#isLeaderNear(nowMs)
      this.send(from, { type: 'voted', term: granted ? term : this.#term, pre, granted })
      return
    }
    // who hears a leader does not help to unseat it, unless the leader itself wants to go
    if (term > this.#term && (transfer || !this.#isLeaderNear(nowMs))) this.#follow(term, null, nowMs)
    const granted = term === this.#term && isCurrent && (this.#votedFor === null || this.#votedFor === from)
    if (granted) {
      this.#votedFor = from
      this.#awaitLeader(nowMs)
    }
    this.send(from, { type: 'voted', term: this.#term, pre, granted })
  }

  #onVoted(from: MemberId, { term, pre, granted }: OfType<'voted'>, nowMs: number): void {
    const asked = pre ? this.#term + 1 : this.#term
    if (granted && term === asked && this.#role === (pre ? 'preCandidate' : 'candidate')) {
      this.#votes.add(from)
      this.#countVotes(nowMs)
    } else if (!granted && term > this.#term) {
      this.#follow(term, null, nowMs)
    }
  }

  #campaign(pre: boolean, transfer: boolean, nowMs: number): void {
    this.#role = pre ? 'preCandidate' : 'candidate'
    this.#leader = null
    this.#votes = new Set([this.self])
    if (!pre) {
      this.#term += 1
      this.#votedFor = this.self
      this.#requests.onTerm(this.#term)
    }
    this.#awaitLeader(nowMs)
    const term = pre ? this.#term + 1 : this.#term
    const { lastIndex, lastTerm } = this.log
    for (const voter of new Set(this.votings().flatMap(v => v.voters))) {
      if (voter === this.self || this.#dead.has(voter)) continue
      this.send(voter, { type: 'vote', term, lastIndex, lastTerm, pre, transfer })
    }
    this.#countVotes(nowMs)
  }

  #countVotes(nowMs: number): void {
    if (!this.votings().every(v => hasQuorum(v, m => this.#votes.has(m)))) return
    if (this.#role === 'preCandidate') this.#campaign(false, false, nowMs)
    else this.#lead(new Set(), [], nowMs)
  }

  /** Takes over alone where voting.ts says that this is safe. */
  #survive(nowMs: number): void {
    if (this.#isRetiring || this.lease.untilMs <= nowMs) return
    const votings = this.votings()
    if (!votings.every(v => isSurvivor(v, this.self, m => this.#dead.has(m)))) return
    const others = new Set(votings.flatMap(v => v.voters).filter(v => v !== this.self))
    if (others.size === 0 || this.#leadership?.hasOutlived(others)) return
    this.#term += 1
    this.#votedFor = this.self
    this.#requests.onTerm(this.#term)
    this.#lead(others, [], nowMs)
  }

  #lead(outlived: ReadonlySet<MemberId>, firstCommands: readonly Command[], nowMs: number): void {
    this.#role = 'leader'
    this.#leader = this.self
    this.#leadership = new Leadership(this, outlived, firstCommands, nowMs)
    this.#leadership.start(nowMs)
    this.#askLease(nowMs)
  }

  #follow(term: number, leader: MemberId | null, nowMs: number): void {
    if (term > this.#term) {
      this.#term = term
      this.#votedFor = null
      this.#requests.onTerm(term)
    }
    const isNews = leader !== null && leader !== this.#leader
    if (isNews) this.#requests.retry()
    this.#role = 'follower'
    this.#leader = leader
    this.#leadership = null
    this.#awaitLeader(nowMs)
    if (leader !== null) this.#leaderSeenMs = nowMs
    if (isNews) this.#askLease(nowMs)
  }

  /** Draws when to try for leadership. Soon, where the one who led is known to be dead. */
  #awaitLeader(nowMs: number): void {
    const { electionMs, heartbeatMs } = this.timing
    const isOrphan = this.#leader === null && this.#latestVoting().voters.some(v => this.#dead.has(v))
    const leastMs = isOrphan ? heartbeatMs / 2 : electionMs
    this.#electionMs = nowMs + leastMs * (1 + this.#random.float())
  }

  // --- asking the leader ---

  #request(commands: readonly Command[] | null, nowMs: number): number | null {
    if (this.#requests.isFull) return null
    const waitMs = REQUEST_SPANS * (this.timing.leaseMs + this.timing.electionMs)
    const ticket = this.#requests.add(commands, nowMs + waitMs)
    this.#work(nowMs)
    return ticket
  }

  #askLease(nowMs: number): void {
    this.#nextAskMs = nowMs + this.timing.heartbeatMs
    if (this.#leader === null || !this.#state.members.some(m => m.id === this.self)) return
    this.send(this.#leader, { type: 'askLease', sentAtMs: nowMs })
  }

  /** Hands the leader what it has not got, and delivers what this member says to itself, until nothing is left of either. */
  #work(nowMs: number): void {
    for (;;) {
      this.#flush()
      const own = this.#messages.filter(m => m.to === this.self)
      if (own.length === 0) return
      this.#messages = this.#messages.filter(m => m.to !== this.self)
      for (const { message } of own) this.#receive(this.self, message, nowMs)
    }
  }

  #flush(): void {
    if (this.#leader === null) return
    for (const { ticket, commands } of this.#requests.takeUnsent(this.#term)) {
      this.send(this.#leader, commands === null ? { type: 'read', ticket } : { type: 'propose', ticket, commands })
    }
  }
}

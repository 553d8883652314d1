import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvariantError } from '../../../src/base/assert.js'
import { type MemberId, memberId } from '../../../src/base/ids.js'
import { Prng } from '../../../src/base/prng.js'
import { applyCommands, emptyState } from '../../../src/control/apply-command.js'
import { ClockGuard } from '../../../src/control/clock-guard.js'
import type { ClusterState, Command, MemberRecord } from '../../../src/control/cluster-state.js'
import { Election } from '../../../src/control/raft/election.js'
import { HeldLease, LeaseBook } from '../../../src/control/raft/leases.js'
import { RaftLog } from '../../../src/control/raft/log.js'
import { Replica } from '../../../src/control/raft/replica.js'
import { Requests } from '../../../src/control/raft/requests.js'
import { Rounds } from '../../../src/control/raft/rounds.js'
import { isSurvivor, planVoting, quorumValue, type Voting } from '../../../src/control/raft/voting.js'
import { hasItsVoters } from '../../../src/control/voters.js'
import { founding, record } from './plane-world.js'

const ids = (text: string): MemberId[] => Array.from(text, letter => memberId(letter))
const voting = (voters: string, partner = ''): Voting => ({ voters: ids(voters), partner: ids(partner)[0] ?? null })

test('a majority, and not half, makes a quorum', () => {
  const values: Record<string, number> = { a: 9, b: 5, c: 3, d: 1 }
  const of = (voters: string) => quorumValue(voting(voters), v => values[v] as number)
  assert.deepEqual([of('a'), of('ab'), of('abc'), of('abcd'), of('')], [9, 5, 5, 3, 0])
})

test('a survivor is a keeper, and has outlived every other voter', () => {
  const dead = (gone: string) => (m: MemberId) => gone.includes(m)
  assert.equal(isSurvivor(voting('abc'), memberId('c'), dead('ab')), true)
  assert.equal(isSurvivor(voting('abc'), memberId('c'), dead('a')), false)
  assert.equal(isSurvivor(voting('a', 'b'), memberId('b'), dead('a')), true)
  assert.equal(isSurvivor(voting('a', 'b'), memberId('c'), dead('a')), false)
})

/** `members` with their status in capital letters: S suspect, L leaving; all others alive. */
function planned(members: string, now: Voting, { self = 'a', dead = '', behind = '', retiring = false } = {}): string {
  const status = (letter: string): MemberRecord['status'] => (letter === 'S' ? 'suspect' : letter === 'L' ? 'leaving' : 'alive')
  const list = members.split(' ').map(m => record(m[0] as string, { status: status(m[1] ?? '') }))
  const joins = list.map((member): Command => ({ type: 'join', member }))
  const state: ClusterState = { ...applyCommands(emptyState(), [founding(members[0] as string), ...joins]).state, members: list }
  const step = planVoting({
    state,
    voting: now,
    self: memberId(self),
    isRetiring: retiring,
    isDead: m => dead.includes(m),
    isCaughtUp: m => !behind.includes(m) && !dead.includes(m),
  })
  if (step === null) return ''
  return step.type === 'transfer' ? `to ${step.to}` : `${step.voting.voters.join('')}+${step.voting.partner ?? ''}`
}

test('the leader leads to the right voters, and leaves them alone when they are right', () => {
  assert.equal(planned('a', voting('a')), '')
  assert.equal(planned('a b', voting('a')), 'a+b')
  assert.equal(planned('a b', voting('a', 'b')), '')
  assert.equal(planned('a b', voting('a'), { behind: 'b' }), '')
  assert.equal(planned('a b c', voting('a', 'b')), 'abc+')
  assert.equal(planned('a b c', voting('a', 'b'), { behind: 'c' }), '')
  assert.equal(planned('a b c d', voting('abc')), '')
  assert.equal(planned('a b c d e', voting('abc')), 'abcde+')
  assert.equal(planned('a b c d e f', voting('abcde')), '')
  assert.equal(planned('a b c d', voting('abcde')), 'abc+')
  // the leader was counted out itself, and two of the others have died without its knowing
  assert.equal(planned('b c d e', voting('bcdea'), { self: 'a', behind: 'bd' }), 'ceb+')
})

test('who is gone or suspect gives way to who is well; a suspect is not dropped without one', () => {
  assert.equal(planned('a b c d', voting('abc'), { dead: 'b' }), 'acd+')
  assert.equal(planned('a c d', voting('abc')), 'acd+')
  assert.equal(planned('a b c', voting('abc'), { dead: 'c' }), 'a+b')
  assert.equal(planned('a bS c d', voting('abc')), 'acd+')
  assert.equal(planned('a bS c', voting('abc')), '')
  assert.equal(planned('a bS c', voting('a', 'b')), 'a+c')
  assert.equal(planned('a bS', voting('a', 'b')), 'a+')
  assert.equal(planned('a bS cS d', voting('abc')), 'adb+')
})

test('a leader that goes makes the others voters first, then hands over', () => {
  assert.equal(planned('aL b', voting('a', 'b')), 'b+')
  assert.equal(planned('aL b', voting('b')), 'to b')
  assert.equal(planned('a b c d', voting('abc'), { retiring: true }), 'bcd+')
  assert.equal(planned('b c d', voting('bcd')), 'to b')
  assert.equal(planned('aL', voting('a')), '')
})

test('as many members decide as should: not yet when a third has just joined, or a voter has just gone', () => {
  const has = (members: string, voters: string, partner = '', leaving = ''): boolean => {
    const list = Array.from(members, name => record(name, { status: leaving.includes(name) ? 'leaving' : 'alive' }))
    return hasItsVoters({ ...emptyState(), members: list, ...voting(voters, partner) })
  }
  assert.deepEqual([has('a', 'a'), has('ab', 'a'), has('ab', 'a', 'b')], [true, false, true])
  assert.deepEqual([has('abc', 'a', 'b'), has('abc', 'abc'), has('abcd', 'abc')], [false, true, true])
  assert.deepEqual([has('abd', 'abc'), has('ab', 'abc'), has('abcde', 'abc'), has('abcde', 'abcde')], [false, false, false, true])
  assert.deepEqual([has('abc', 'abc', '', 'c'), has('abc', 'a', 'b', 'c')], [false, true])
})

test('a lone survivor that was no voter makes itself one', () => {
  assert.equal(planned('a b', voting('a', 'b'), { self: 'b', dead: 'a' }), 'b+')
  assert.equal(planned('a b c', voting('a', 'b'), { self: 'b', dead: 'a' }), 'b+c')
})

test('a lease runs from the sending of the question, and only once its index is applied', () => {
  const lease = new HeldLease(2_000)
  lease.onGrant(1_000, 7, 5, 1_400)
  assert.equal(lease.untilMs, 0)
  lease.onGrant(1_200, 9, 5, 1_450)
  lease.onApplied(7, 1_500)
  assert.deepEqual([lease.untilMs, lease.index], [3_000, 7])
  lease.onApplied(9, 1_600)
  assert.deepEqual([lease.untilMs, lease.index], [3_200, 9])
  lease.onGrant(1_100, 10, 10, 1_700)
  assert.equal(lease.untilMs, 3_200, 'an older grant shortened it')
  lease.drop(1_800)
  lease.onGrant(1_800, 10, 10, 1_900)
  assert.equal(lease.untilMs, 0, 'asked before the clocks were doubted')
  lease.onGrant(5_000, 10, 10, 1_900)
  assert.equal(lease.untilMs, 0, 'asked in the future')
  lease.onGrant(1_850, 10, 10, 1_900)
  assert.equal(lease.untilMs, 3_850)
})

test('the book waits a whole span, with the drift of both clocks, also for what it never granted', () => {
  const book = new LeaseBook(10_000, 2_000, 0.05)
  const span = (2_000 * 1.05) / 0.95
  assert.equal(book.overAtMs(memberId('a')), 10_000 + span)
  book.grant(memberId('a'), 11_000)
  book.grant(memberId('a'), 10_500)
  assert.equal(book.overAtMs(memberId('a')), 11_000 + span)
  book.stop(memberId('a'))
  assert.deepEqual([book.mayGrant(memberId('a')), book.mayGrant(memberId('b'))], [false, true])
})

test('a round settles only what was asked before it started', () => {
  const rounds = new Rounds<string>()
  rounds.ask('early')
  assert.equal(rounds.isDue, true)
  rounds.start()
  rounds.ask('late')
  assert.equal(rounds.isDue, false)
  assert.deepEqual(rounds.confirmed(0), [])
  assert.deepEqual(rounds.confirmed(1), ['early'])
  assert.deepEqual(rounds.confirmed(1), [])
  rounds.start()
  rounds.start()
  assert.deepEqual(rounds.confirmed(3), ['late'])
})

test('one vote in a term; asking first changes no term', () => {
  const election = new Election(memberId('a'), new Prng(1), 0)
  assert.equal(election.ask([]), 1)
  assert.equal(election.term, 0)
  assert.equal(election.outcome([voting('abc')]), 'open')
  assert.equal(
    election.count(
      memberId('b'),
      { type: 'voted', term: 1, pre: true, granted: true, quietMs: 5, applied: 0, appliedTerm: 0, outlived: [] },
      90,
    ),
    true,
  )
  assert.equal(election.outcome([voting('abc')]), 'wouldWin')
  assert.equal(election.outcome([voting('abc'), voting('acd')]), 'open')
  assert.equal(election.begin({ quietSinceMs: 70, outlived: [] }), 1)
  assert.equal(
    election.count(
      memberId('b'),
      { type: 'voted', term: 1, pre: true, granted: true, quietMs: 5, applied: 0, appliedTerm: 0, outlived: [] },
      90,
    ),
    false,
  )
  assert.equal(
    election.count(
      memberId('b'),
      { type: 'voted', term: 1, pre: false, granted: true, quietMs: 5, applied: 0, appliedTerm: 0, outlived: [] },
      90,
    ),
    true,
  )
  assert.deepEqual([election.outcome([voting('abc')]), election.quietSinceMs], ['won', 90])
  assert.equal(election.grants(memberId('b'), 1), false)
  assert.equal(election.stand(2), true)
  assert.deepEqual([election.grants(memberId('b'), 2), election.grants(memberId('c'), 2)], [true, false])
  assert.equal(election.stand(2), false)
  assert.equal(election.grants(memberId('c'), 2), false)
})

test('the log keeps the newest applied entries, and never changes an applied one', () => {
  const log = new RaftLog()
  for (let i = 1; i <= 2_500; i++) {
    log.push({ term: 1, commands: [], origin: null })
    log.setApplied(i)
  }
  assert.ok(log.lastIndex - log.baseIndex >= 1_000 && log.lastIndex - log.baseIndex < 2_000)
  assert.equal(log.termAt(log.baseIndex), 1)
  assert.equal(log.termAt(log.baseIndex - 1), undefined)
  log.push({ term: 2, commands: [{ type: 'setVoters', voters: ids('a'), partner: null }], origin: null })
  log.push({ term: 2, commands: [], origin: null })
  assert.deepEqual(log.pendingVotings, [voting('a')])
  log.cutFrom(2_501)
  assert.deepEqual([log.pendingVotings, log.lastIndex, log.lastTerm], [[], 2_500, 1])
  assert.throws(() => log.cutFrom(2_500), InvariantError)
  assert.throws(() => log.push({ term: 0, commands: [], origin: null }), InvariantError)
})

test('a request is settled once: by its entry, by a newer term, by a snapshot or by its deadline', () => {
  const requests = new Requests()
  const [kept, lost, late, read] = [requests.add([], 100), requests.add([], 100), requests.add([], 50), requests.add(null, 100)]
  assert.deepEqual(
    requests.takeUnsent(1).map(r => r.ticket),
    [kept, lost, late, read],
  )
  requests.onRefused(late, false)
  assert.deepEqual(requests.takeUnsent(1), [])
  requests.onCommitted(kept, [])
  requests.onCommitted(kept, [])
  requests.onTerm(2)
  requests.expire(60)
  requests.onReadAt(read, 5, 4)
  assert.deepEqual(requests.takeSettled(), [
    { type: 'proposed', ticket: kept, results: [] },
    { type: 'failed', ticket: lost, outcome: 'unknown' },
    { type: 'failed', ticket: late, outcome: 'not-applied' },
  ])
  requests.onApplied(5)
  assert.deepEqual(requests.takeSettled(), [{ type: 'read', ticket: read, index: 5 }])
  const skipped = requests.add([], 100)
  requests.takeUnsent(2)
  requests.onSkipped()
  assert.deepEqual(requests.takeSettled(), [{ type: 'failed', ticket: skipped, outcome: 'unknown' }])
})

test('the clock guard sees a suspended host and a stepped clock, not the passing of time', () => {
  const now = { mono: 0, wall: 0, up: 0 }
  const guard = new ClockGuard({ monotonicMs: () => now.mono, wallMs: () => now.wall, uptimeMs: () => now.up })
  const pass = (mono: number, wall: number, up: number): boolean => {
    now.mono += mono
    now.wall += wall
    now.up += up
    return guard.agrees()
  }
  assert.equal(pass(60_000, 60_100, 59_900), true)
  assert.equal(pass(50, 50, 5_050), false)
  assert.equal(pass(50, 50, 50), true)
  assert.equal(pass(50, -3_000, 50), false)
  assert.equal(pass(50, 50, 50), true)
})

test('a leader that joins on where this log has something else applied is no leader of this cluster', () => {
  const replica = new Replica(() => undefined)
  const more = { commands: [founding('a')], origin: null }
  const message = {
    type: 'append',
    term: 1,
    round: 0,
    prevIndex: 0,
    prevTerm: 0,
    commit: 1,
    entries: [{ term: 1, ...more }],
  } as const
  assert.equal(replica.append(message), 1)
  assert.equal(replica.append({ ...message, prevIndex: 1, prevTerm: 1, entries: [] }), 1)
  assert.throws(() => replica.append({ ...message, prevIndex: 1, prevTerm: 2, entries: [] }), InvariantError)
  assert.equal(replica.append({ ...message, prevIndex: 9, prevTerm: 2, entries: [] }), null)
})

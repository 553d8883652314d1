import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MemberId, memberId } from '../../../src/base/ids.js'
import { Prng } from '../../../src/base/prng.js'
import type { Command } from '../../../src/control/cluster-state.js'
import { RaftCore } from '../../../src/control/raft/core.js'
import type { Entry, Message } from '../../../src/control/raft/messages.js'
import { founding, record } from './plane-world.js'

const timing = { heartbeatMs: 250, electionMs: 1_000, leaseMs: 2_000, driftRatio: 0.05 }
const [a, b, c] = ['a', 'b', 'c'].map(memberId) as [MemberId, MemberId, MemberId]

const entry = (...commands: readonly Command[]): Entry => ({ term: 1, commands, origin: null })
const three = entry({ type: 'setVoters', voters: [a, b, c], partner: null })
const onlyC = entry({ type: 'setVoters', voters: [c], partner: b })
const history = [entry(founding('a')), entry({ type: 'join', member: record('b') }, { type: 'join', member: record('c') }), three]

/** A member whose log a leader has filled, and who knows that much of it to be committed. */
function follower(self: MemberId, entries: readonly Entry[], commit: number): RaftCore {
  const core = new RaftCore({ self, timing, random: new Prng(3), nowMs: 0 })
  core.receive(a, { type: 'append', term: 1, prevIndex: 0, prevTerm: 0, entries, commit, round: 1 }, 0)
  core.take()
  return core
}

/** Lets time pass until it asks for votes; what it sent then. */
function asks(core: RaftCore): { to: MemberId; message: Message }[] {
  for (let now = 0; now < 20_000; now += 50) {
    core.tick(now)
    const votes = core.take().messages.filter(m => m.message.type === 'vote')
    if (votes.length > 0) return votes
  }
  return []
}

test('a voter that is asked tells what it knows to be committed: the only voter need not win over those of before', () => {
  // c has the change and has not heard of its commit; b has, and has one entry more, which nobody can commit without c
  const core = follower(c, [...history, onlyC], 3)
  const other = follower(b, [...history, onlyC, entry()], 4)
  const asked = asks(core).find(m => m.to === b)
  assert.ok(asked)
  other.receive(c, asked.message, 30_000)
  const answer = other.take().messages.find(m => m.message.type === 'voted')
  assert.ok(answer?.message.type === 'voted' && !answer.message.granted, 'its own log is longer')
  core.receive(b, answer.message, 20_000)
  assert.equal(core.leadership !== null, true)
  assert.deepEqual(core.state.voters, [c])
})

test('what another knows to be committed says nothing about a log that differs there', () => {
  const core = follower(c, [...history, onlyC], 3)
  asks(core)
  const answer = {
    type: 'voted',
    term: 1,
    pre: true,
    granted: false,
    quietMs: 0,
    applied: 4,
    appliedTerm: 2,
    outlived: [],
  } as const
  core.receive(b, answer, 20_000)
  assert.equal(core.log.applied, 3)
  assert.equal(core.leadership, null)
})

test('until the change is known to be committed, a voter of before may stand for election', () => {
  const core = follower(b, [...history, onlyC, entry()], 3)
  assert.deepEqual(
    asks(core).map(m => m.to),
    [a, c],
  )
})

test('a voter that wants to go waits for others first, but not for ever', () => {
  const core = follower(c, history, 3)
  core.retire(0)
  for (let now = 0; now < 3_000; now += 50) core.tick(now)
  assert.ok(core.take().messages.every(m => m.message.type !== 'vote'))
  assert.equal(asks(core).length, 2)
})

test('the only voter dies while it makes three: its partner speaks for it, and votes for whoever has more', () => {
  const pair = entry({ type: 'setVoters', voters: [a], partner: b })
  const before = [...history.slice(0, 2), pair]
  /** Knows the pair to be voted in, not the three; `isLeased`: asked, and was granted. */
  const witness = (self: MemberId, entries: readonly Entry[], isLeased: boolean): RaftCore => {
    const core = follower(self, entries, 3)
    if (isLeased) core.receive(a, { type: 'lease', sentAtMs: 0, index: 3 }, 0)
    core.proveDead(a, 100)
    core.take()
    return core
  }
  const elect = (isLeased: boolean): { partner: RaftCore; third: RaftCore } => {
    const partner = witness(b, [...before, three], isLeased)
    const third = witness(c, [...before, three, entry()], false)
    const cores = new Map([b, c].map(id => [id, id === b ? partner : third]))
    for (let now = 100; now < 1_900; now += 50) {
      for (const [id, core] of cores) {
        core.tick(now)
        for (const { to, message } of core.take().messages) cores.get(to)?.receive(id, message, now)
      }
    }
    return { partner, third }
  }
  const { partner, third } = elect(true)
  assert.deepEqual([partner.leadership !== null, third.leadership !== null], [false, true])
  assert.deepEqual(partner.state.voters, third.state.voters)
  assert.equal(partner.log.applied >= 6, true, 'the entry that only the third had is committed')
  // without a lease nobody knows whether the dead one has decided more
  const unsure = elect(false)
  assert.deepEqual([unsure.partner.leadership, unsure.third.leadership], [null, null])
})

test('who may lead alone does not vote for a candidate that knows of a change which it does not know', () => {
  const pair = entry({ type: 'setVoters', voters: [a], partner: b })
  const partner = follower(b, [...history.slice(0, 2), pair], 3)
  partner.proveDead(a, 100)
  // the lease that the dead one granted comes after the proof of its death, and right behind it a candidate
  partner.receive(a, { type: 'lease', sentAtMs: 0, index: 3 }, 110)
  partner.take()
  partner.receive(c, { type: 'vote', term: 2, lastIndex: 9, lastTerm: 1, pre: false, transfer: false }, 110)
  const answer = partner.take().messages.find(m => m.message.type === 'voted')
  assert.ok(answer?.message.type === 'voted' && !answer.message.granted)
  assert.equal(partner.leadership !== null, true)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupId, type MemberId, memberId } from '../../../src/base/ids.js'
import { checkupOf } from '../../../src/cluster/checkup.js'
import { applyCommands, emptyState } from '../../../src/control/apply-command.js'
import type { ClusterState, Command, GroupRecord } from '../../../src/control/cluster-state.js'
import { groupViewOf } from '../../../src/partition/group-view.js'
import { founding, record } from '../control/plane-world.js'

const [a, b, c] = ['a', 'b', 'c'].map(memberId) as [MemberId, MemberId, MemberId]
const first = groupId(0)

/** Members a, b, c vote; of the two partitions one is on a and b, the other on b and c. */
function threeMembers(...more: readonly Command[]): ClusterState {
  const placements = [
    [a, b],
    [b, c],
  ]
  return applyCommands(emptyState(), [
    founding('a'),
    ...['b', 'c'].map((name): Command => ({ type: 'join', member: record(name) })),
    { type: 'assign', classIndex: 0, placements },
    { type: 'setVoters', voters: [a, b, c], partner: null },
    ...more,
  ]).state
}

const rests = (state: ClusterState) => {
  const { epoch, version } = state.groups[0] as GroupRecord
  return { group: first, epoch, version }
}

const after = (state: ClusterState, ...commands: readonly Command[]): ClusterState => applyCommands(state, commands).state

/** By member: why it may not be stopped. */
const objections = (state: ClusterState, current = true): Record<string, string[]> =>
  Object.fromEntries(checkupOf(state, current).members.map(m => [m.id, m.reasons.map(r => r.objection)]))

test('in a cluster with all copies each may be stopped', () => {
  const checkup = checkupOf(threeMembers(), true)
  assert.equal(checkup.healthy, true)
  assert.deepEqual(
    checkup.members.map(m => [m.id, m.mayStop, m.address]),
    [a, b, c].map(id => [id, true, '127.0.0.1:5701']),
  )
  assert.equal(checkupOf(threeMembers(), false).healthy, false, 'old news is no reason for confidence')
})

test('whoever has the only complete copy, or is waited for, stays', () => {
  const state = threeMembers()
  const alone = after(state, { type: 'shrink', member: b, ...rests(state) })
  assert.deepEqual(objections(alone), { a: ['only-copy'], b: [], c: [] })
  const suspected = after(state, { type: 'setStatus', member: b, status: 'suspect' })
  assert.deepEqual(objections(suspected), { a: ['only-copy', 'majority'], b: [], c: ['only-copy', 'majority'] })
  const silent = after(
    alone,
    { type: 'setStatus', member: a, status: 'suspect' },
    { type: 'remove', member: a, why: 'silent' },
    { type: 'setVoters', voters: [b], partner: c },
  )
  assert.deepEqual(groupViewOf(silent, first).awaited, [a])
  const lone = applyCommands(emptyState(), [founding('a'), { type: 'assign', classIndex: 0, placements: [[a], [a]] }]).state
  const [only] = checkupOf(lone, true).members
  assert.equal(only?.reasons[0]?.text, 'it holds the only complete copy of 2 groups: their entries would be lost')
})

test('an asynchronous copy counts where there are no others, once it is filled', () => {
  const asyncOnly = { ...founding('a').defaultMap, backupCount: 0, asyncBackupCount: 1 }
  const members = ['b', 'c'].map((name): Command => ({ type: 'join', member: record(name) }))
  const placements = [
    [a, b],
    [b, c],
  ]
  const state = applyCommands(emptyState(), [
    { ...founding('a'), defaultMap: asyncOnly },
    ...members,
    { type: 'assign', classIndex: 0, placements },
    { type: 'setVoters', voters: [a, b, c], partner: null },
  ]).state
  assert.deepEqual(objections(state), { a: [], b: [], c: [] })
  const moving = after(state, { type: 'setAsyncs', members: [c], ...rests(state) })
  assert.deepEqual(objections(moving), { a: ['only-copy'], b: [], c: [] })
  const filled = after(moving, { type: 'admitAsync', member: c, ...rests(moving) })
  assert.deepEqual(objections(filled), { a: [], b: [], c: [] })
})

test('while a copy is made or handed over both ends of it stay', () => {
  const state = threeMembers()
  const learning = after(state, { type: 'setLearner', member: c, ...rests(state) })
  assert.deepEqual(objections(learning), { a: ['copying'], b: [], c: ['copying'] })
  const handing = after(state, { type: 'handOver', member: b, ...rests(state) })
  assert.deepEqual(objections(handing), { a: ['copying'], b: ['copying'], c: [] })
})

test('a majority of the voters is left, or somebody who knows that the other is dead', () => {
  const pair = (ofA: string, ofB: string): ClusterState =>
    applyCommands(emptyState(), [
      { ...founding('a'), member: record('a', { deathToken: ofA }) },
      { type: 'join', member: record('b', { deathToken: ofB }) },
      {
        type: 'assign',
        classIndex: 0,
        placements: [
          [a, b],
          [b, a],
        ],
      },
      { type: 'setVoters', voters: [a], partner: b },
    ]).state
  assert.deepEqual(objections(pair('', '')), { a: ['pair'], b: [] })
  assert.deepEqual(objections(pair('x:a', 'x:b')), { a: [], b: [] })
  assert.deepEqual(objections(pair('x:a', 'y:b')), { a: ['pair'], b: [] }, 'two containers behind one address')
  assert.deepEqual(objections(pair('x:a', '')), { a: ['pair'], b: [] })
  const noPartner = after(pair('', ''), { type: 'setVoters', voters: [a], partner: null })
  assert.deepEqual(objections(noPartner), { a: ['majority'], b: [] })
})

test('with a fixed number of copies, whoever would leave too few behind stays', () => {
  const strict = { ...founding('a'), settings: { ...founding('a').settings, minSync: 1 } }
  const placements = [
    [a, b],
    [b, a],
  ]
  const state = applyCommands(emptyState(), [
    strict,
    { type: 'join', member: record('b') },
    { type: 'join', member: record('c', { lite: true }) },
    { type: 'assign', classIndex: 0, placements },
    { type: 'setVoters', voters: [a, b, c], partner: null },
  ]).state
  assert.deepEqual(objections(state), { a: ['min-sync'], b: ['min-sync'], c: [] })
})

test('a group tells who has what, and what it survives', () => {
  const view = groupViewOf(threeMembers(), first)
  assert.deepEqual(
    [view.partitionId, view.owner, view.inSyncBackups, view.backupsRequired, view.survives, view.status],
    [0, a, [b], 1, 1, 'ok'],
  )
  const gone = after(threeMembers(), { type: 'remove', member: b, why: 'silent' })
  const short = groupViewOf(gone, first)
  assert.deepEqual([short.owner, short.inSyncBackups, short.awaited, short.survives], [a, [], [b], 0])
  const lost = groupViewOf(after(gone, ...[b, a].map((member): Command => ({ type: 'remove', member, why: 'dead' }))), first)
  assert.deepEqual([lost.status, lost.owner, lost.awaited, lost.epoch], ['lost', null, [], 2])
})

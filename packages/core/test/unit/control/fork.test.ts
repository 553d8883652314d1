import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MemberId } from '../../../src/base/ids.js'
import { applyCommand, emptyState } from '../../../src/control/apply-command.js'
import { unassignedGroup } from '../../../src/control/apply-group.js'
import type { ClusterState, Command, GroupRecord } from '../../../src/control/cluster-state.js'
import { forkedState, givesWay, type Lineage, survivorsState } from '../../../src/control/fork.js'
import { decodeState, encodeState } from '../../../src/control/state-codec.js'

const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'] as MemberId[] as [MemberId, MemberId, MemberId, MemberId, MemberId]
const f = 'f' as MemberId
const all = [a, b, c, d, e]

const group = (fields: Partial<GroupRecord>): GroupRecord => ({
  ...unassignedGroup,
  epoch: 4,
  version: 9,
  status: 'ok',
  ...fields,
})

function stateWith(groups: readonly GroupRecord[], members: readonly MemberId[] = all): ClusterState {
  const record = { lite: false, deathToken: '', status: 'suspect', admittedAt: 0 } as const
  return {
    ...emptyState(),
    index: 70,
    settings: {
      ...emptyState().settings,
      clusterId: 'one',
      partitionCount: groups.length,
      consistency: 'available',
    },
    members: members.map((id, i) => ({ ...record, id, partitionGroup: id, address: { host: id, port: i } })),
    voters: [a, b, c],
    targets: groups.map(() => [c, d, e]),
    groups,
  }
}

const fork = (groups: readonly GroupRecord[], side: readonly MemberId[] = [d, e]): ClusterState =>
  forkedState(stateWith(groups), { id: 'two', leader: side[0] as MemberId, members: new Set(side) })

test('a side goes on with complete copies, else with asynchronous ones, else empty, in a new epoch', () => {
  const state = fork([
    group({ primary: d, inSync: [d, a], learner: e, barred: [a] }),
    group({ primary: a, inSync: [a, e, d], handOver: e }),
    group({ primary: a, inSync: [a, b], asyncs: [c, e] }),
    group({ primary: a, inSync: [a, b] }),
    group({ primary: a, inSync: [a, d], status: 'unavailable' }),
    group({ primary: a, inSync: [a, b], filling: [e] }),
  ])
  const served = state.groups.map(({ epoch, primary, inSync, asyncs, status }) => [epoch, primary, inSync, asyncs, status])
  assert.deepEqual(served, [
    [5, d, [d], [], 'ok'],
    [5, e, [e, d], [], 'ok'],
    [5, e, [e], [], 'ok'],
    [5, d, [d], [], 'ok'],
    [5, d, [d], [], 'ok'],
    [5, d, [d], [], 'ok'],
  ])
  assert.ok(state.groups.every(g => g.learner === null && g.handOver === null && g.barred.length === 0 && g.version === 10))
  assert.deepEqual(state.settings.fork?.emptied, [3, 5])
  assert.deepEqual(
    state.groups.map(({ begunIn }) => begunIn),
    [0, 0, 0, 5, 0, 5],
  )
})

test('what was lost, or never assigned, stays so', () => {
  const groups = [group({ primary: a, status: 'lost' }), unassignedGroup]
  assert.deepEqual(fork(groups).groups, groups)
})

test('the side is a cluster of its own that remembers where it comes from', () => {
  const state = fork([group({ primary: d, inSync: [d] })])
  assert.deepEqual([state.index, state.voters, state.partner, state.settings.clusterId], [71, [d], null, 'two'])
  assert.deepEqual(
    state.members.map(m => [m.id, m.status]),
    [
      [d, 'alive'],
      [e, 'alive'],
    ],
  )
  assert.deepEqual(state.settings.fork?.side, [d])
  assert.deepEqual(
    state.settings.fork?.others.map(({ host }) => host),
    [a, b, c],
  )
  assert.deepEqual(decodeState(encodeState(state)), state)
  const again = forkedState(state, { id: 'three', leader: e, members: new Set([e]) })
  const { origin, others, epochs } = again.settings.fork ?? {}
  // changes count from the first division on: who meets the side that kept the quorum has to tell it of all
  assert.deepEqual([origin, others?.map(({ host }) => host), epochs], ['one', [d, a, b, c], [5]])
})

test('where only witnesses are left nothing is served', () => {
  const state = stateWith([group({ primary: a, inSync: [a] })])
  const lite = { ...state, members: state.members.map(m => (m.id === e ? { ...m, lite: true } : m)) }
  const forked = forkedState(lite, { id: 'two', leader: e, members: new Set([e]) })
  assert.deepEqual([forked.groups[0]?.status, forked.groups[0]?.epoch], ['unavailable', 5])
})

const side = (clusterId: string, members: number, fields: Partial<Lineage> = {}): Lineage => {
  return { origin: 'one', clusterId, isFork: true, isLed: true, members, ...fields }
}

test('the side with the quorum counts more, then the larger one, then the lower id', () => {
  const quorum = side('one', 1, { isFork: false })
  const [larger, lower, higher] = [side('z', 3), side('x', 2), side('y', 2)]
  const order = [quorum, larger, lower, higher]
  order.forEach((one, i) => {
    for (const [j, other] of order.entries()) assert.equal(givesWay(one, other), i > j, `${one.clusterId} ${other.clusterId}`)
  })
})

test('nobody gives way to another cluster, or to a side that nobody leads', () => {
  assert.equal(givesWay(side('x', 1), side('y', 5, { origin: 'other' })), false)
  assert.equal(givesWay(side('x', 1), side('one', 5, { isFork: false, isLed: false })), false)
  assert.equal(givesWay(side('one', 1, { isFork: false }), side('x', 9)), false)
})

test('by an order those go on that are left, suspects too, and what only the others had is lost', () => {
  const groups = [
    group({ primary: a, inSync: [a, e] }),
    group({ primary: a, inSync: [a, b] }),
    group({ primary: e, inSync: [e, d, c] }),
    group({ primary: a, inSync: [a, d], status: 'unavailable' }),
    group({ primary: f, inSync: [f], status: 'unavailable' }),
  ]
  const classes = [{ backupCount: 1, asyncBackupCount: 0, readBackupData: false, settledCount: 1 }]
  const awaited = stateWith([], [f]).members
  const before = { ...stateWith(groups), classes, awaited }
  const state = survivorsState(before, { id: 'two', leader: d, members: new Set([d, e]) }, before.members)
  assert.deepEqual(
    state.members.map(m => [m.id, m.status]),
    [
      [d, 'alive'],
      [e, 'alive'],
    ],
  )
  const served = state.groups.map(({ epoch, primary, inSync, status }) => [epoch, primary, inSync, status])
  assert.deepEqual(served, [
    [5, e, [e], 'ok'],
    [5, a, [], 'lost'],
    [4, e, [e, d], 'ok'],
    [5, d, [d], 'ok'],
    [5, f, [], 'lost'],
  ])
  assert.deepEqual(state.awaited, [])
  const { voters, partner, index, settings } = state
  assert.deepEqual([voters, partner, index, settings.clusterId, settings.fork], [[d], null, 71, 'two', null])
})

test('by an order one that the others had counted out is a member again, with what waits for it', () => {
  const classes = [{ backupCount: 1, asyncBackupCount: 0, readBackupData: false, settledCount: 1 }]
  const before = { ...stateWith([group({ primary: d, inSync: [d], status: 'unavailable' })], [a, b]), classes }
  const own = { ...stateWith([]).members.find(m => m.id === d), admittedAt: 3 } as (typeof before.members)[number]
  const state = survivorsState(before, { id: 'two', leader: d, members: new Set([d]) }, [own])
  assert.deepEqual(
    state.members.map(m => [m.id, m.status, m.admittedAt]),
    [[d, 'alive', 71]],
  )
  assert.deepEqual([state.groups[0]?.status, state.groups[0]?.primary], ['ok', d])
})

test('whoever follows says so, and whoever comes from a fork says who was of it, for as long as somebody could wait for them', () => {
  const said = (state: ClusterState, command: Command): ClusterState =>
    decodeState(encodeState(applyCommand(state, command).state))
  const one = stateWith([group({ primary: a, inSync: [c, d], status: 'unavailable' })], [a, b])
  assert.equal(applyCommand(one, { type: 'follow', member: e }).accepted, false)
  const came = said(one, { type: 'cameOver', members: [d, e] })
  assert.deepEqual(came.cameOver, [d])
  const two = said(fork([group({ primary: d, inSync: [d] })]), { type: 'follow', member: e })
  assert.deepEqual(two.settings.fork?.side, [d, e])
  // it may give way as well, to a side that waits for them
  assert.deepEqual(said(said(two, { type: 'cameOver', members: [c] }), { type: 'cameOver', members: [b, c] }).cameOver, [c, b])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupId, type MemberId, memberId } from '../../../src/base/ids.js'
import { applyCommand, applyCommands, emptyState } from '../../../src/control/apply-command.js'
import type { ClusterState, Command, GroupRecord } from '../../../src/control/cluster-state.js'
import { founding, mapSettings, record } from './plane-world.js'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(memberId) as [MemberId, MemberId, MemberId, MemberId]
const [first, fast] = [groupId(0), groupId(2)]

const groupOf = (state: ClusterState, id = fast): GroupRecord => state.groups[id] as GroupRecord
const restsOn = (state: ClusterState, id = fast) => {
  const { epoch, version } = groupOf(state, id)
  return { group: id, epoch, version }
}

/** Members a to d; the groups of the default map on a and b, those of a map without synchronous backups on a, with copies on b. */
function asyncOnly(): ClusterState {
  const settings = { ...mapSettings, backupCount: 0, asyncBackupCount: 1 }
  const placements = [
    [a, b],
    [a, b],
  ]
  return applyCommands(emptyState(), [
    founding('a'),
    ...[b, c, d].map((id): Command => ({ type: 'join', member: record(id) })),
    { type: 'assign', classIndex: 0, placements },
    { type: 'declareMap', name: 'fast', settings },
    { type: 'assign', classIndex: 1, placements },
  ]).state
}

test('without synchronous backups an asynchronous copy goes on as soon as nobody who is complete is a member', () => {
  const state = asyncOnly()
  const status = (member: MemberId, to: 'suspect' | 'alive'): Command => ({ type: 'setStatus', member, status: to })
  const gone = (member: MemberId, why: 'silent' | 'dead' = 'silent'): Command => ({ type: 'remove', member, why })
  const back = (id: string): Command => ({ type: 'join', member: record(id) })
  const taken = { status: 'ok', primary: b, inSync: [b], asyncs: [], epoch: 2 } as const
  const cases: readonly (readonly [string, Command[], Partial<GroupRecord>])[] = [
    ['the owner is dead', [gone(a, 'dead')], taken],
    ['it is silent: its lease is over', [gone(a)], taken],
    ['and comes back: its epoch is over', [gone(a), back('a')], taken],
    ['its copy is a suspect', [status(b, 'suspect'), gone(a)], { status: 'unavailable', primary: a, inSync: [a], epoch: 1 }],
    ['which is heard again', [status(b, 'suspect'), gone(a), status(b, 'alive')], taken],
    ['or the owner first', [status(b, 'suspect'), gone(a), back('a')], { status: 'ok', primary: a, inSync: [a], epoch: 1 }],
    ['or nobody is left', [status(b, 'suspect'), gone(a, 'dead')], { status: 'lost', inSync: [], asyncs: [b], epoch: 2 }],
    ['until it is heard', [status(b, 'suspect'), gone(a, 'dead'), status(b, 'alive')], { ...taken, epoch: 3 }],
  ]
  for (const [what, commands, expected] of cases) {
    const { status, primary, inSync, asyncs, epoch } = groupOf(applyCommands(state, commands).state)
    assert.deepEqual({ status, primary, inSync, asyncs, epoch }, { primary, asyncs, ...expected }, what)
  }
  const learning = applyCommand(state, { type: 'setLearner', member: c, ...restsOn(state) }).state
  const two = applyCommand(learning, { type: 'expand', member: c, ...restsOn(learning) }).state
  const waiting = applyCommands(two, [status(c, 'suspect'), gone(a)]).state
  assert.deepEqual([groupOf(waiting).status, groupOf(waiting).inSync], ['unavailable', [a, c]], 'c may be back')
  assert.deepEqual(groupOf(applyCommand(waiting, gone(c)).state).inSync, [b])
})

test('who is to be an asynchronous copy is none before the owner has said that it is filled', () => {
  const state = asyncOnly()
  const named = applyCommand(state, { type: 'setAsyncs', members: [d, b], ...restsOn(state) }).state
  assert.deepEqual([groupOf(named).asyncs, groupOf(named).filling], [[b], [d]])
  const dead: Command = { type: 'remove', member: a, why: 'dead' }
  assert.deepEqual(groupOf(applyCommand(named, dead).state).primary, b)
  const only = applyCommand(state, { type: 'setAsyncs', members: [d], ...restsOn(state) }).state
  assert.deepEqual([groupOf(only).asyncs, groupOf(only).filling], [[], [d]])
  assert.equal(groupOf(applyCommand(only, dead).state).status, 'lost', 'an empty copy is no copy')
  const admit = (from: ClusterState, member: MemberId) => applyCommand(from, { type: 'admitAsync', member, ...restsOn(from) })
  assert.equal(admit(only, c).accepted, false)
  const filled = admit(only, d).state
  assert.deepEqual([groupOf(filled).asyncs, groupOf(filled).filling], [[d], []])
  assert.equal(groupOf(applyCommand(filled, dead).state).primary, d)
  assert.equal(applyCommand(state, { type: 'setAsyncs', members: [a], ...restsOn(state) }).accepted, false, 'the owner')
})

test('a backup that is to be an asynchronous copy is one when it leaves the in-sync set', () => {
  const state = asyncOnly()
  const named = applyCommand(state, { type: 'setAsyncs', members: [b], ...restsOn(state, first) }).state
  assert.deepEqual([groupOf(named, first).inSync, groupOf(named, first).asyncs, groupOf(named, first).filling], [[a, b], [], [b]])
  assert.equal(applyCommand(named, { type: 'admitAsync', member: b, ...restsOn(named, first) }).accepted, false)
  const left = applyCommand(named, { type: 'shrink', member: b, ...restsOn(named, first) }).state
  assert.deepEqual([groupOf(left, first).inSync, groupOf(left, first).asyncs, groupOf(left, first).filling], [[a], [b], []])
})

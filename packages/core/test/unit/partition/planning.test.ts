import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MemberId, memberId } from '../../../src/base/ids.js'
import { applyCommand, applyCommands, emptyState } from '../../../src/control/apply-command.js'
import type { ClusterState, Command } from '../../../src/control/cluster-state.js'
import { planSteps } from '../../../src/partition/planning.js'
import { founding, mapSettings, record } from '../control/plane-world.js'
import { settled } from './settled.js'

const [b, c] = ['b', 'c'].map(memberId) as [MemberId, MemberId]

function threeMembers(backupCount: number, asyncBackupCount: number): ClusterState {
  const settings = { ...mapSettings, backupCount, asyncBackupCount }
  return settled(
    applyCommands(emptyState(), [
      founding('a'),
      ...[b, c].map((id): Command => ({ type: 'join', member: record(id) })),
      { type: 'declareMap', name: 'm', settings },
    ]).state,
  )
}

const suspecting = (state: ClusterState, ...members: MemberId[]): ClusterState =>
  members.reduce((now, member) => applyCommand(now, { type: 'setStatus', member, status: 'suspect' }).state, state)

const copies = (state: ClusterState): number[] => {
  const { partitionCount } = state.settings
  return state.groups.slice(-partitionCount).map(g => g.inSync.length + g.asyncs.length)
}

test('an owner that hears nobody keeps the backups it has: they may be all that is left of its partitions', () => {
  for (const [sync, asyncs] of [
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    const before = threeMembers(sync, asyncs)
    const after = settled(suspecting(before, b, c))
    const owned = before.groups.flatMap((g, i) => (g.primary === 'a' ? [i] : []))
    assert.ok(owned.length > 0)
    for (const i of owned) {
      assert.deepEqual(after.groups[i]?.inSync, before.groups[i]?.inSync)
      assert.deepEqual(after.groups[i]?.asyncs, before.groups[i]?.asyncs)
    }
  }
})

test('an asynchronous copy stays until another one is filled in its place', () => {
  const [p, x, y] = ['p', 'x', 'y'].map(memberId) as [MemberId, MemberId, MemberId]
  const before = applyCommands(emptyState(), [
    founding('p'),
    ...[x, y].map((id): Command => ({ type: 'join', member: record(id) })),
    { type: 'declareMap', name: 'm', settings: { ...mapSettings, backupCount: 0, asyncBackupCount: 1 } },
    {
      type: 'assign',
      classIndex: 1,
      placements: [
        [p, y],
        [p, y],
      ],
    },
  ]).state
  const aimed = applyCommands(before, planSteps(before)).state
  const moving = { ...aimed, targets: aimed.targets.map(() => [p, x]) }
  const after = applyCommands(moving, planSteps(moving)).state
  const ownersAfter = (state: ClusterState): MemberId[] =>
    applyCommand(state, { type: 'remove', member: p, why: 'dead' })
      .state.groups.slice(-2)
      .map(g => g.primary)
  assert.deepEqual(ownersAfter(after), [y, y])
  const done = settled(after)
  assert.deepEqual(copiesOf(done), [
    [p, x],
    [p, x],
  ])
  assert.deepEqual(ownersAfter(done), [x, x])
})

const copiesOf = (state: ClusterState): MemberId[][] => state.groups.slice(-2).map(g => [...g.inSync, ...g.asyncs])

test('never fewer filled copies on the way, whoever joins or leaves', () => {
  for (const [sync, asyncs] of [
    [0, 1],
    [0, 2],
    [1, 1],
  ] as const) {
    const width = 1 + sync + asyncs
    const holdsAll = (state: ClusterState): void => assert.ok(copiesOf(state).every(all => all.length >= width))
    let state = threeMembers(sync, asyncs)
    for (const name of ['d', 'e', 'f']) {
      state = settled(applyCommand(state, { type: 'join', member: record(name) }).state, holdsAll)
    }
    for (const member of [memberId('a'), memberId('d'), c]) {
      state = settled(applyCommand(state, { type: 'setStatus', member, status: 'leaving' }).state, holdsAll)
      assert.ok(copiesOf(state).every(all => !all.includes(member)))
      state = applyCommand(state, { type: 'remove', member, why: 'left' }).state
    }
    assert.deepEqual(
      copiesOf(state).map(all => all.length),
      [width, width],
    )
  }
})

test('a suspect backup goes when another one has taken its place', () => {
  const after = settled(suspecting(threeMembers(1, 0), b))
  assert.deepEqual([...new Set(copies(after))], [2])
  assert.ok(after.groups.filter(g => g.primary !== b).every(g => !g.inSync.includes(b)))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MemberId, memberId } from '../../../src/base/ids.js'
import { applyCommand, applyCommands, emptyState } from '../../../src/control/apply-command.js'
import type { BackupClass, ClusterState, Command, MapSettings } from '../../../src/control/cluster-state.js'
import { backupsRequired } from '../../../src/control/copies.js'
import { settled } from '../partition/settled.js'
import { founding, mapSettings, record } from './plane-world.js'

const [b, c, d] = ['b', 'c', 'd'].map(memberId) as [MemberId, MemberId, MemberId]

function fourMembers(...maps: readonly string[]): ClusterState {
  return settled(
    applyCommands(emptyState(), [
      founding('a'),
      ...[b, c, d].map((id): Command => ({ type: 'join', member: record(id) })),
      ...maps.map((name): Command => ({ type: 'declareMap', name, settings: mapSettings })),
    ]).state,
  )
}

const change = (name: string, backupCount: number, asyncBackupCount = 0): Command => {
  return { type: 'changeBackups', name, backupCount, asyncBackupCount }
}
const classIn = (state: ClusterState): BackupClass => state.classes[0] as BackupClass
const copies = (state: ClusterState): number[][] => state.groups.map(g => [g.inSync.length, g.asyncs.length])

test('more backups: made first, and only then asked of every write', () => {
  const before = fourMembers('m')
  assert.deepEqual(copies(before), [
    [2, 0],
    [2, 0],
  ])
  const asked = applyCommand(before, change('m', 2, 1))
  assert.equal(asked.accepted, true)
  const { state } = asked
  assert.deepEqual([classIn(state).backupCount, backupsRequired(state, classIn(state))], [2, 1])
  const after = settled(state, now => {
    const required = backupsRequired(now, classIn(now))
    assert.ok(
      now.groups.every(g => g.inSync.length - 1 >= required),
      'a write would have to wait',
    )
  })
  assert.deepEqual(copies(after), [
    [3, 1],
    [3, 1],
  ])
  assert.equal(backupsRequired(after, classIn(after)), 2)
  assert.equal(after.maps.get('m')?.settings.backupCount, 2)
})

test('fewer backups: asked of a write no more, and then dropped', () => {
  const two = settled(applyCommand(fourMembers('m'), change('m', 2, 1)).state)
  const less = applyCommand(two, change('m', 0, 1)).state
  assert.equal(backupsRequired(less, classIn(less)), 0)
  assert.deepEqual(copies(settled(less)), [
    [1, 1],
    [1, 1],
  ])
})

test('maps that share their copies have what the most demanding of them asks for', () => {
  const both = fourMembers('m', 'n')
  const more = settled(applyCommand(both, change('m', 2)).state)
  assert.deepEqual(copies(more)[0], [3, 0])
  const less = settled(applyCommand(more, change('m', 0)).state)
  assert.deepEqual(copies(less)[0], [2, 0], 'n still asks for one')
  // a map that comes later and wants what these had begins a class of its own
  const late = applyCommand(more, { type: 'declareMap', name: 'late', settings: mapSettings }).state
  assert.equal(late.maps.get('late')?.classIndex, 1)
})

test('it is settled only while every copy is there', () => {
  const asked = applyCommand(fourMembers('m'), change('m', 2)).state
  const settle: Command = { type: 'settleBackups', classIndex: 0, backupCount: 2 }
  assert.equal(applyCommand(asked, settle).accepted, false)
  const done = settled(asked)
  assert.equal(applyCommand(done, settle).accepted, false, 'it is already')
  assert.equal(applyCommand(done, { ...settle, backupCount: 3 }).accepted, false)
})

test('counts that are no counts, and maps that nobody knows', () => {
  const state = fourMembers('m')
  assert.equal(applyCommand(state, change('m', 6, 1)).accepted, false)
  assert.equal(applyCommand(state, change('nobody', 1)).accepted, false)
})

const declare = (name: string, more: Partial<MapSettings> = {}): Command => {
  return { type: 'declareMap', name, settings: { ...mapSettings, ...more } }
}
const destroy = (name: string): Command => ({ type: 'destroyMap', name })
const classOfMap = (state: ClusterState, name: string): number | undefined => state.maps.get(name)?.classIndex

test('maps that come and go leave no groups behind, whatever their counts have been', () => {
  let state = fourMembers('m')
  for (let i = 0; i < 20; i++) {
    const name = `m${i}`
    state = settled(applyCommands(state, [declare(name), change(name, 2), declare(`n${i}`), destroy(`n${i}`)]).state)
    state = settled(applyCommands(state, [declare(`o${i}`, { backupCount: 3 }), destroy(name), destroy(`o${i}`)]).state)
  }
  assert.ok(state.classes.length <= 3, `${state.classes.length} classes`)
  assert.equal(state.groups.length, state.classes.length * state.settings.partitionCount)
})

test('a map in groups that others have left has the copies it asks for from its first write on', () => {
  const left = settled(applyCommands(fourMembers('m'), [declare('n', { backupCount: 0 }), destroy('n')]).state)
  const { state } = applyCommand(left, declare('o', { backupCount: 2 }))
  assert.equal(classOfMap(state, 'o'), 1)
  assert.equal(backupsRequired(state, state.classes[1] as BackupClass), 2)
  assert.deepEqual(copies(settled(state))[2], [3, 0])
})

test('groups are left alone that are in use, not served, the first ones, or read in another way', () => {
  const both = settled(applyCommand(fourMembers(), declare('n', { backupCount: 0 })).state)
  assert.equal(both.classes.length, 2)
  const two = (from: ClusterState, more: Partial<MapSettings> = {}): number | undefined =>
    classOfMap(applyCommand(from, declare('o', { backupCount: 2, ...more })).state, 'o')
  assert.equal(two(both), 2, 'in use')
  const left = applyCommand(both, destroy('n')).state
  assert.equal(two(left), 1)
  assert.equal(two(left, { readBackupData: true }), 2)
  const lost = applyCommand(left, { type: 'remove', member: both.groups[2]?.primary as MemberId, why: 'dead' }).state
  assert.equal(two(lost), 2, 'not served')
})

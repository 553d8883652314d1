import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyState } from '../../../src/control/apply-command.js'
import { type ClusterState, sessionsEnded } from '../../../src/control/cluster-state.js'
import { record } from './plane-world.js'

const stateOf = (...members: readonly (readonly [name: string, admittedAt: number])[]): ClusterState => ({
  ...emptyState(),
  members: members.map(([name, admittedAt]) => record(name, { admittedAt })),
})

/** Of the sessions a/0 to a/3 those that ended. */
const ended = (before: ClusterState, after: ClusterState): string[] =>
  ['a/0', 'a/1', 'a/2', 'a/3'].filter(sessionsEnded(before, after))

test('a session ends with its member, and with the next one of the same member', () => {
  assert.deepEqual(ended(stateOf(['a', 1], ['b', 0]), stateOf(['b', 0])), ['a/0', 'a/1'])
  assert.deepEqual(ended(stateOf(['a', 0]), stateOf(['a', 2])), ['a/0', 'a/1'])
  assert.deepEqual(ended(stateOf(['a', 1]), stateOf(['a', 1], ['b', 0])), [])
})

// seed 1008: a backup that was behind logged a write of the session after next, and forgot it on its way through the states
test('a session that this member has not heard of yet goes on', () => {
  assert.deepEqual(ended(stateOf(['b', 0]), stateOf(['b', 0], ['a', 0])), [])
  assert.deepEqual(ended(stateOf(['a', 0], ['b', 0]), stateOf(['b', 0])), ['a/0'])
})

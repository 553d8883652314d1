import assert from 'node:assert/strict'
import { groupId } from '../../../src/base/ids.js'
import { applyCommand } from '../../../src/control/apply-command.js'
import type { ClusterState, GroupRecord } from '../../../src/control/cluster-state.js'
import { planSteps } from '../../../src/partition/planning.js'

/** Does what is planned, and what owners do of themselves, until nothing is left to do; `look` sees every state on the way. */
export function settled(from: ClusterState, look: (state: ClusterState) => void = () => {}): ClusterState {
  let state = from
  for (let i = 0; i < 200; i++) {
    const steps = planSteps(state)
    for (let id = 0; id < state.groups.length; id++) {
      const { learner, handOver, filling, inSync, epoch, version, status } = state.groups[id] as GroupRecord
      const rests = { group: groupId(id), epoch, version }
      const filled = filling.find(m => !inSync.includes(m))
      if (status === 'ok' && learner !== null) steps.push({ type: 'expand', member: learner, ...rests })
      else if (status === 'ok' && filled !== undefined) steps.push({ type: 'admitAsync', member: filled, ...rests })
      else if (status === 'ok' && handOver !== null) steps.push({ type: 'transfer', member: handOver, ...rests })
    }
    if (steps.length === 0) return state
    // one at a time: each state could be the one in which an owner acknowledges
    for (const step of steps) {
      state = applyCommand(state, step).state
      look(state)
    }
  }
  assert.fail('it does not come to rest')
}

import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { memberId } from '../../../src/base/ids.js'
import { Admission } from '../../../src/cluster/admission.js'
import { applyCommands, emptyState } from '../../../src/control/apply-command.js'
import type { ClusterState, Command } from '../../../src/control/cluster-state.js'
import type { ControlPlane } from '../../../src/control/control-plane.js'
import type { Link } from '../../../src/link/link.js'
import { founding, record, silent } from '../control/plane-world.js'

const b = memberId('b')
const joining = record('b', { address: { host: '127.0.0.1', port: 5702 } })

describe('the one that leads', () => {
  let state: ClusterState
  let tell: (state: ClusterState, before: ClusterState) => void
  let admission: Admission

  function decide(...commands: Command[]): void {
    for (const command of commands) {
      const before = state
      const { state: next, accepted } = applyCommands(before, [command])
      assert.deepEqual(accepted, [true], command.type)
      state = next
      tell(state, before)
    }
  }

  /** What it answers to a member that wants in. */
  async function ask(): Promise<string> {
    const answers: string[] = []
    const link = { send: (_: string, { verdict }: { verdict: string }) => answers.push(verdict) } as unknown as Link
    admission.onRequest('b', { member: JSON.stringify(joining) }, link)
    await Promise.resolve()
    assert.equal(answers.length, 1)
    return answers[0] as string
  }

  beforeEach(() => {
    state = applyCommands(emptyState(), [founding('a')]).state
    const control = {
      state: () => state,
      isLeader: () => true,
      onChange: (listener: typeof tell) => {
        tell = listener
      },
      propose: (commands: Command[]) => {
        decide(...commands)
        return Promise.resolve([{ index: state.index, accepted: true }])
      },
    }
    admission = new Admission(control as unknown as ControlPlane, silent)
  })

  test('lets nobody in again who has left, by what was asked before that', async () => {
    assert.equal(await ask(), 'accepted')
    decide({ type: 'setStatus', member: b, status: 'leaving' }, { type: 'remove', member: b, why: 'left' })
    assert.equal(await ask(), 'refused')
    assert.deepEqual(
      state.members.map(m => m.id),
      ['a'],
    )
  })

  test('lets in again who was counted out, also while it was leaving', async () => {
    assert.equal(await ask(), 'accepted')
    decide(
      { type: 'setStatus', member: b, status: 'leaving' },
      { type: 'setStatus', member: b, status: 'suspect' },
      { type: 'remove', member: b, why: 'silent' },
    )
    assert.equal(await ask(), 'accepted')
  })
})

import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { type MemberId, memberId } from '../../../src/base/ids.js'
import { FailureDetector } from '../../../src/cluster/failure-detector.js'
import { applyCommands, emptyState } from '../../../src/control/apply-command.js'
import type { Command } from '../../../src/control/cluster-state.js'
import type { ControlPlane } from '../../../src/control/control-plane.js'
import type { Clock, DeathProof, Log, Network } from '../../../src/env/env.js'
import type { Links } from '../../../src/link/links.js'
import { founding, record } from '../control/plane-world.js'

const [older, younger] = ['a', 'b'].map(memberId) as [MemberId, MemberId]
const silent = (): void => undefined

/** The younger of a pair, whose connection to the older one seems to be well. */
describe('of a pair the younger', () => {
  let nowMs: number
  let leaseUntilMs: number
  let proof: DeathProof
  let probes: number
  let isUp: boolean
  /** What it will ask again. */
  let waiting: number
  let dead: MemberId[]
  let tick: () => void
  let detector: FailureDetector
  const { state } = applyCommands(emptyState(), [
    founding('a'),
    { type: 'join', member: record('b') },
    { type: 'setVoters', voters: [older], partner: younger },
  ])
  const tokens = { ...state, members: state.members.map(m => ({ ...m, deathToken: `token of ${m.id}` })) }
  const { leaseMs } = state.settings

  beforeEach(() => {
    nowMs = 1000
    leaseUntilMs = nowMs + leaseMs
    proof = 'alive'
    probes = 0
    isUp = true
    waiting = 0
    dead = []
    const clock = {
      monotonicMs: () => nowMs,
      every: (_ms: number, run: () => void) => {
        tick = run
        return { cancel: silent }
      },
      after: () => {
        waiting++
        return { cancel: () => void waiting-- }
      },
    }
    const control = {
      state: () => tokens,
      isLeader: () => false,
      leaseUntilMs: () => leaseUntilMs,
      onDeathProved: (member: MemberId) => void dead.push(member),
    }
    const network = {
      probe: async (token: string) => {
        assert.equal(token, 'token of a', 'only of those that decide')
        probes++
        return proof
      },
    }
    detector = new FailureDetector({
      self: younger,
      clock: clock as unknown as Clock,
      network: network as unknown as Network,
      log: { info: silent } as unknown as Log,
      links: { isUp: () => isUp } as unknown as Links,
      control: control as unknown as ControlPlane,
      suspectAfterMs: 3000,
    })
  })

  const turn = async (): Promise<void> => {
    tick()
    await Promise.resolve().then(silent)
  }

  test('asks whether the older is dead when its lease was not renewed for half of its time, before its connection tells', async () => {
    nowMs = leaseUntilMs - leaseMs / 2 - 1
    await turn()
    assert.equal(probes, 0)
    nowMs += 2
    await turn()
    await turn()
    assert.equal(probes, 2)
    assert.deepEqual(dead, [])
    proof = 'dead'
    await turn()
    await turn()
    assert.deepEqual(dead, [older], 'once')
    assert.equal(probes, 3)
  })

  test('asks no more when the proof would come too late, or when it stops', async () => {
    nowMs = leaseUntilMs
    await turn()
    leaseUntilMs = nowMs + 1
    detector.stop()
    await turn()
    assert.equal(probes, 0)
  })

  test('waits no more to ask again when it stops', async () => {
    isUp = false
    nowMs = leaseUntilMs - 1
    await turn()
    assert.equal(waiting, 1)
    detector.stop()
    assert.equal(waiting, 0)
  })
})

/** A leader; the other was removed for its silence, and the groups of the cluster wait for it. */
test('one that was removed for its silence, and is awaited, is still asked for, and its death proposed', async () => {
  const { state } = applyCommands(emptyState(), [
    founding('a'),
    { type: 'join', member: record('b', { deathToken: 'token of b' }) },
    { type: 'assign', classIndex: 0, placements: [[younger], [younger]] },
    { type: 'remove', member: younger, why: 'silent' },
  ])
  assert.equal(state.groups[0]?.status, 'unavailable')
  let proof: DeathProof = 'unknown'
  let now = state
  let tick = silent
  let again = silent
  const probed: string[] = []
  const clock = {
    monotonicMs: () => 1_000,
    every: (_ms: number, run: () => void) => {
      tick = run
      return { cancel: silent }
    },
    after: (_ms: number, run: () => void) => {
      again = run
      return { cancel: silent }
    },
  }
  const control = {
    state: () => now,
    isLeader: () => true,
    leaseUntilMs: () => Number.POSITIVE_INFINITY,
    onDeathProved: silent,
    propose: async (commands: readonly Command[]) => {
      now = applyCommands(now, commands).state
      return []
    },
  }
  const network = {
    probe: async (token: string) => {
      probed.push(token)
      return proof
    },
  }
  const detector = new FailureDetector({
    self: older,
    clock: clock as unknown as Clock,
    network: network as unknown as Network,
    log: { info: silent } as unknown as Log,
    links: { isUp: () => false } as unknown as Links,
    control: control as unknown as ControlPlane,
    suspectAfterMs: 3000,
  })
  const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
  tick()
  tick()
  await settled()
  assert.deepEqual(probed, ['token of b'], 'one question at a time')
  proof = 'dead'
  again()
  await settled()
  assert.deepEqual([now.groups[0]?.status, now.awaited], ['lost', []])
  tick()
  await settled()
  assert.equal(probed.length, 2)
  detector.stop()
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupId, memberId } from '../../../src/base/ids.js'
import type { Clock } from '../../../src/env/env.js'
import type { Links } from '../../../src/link/links.js'
import type { Groups } from '../../../src/operation/groups.js'
import { Invoker } from '../../../src/operation/invoker.js'
import type { InvocationId } from '../../../src/operation/record.js'
import { type MapRequest, opCode } from '../../../src/operation/request.js'

/**
 * Owners forget what they answered below the lowest number without an answer. A call that waits for a lock for hours must not
 * make all of them remember everything that long.
 */
test('a call without an answer keeps only its own group from forgetting', async () => {
  const self = memberId('self')
  const seen: InvocationId[] = []
  const answers: (() => void)[] = []
  const execute = (_: unknown, id: InvocationId, respond: (...args: unknown[]) => void): void => {
    seen.push(id)
    answers.push(() => respond(null, null, 0, 0))
  }
  const record = { primary: self, status: 'ok', inSync: [self], epoch: 1 }
  const state = { members: [{ id: self, admittedAt: 0 }], groups: [record, record] }
  const groups = { state, get: () => ({ execute }) } as unknown as Groups
  const clock = { monotonicMs: () => 0, every: () => ({ cancel: () => {} }) } as unknown as Clock
  const invoker = new Invoker(self, clock, groups, {} as Links)
  const key = Uint8Array.of(1)
  const request: MapRequest = { op: opCode.put, mapId: 1, key, value: key, expected: null, ttlMs: -1, maxIdleMs: -1, items: [] }
  const call = (group: number): Promise<unknown> => invoker.invoke(groupId(group), request, { timeoutMs: 1_000 })

  const waits = call(0)
  for (let i = 0; i < 3; i++) {
    const done = call(1)
    answers.at(-1)?.()
    await done
  }
  const behind = call(0)
  assert.deepEqual(
    seen.map(({ number, ackedBelow }) => [number, ackedBelow]),
    [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 1],
    ],
  )
  for (const answer of answers) answer()
  await Promise.all([waits, behind])
})

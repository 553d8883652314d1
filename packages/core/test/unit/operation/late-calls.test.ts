import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCobnutError } from '../../../src/base/errors.js'
import { groupId, memberId } from '../../../src/base/ids.js'
import { Writer } from '../../../src/codec/writer.js'
import type { Clock } from '../../../src/env/env.js'
import type { Links } from '../../../src/link/links.js'
import { Answering } from '../../../src/operation/answering.js'
import type { Groups } from '../../../src/operation/groups.js'
import { Invoker } from '../../../src/operation/invoker.js'
import { type MapRequest, opCode, writeRequest } from '../../../src/operation/request.js'

const [owner, caller] = ['owner', 'caller'].map(memberId) as [ReturnType<typeof memberId>, ReturnType<typeof memberId>]

/**
 * 1. A `putIfAbsent` goes to the owner in epoch 3, finds a value, changes nothing; the link breaks before the answer.
 * 2. The caller asks the next owner, has its answer and goes on. Somebody removes the value.
 * 3. The first owner owns the group again, in epoch 5, and only now reads what the broken link had brought.
 */
test('a call that comes in a later epoch than it was made for is not done', () => {
  let executed = 0
  const sent: { name: string; code: unknown }[] = []
  const replica = { primary: { epoch: 5 }, execute: () => executed++ }
  const groups = { state: { members: [{ id: caller, admittedAt: 0 }], groups: [] }, get: () => replica } as unknown as Groups
  const links = { send: (_: unknown, name: string, { code }: { code: string }) => sent.push({ name, code }) } as unknown as Links
  const answering = new Answering(groups, links)
  const request: MapRequest = {
    op: opCode.putIfAbsent,
    mapId: 1,
    key: Uint8Array.of(1),
    value: Uint8Array.of(2),
    expected: null,
    ttlMs: -1,
    maxIdleMs: -1,
    items: [],
  }
  const out = new Writer()
  writeRequest(out, request)
  const invocation = { session: `${caller}/0`, number: 7, ackedBelow: 7, open: [] }
  const call = { id: 1, group: 0, invocation, report: false, request: out.take() }
  answering.onCall(caller, { ...call, epoch: 3 })
  assert.equal(executed, 0)
  assert.deepEqual(sent, [{ name: 'failure', code: 'WRONG_OWNER' }])
  answering.onCall(caller, { ...call, epoch: 5 })
  assert.equal(executed, 1)
})

/** Simulation seed 8200168: the owner had done it, and another client had read it, before the owner was lost with everything. */
test('a write that was sent before its partition was lost may have happened', async () => {
  const group = { epoch: 1, status: 'ok', primary: owner }
  const state = { members: [{ id: caller, admittedAt: 0 }], groups: [group] }
  const groups = { state, get: () => undefined } as unknown as Groups
  const links = { send: () => true } as unknown as Links
  const clock = { every: () => ({ cancel: () => {} }), monotonicMs: () => 0 } as unknown as Clock
  const invoker = new Invoker(caller, clock, groups, links)
  const key = Uint8Array.of(1)
  const request: MapRequest = { op: opCode.set, mapId: 1, key, value: key, expected: null, ttlMs: -1, maxIdleMs: -1, items: [] }
  const lost = (outcome: string) => (error: unknown) => isCobnutError(error, 'PARTITION_LOST') && error.outcome === outcome
  const sent = invoker.invoke(groupId(0), request, { timeoutMs: 1000 })
  state.groups[0] = { ...group, epoch: 2, primary: caller, status: 'lost' }
  invoker.onStateChange()
  await assert.rejects(sent, lost('unknown'))
  await assert.rejects(invoker.invoke(groupId(0), request, { timeoutMs: 1000 }), lost('not-applied'))
})

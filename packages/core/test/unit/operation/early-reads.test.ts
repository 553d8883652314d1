import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CobnutError } from '../../../src/base/errors.js'
import { groupId } from '../../../src/base/ids.js'
import { unassignedGroup } from '../../../src/control/apply-group.js'
import type { Copy } from '../../../src/operation/copy.js'
import type { GroupData } from '../../../src/operation/group-data.js'
import { ReplicaLog } from '../../../src/operation/log.js'
import { OnceTable } from '../../../src/operation/once.js'
import { Primary } from '../../../src/operation/primary.js'
import { makeRecord } from '../../../src/operation/record.js'
import { type MapRequest, opCode } from '../../../src/operation/request.js'
import { blob } from '../map/map-fixture.js'
import { backup, CopyFixture, leasedHost, owner } from './copy-fixture.js'

const none = new Uint8Array(0)

const key = Uint8Array.of(1)
const request: MapRequest = { op: opCode.size, mapId: 1, key, value: null, expected: null, ttlMs: -1, maxIdleMs: -1, items: [] }

/** The owner of epoch 2, with one record of epoch 1 in its log and one backup. */
function newOwner(data: Pick<GroupData, 'execute' | 'commit'>): { primary: Primary; answers: unknown[] } {
  const log = new ReplicaLog()
  log.append(makeRecord(1, 1, null, none, none))
  const host = leasedHost()
  const config = { ...unassignedGroup, epoch: 2, version: 2, primary: owner, inSync: [owner, backup], status: 'ok' as const }
  const copy: Copy = {
    group: groupId(0),
    host,
    config,
    log,
    once: new OnceTable(),
    data: data as GroupData,
    commit: 0,
    wake: () => {},
    startSnapshot: () => {},
  }
  const primary = new Primary(copy, config)
  const answers: unknown[] = []
  primary.execute(request, null, (error, result) => void answers.push(error === null ? result : error.code))
  return { primary, answers }
}

/**
 * 1. The owner of epoch 1 logs a write, its backup too, and the write is acknowledged; the owner dies.
 * 2. The backup becomes owner: the write is in its log, and not yet in what it shows as committed.
 * 3. Somebody asks for the size of the map, or makes a query.
 */
test('a read that comes before the barrier is committed shows what earlier epochs acknowledged', () => {
  let applied = 0
  const data = {
    commit: () => applied++,
    execute: () => ({ error: null, result: applied, effects: null, dependsOn: 0, lockedBy: null }),
  }
  const { primary, answers } = newOwner(data)
  key.fill(0)
  assert.deepEqual(answers, [])
  primary.feed.onAck(backup, 2)
  primary.drive()
  assert.deepEqual(answers, [2])
})

test('an error that rests on a record under way is told when that is committed', () => {
  const error = new CobnutError('NOT_LOCK_OWNER')
  const execute = () => ({ error, result: null, effects: null, dependsOn: 1, lockedBy: null })
  const { primary, answers } = newOwner({ execute, commit: () => {} })
  assert.deepEqual(answers, [])
  primary.feed.onAck(backup, 2)
  primary.drive()
  assert.deepEqual(answers, ['NOT_LOCK_OWNER'])
})

/**
 * 1. The owner is cut off, and its lease ends. Elsewhere the holder unlocks at the next owner.
 * 2. Somebody asks the old one for the key: by now its word would be wrong.
 */
test('that a key is locked is told under a lease, or when it is confirmed', () => {
  const o = new CopyFixture(owner)
  o.ask('lock', 'k', { by: 'holder' })
  o.ack()
  assert.deepEqual(o.told(), ['token'])
  o.ask('put', 'k', { by: 'other', waitMs: 0 })
  assert.deepEqual(o.told(), ['LOCKED'])
  o.hasLease = false
  o.ask('put', 'k', { by: 'other', waitMs: 0 })
  o.ask('put', 'k', { by: 'other', waitMs: 100 })
  o.nowMs = 100
  o.replica.tick()
  assert.deepEqual(o.told(), [])
  o.hasLease = true
  o.replica.tick()
  assert.deepEqual(o.told(), ['LOCKED', 'LOCKED'])
})

test('that a key is locked is told when the lock is committed, and waits for nothing that came after it', () => {
  const o = new CopyFixture(owner)
  o.ask('lock', 'k', { by: 'holder' })
  const lockedAt = o.replica.log.lastSeq
  o.ask('put', 'another', { by: 'other' })
  o.ask('put', 'k', { by: 'other', waitMs: 0 })
  o.ask('put', 'k', { by: 'other', waitMs: 100 })
  o.ask('lock', 'k', { by: 'other', waitMs: 100 })
  o.nowMs = 100
  o.replica.tick()
  assert.deepEqual(o.told(), [])
  o.ack(lockedAt)
  assert.deepEqual(o.told(), ['token', 'LOCKED', 'LOCKED', null])
})

/** As long as an owner is cut off it commits nothing; its application goes on reading, and gives up, and reads again. */
test('a read that rests on a record under way is let go when that is not committed; the write waits', () => {
  const o = new CopyFixture(owner)
  o.ask('put', 'k')
  o.ask('putIfAbsent', 'k')
  o.nowMs = 4_000
  o.ask('putIfAbsent', 'k')
  o.replica.tick()
  assert.deepEqual(o.told(), [])
  o.nowMs = 5_000
  o.replica.tick()
  assert.deepEqual(o.told(), ['WRONG_OWNER'])
  o.ack()
  assert.deepEqual(o.told(), [null, blob('v')])
})

test('where commits are merely slow, a read waits for its turn', () => {
  const o = new CopyFixture(owner)
  o.ask('put', 'other')
  const before = o.replica.log.lastSeq
  o.ask('put', 'k')
  o.ask('putIfAbsent', 'k')
  o.nowMs = 4_000
  o.ack(before)
  o.nowMs = 8_000
  o.replica.tick()
  assert.deepEqual(o.told(), [null])
  o.ack()
  assert.deepEqual(o.told(), [null, blob('v')])
})

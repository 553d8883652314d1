import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupId } from '../../../src/base/ids.js'
import { unassignedGroup } from '../../../src/control/apply-group.js'
import type { Command, GroupRecord } from '../../../src/control/cluster-state.js'
import type { Copy } from '../../../src/operation/copy.js'
import type { GroupData } from '../../../src/operation/group-data.js'
import { ReplicaLog } from '../../../src/operation/log.js'
import { OnceTable } from '../../../src/operation/once.js'
import { Primary } from '../../../src/operation/primary.js'
import { type MapRequest, opCode } from '../../../src/operation/request.js'
import { backup, leasedHost, owner } from './copy-fixture.js'

const plain = { mapId: 1, key: Uint8Array.of(1), value: null, expected: null, ttlMs: -1, maxIdleMs: -1, items: [] }
const ofOwner: GroupRecord = { ...unassignedGroup, epoch: 1, version: 1, primary: owner, inSync: [owner, backup], status: 'ok' }

/** An owner with one backup, to which it hands over. `size` only reads, `get` is an access as well, `set` is a write. */
class Play {
  readonly proposed: Command[] = []
  readonly primary: Primary
  #calls = 0
  #config = ofOwner

  constructor() {
    const nothing = (): void => {}
    const host = leasedHost({ propose: (command: Command) => void this.proposed.push(command) })
    const execute = ({ op }: MapRequest) => {
      const effects = op === opCode.size ? null : Uint8Array.of(1)
      return { error: null, result: true, effects, dependsOn: 0, lockedBy: null }
    }
    const data = { execute, commit: nothing, stage: nothing } as unknown as GroupData
    const copy: Copy = {
      group: groupId(0),
      host,
      config: ofOwner,
      log: new ReplicaLog(),
      once: new OnceTable(),
      data,
      commit: 0,
      wake: nothing,
      startSnapshot: nothing,
    }
    this.primary = new Primary(copy, ofOwner)
  }

  adopt(change: Partial<GroupRecord>): void {
    const before = this.#config
    this.#config = { ...before, ...change }
    this.primary.adopt(this.#config, before)
    this.primary.drive()
  }

  ack(seq: number): void {
    this.primary.feed.onAck(backup, seq)
    this.primary.drive()
  }

  /** 'waits' = it is not answered yet. */
  call(op: 'size' | 'get' | 'set'): unknown {
    let answer: unknown = 'waits'
    const invocation = op === 'set' ? { session: 'owner/0', number: ++this.#calls, ackedBelow: 0, open: [] } : null
    this.primary.execute({ ...plain, op: opCode[op] }, invocation, (error, result) => {
      answer = error === null ? result : error.code
    })
    this.primary.drive()
    return answer
  }
}

test('while the next owner is slow, nothing is logged, and what only reads is answered until the hand-over is proposed', () => {
  const play = new Play()
  play.ack(1)
  assert.equal(play.call('set'), 'waits')
  play.adopt({ version: 2, handOver: backup })
  assert.deepEqual([play.call('size'), play.call('get'), play.call('set')], [true, 'GROUP_MOVING', 'GROUP_MOVING'])
  assert.deepEqual(play.proposed, [])

  play.ack(2)
  assert.deepEqual(
    play.proposed.map(({ type }) => type),
    ['transfer'],
  )
  assert.equal(play.call('size'), 'GROUP_MOVING')
  // the state has a newer record of other groups only: the proposal may be decided
  play.adopt({})
  assert.equal(play.call('size'), 'GROUP_MOVING')

  // it was refused
  play.adopt({ version: 3, handOver: null })
  assert.deepEqual([play.call('size'), play.call('set')], [true, 'waits'])
})

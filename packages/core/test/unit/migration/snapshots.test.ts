import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupId, memberId } from '../../../src/base/ids.js'
import { Writer } from '../../../src/codec/writer.js'
import type { Clock } from '../../../src/env/env.js'
import type { Links } from '../../../src/link/links.js'
import { Snapshots } from '../../../src/migration/snapshots.js'
import type { Groups } from '../../../src/operation/groups.js'
import { OnceTable } from '../../../src/operation/once.js'
import { makeRecord } from '../../../src/operation/record.js'
import type { Replica } from '../../../src/operation/replica.js'
import type { MemberMessage } from '../../../src/protocol/member-table.js'

const [owner, learner] = [memberId('owner'), memberId('learner')]
const clock = { monotonicMs: () => 0, every: () => ({ cancel: () => {} }) } as unknown as Clock
const base = { seq: 7, epoch: 1 }

/** What a learner does with pieces, and what it has in the end. */
class Learner {
  readonly steps: string[] = []
  once: OnceTable | null = null
  readonly #snapshots: Snapshots

  constructor() {
    const { steps } = this
    const received = { install: () => steps.push('install'), complete: () => steps.push('complete') }
    const replica = {
      epoch: 1,
      config: { primary: owner },
      role: 'learner',
      data: { empty: () => received },
      install: (data: unknown, once: OnceTable) => {
        steps.push(data === received ? 'use' : 'use another one')
        this.once = once
      },
      drive: () => {},
    }
    const links = { send: (_to: unknown, kind: string) => steps.push(kind) } as unknown as Links
    this.#snapshots = new Snapshots(clock, links, () => ({ get: () => replica }) as unknown as Groups)
  }

  gets(piece: MemberMessage<'snapshotPiece'>): void {
    this.#snapshots.onPiece(owner, piece)
  }
}

test('what has ended while a copy was received is left out before the copy is used', () => {
  const to = new Learner()
  const out = new Writer()
  new OnceTable().write(out)
  const none = new Uint8Array(0)
  const piece = { group: 0, epoch: 1, snapshot: 1, base, content: none }
  to.gets({ ...piece, piece: 0, once: none, consistentFrom: null })
  to.gets({ ...piece, piece: 1, once: out.take(), consistentFrom: 7 })
  assert.deepEqual(to.steps, ['install', 'snapshotNext', 'install', 'complete', 'use', 'snapshotNext'])
})

test('what is remembered of invocations comes in pieces as well', () => {
  const once = new OnceTable()
  for (let number = 1; number <= 10; number++) {
    const invocation = { session: 's', number, ackedBelow: 0, open: [] }
    once.add(makeRecord(1, number, invocation, new Uint8Array(100_000).fill(number), new Uint8Array(0)))
  }
  const replica = {
    group: groupId(0),
    epoch: 1,
    commit: 7,
    once,
    data: { snapshot: () => ({ bytes: new Uint8Array(200_000), next: null }) },
    log: { epochAt: () => 1 },
    primary: { feed: { needsSnapshot: () => true } },
  } as unknown as Replica
  const pieces: MemberMessage<'snapshotPiece'>[] = []
  const links = {
    isUp: () => true,
    send: (_to: unknown, _kind: string, piece: MemberMessage<'snapshotPiece'>) => pieces.push(piece),
  } as unknown as Links
  const snapshots = new Snapshots(clock, links, () => assert.fail('an owner receives nothing'))
  const to = new Learner()
  snapshots.start(replica, learner)
  for (let n = 0; n < pieces.length; n++) {
    const piece = pieces[n] as MemberMessage<'snapshotPiece'>
    assert.ok(piece.content.length + piece.once.length <= 256 * 1024)
    to.gets(piece)
    snapshots.onNext(learner, { group: 0, snapshot: piece.snapshot, piece: n })
  }
  assert.equal(snapshots.sendingCount, 0)
  assert.deepEqual(to.steps.slice(-3), ['complete', 'use', 'snapshotNext'])
  assert.equal(to.once?.size, 10)
  const last = to.once?.find({ session: 's', number: 10, ackedBelow: 0, open: [] })
  assert.deepEqual(last, { number: 10, seq: 10, result: new Uint8Array(100_000).fill(10) })
})

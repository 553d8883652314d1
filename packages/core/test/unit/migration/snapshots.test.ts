import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memberId } from '../../../src/base/ids.js'
import { Writer } from '../../../src/codec/writer.js'
import type { Clock } from '../../../src/env/env.js'
import type { Links } from '../../../src/link/links.js'
import { Snapshots } from '../../../src/migration/snapshots.js'
import type { Groups } from '../../../src/operation/groups.js'
import { OnceTable } from '../../../src/operation/once.js'

const owner = memberId('owner')
const clock = { monotonicMs: () => 0, every: () => ({ cancel: () => {} }) } as unknown as Clock

test('what has ended while a copy was received is left out before the copy is used', () => {
  const steps: string[] = []
  const received = { install: () => steps.push('install'), complete: () => steps.push('complete') }
  const replica = {
    epoch: 1,
    config: { primary: owner },
    role: 'learner',
    data: { empty: () => received },
    install: (data: unknown) => steps.push(data === received ? 'use' : 'use another one'),
    drive: () => {},
  }
  const groups = { get: () => replica } as unknown as Groups
  const links = { send: (_to: unknown, kind: string) => steps.push(kind) } as unknown as Links
  const snapshots = new Snapshots(clock, links, () => groups)
  const out = new Writer()
  new OnceTable().write(out)
  const piece = { group: 0, epoch: 1, snapshot: 1, base: { seq: 7, epoch: 1 }, content: new Uint8Array(0) }
  snapshots.onPiece(owner, { ...piece, piece: 0, end: null })
  snapshots.onPiece(owner, { ...piece, piece: 1, end: { consistentFrom: 7, once: out.take() } })
  assert.deepEqual(steps, ['install', 'snapshotNext', 'install', 'complete', 'use', 'snapshotNext'])
})

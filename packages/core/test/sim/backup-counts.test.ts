/** The backup counts of a map change while it is read and written, and members die meanwhile. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemberSubject } from '../../sim/member-subject.js'
import { runSeed } from '../../sim/run-seed.js'
import { simConfig } from '../../sim/sim-config.js'
import { planFor } from '../../sim/swarm.js'
import type { Env } from '../../src/env/env.js'
import type { MemberNode } from '../../src/member/member-node.js'

/** Never fewer than one synchronous backup: one loss at a time is survived throughout. In the end it is as in the beginning. */
const changes: readonly (readonly [atMs: number, backupCount: number, asyncBackupCount: number])[] = [
  [1_500, 2, 0],
  [3_000, 1, 1],
  [4_500, 3, 0],
  [6_000, 2, 1],
  [8_000, 1, 0],
]

let ordered = 0
function order(member: MemberNode, { clock }: Env): void {
  for (const [atMs, backupCount, asyncBackupCount] of changes) {
    clock.after(atMs, () => {
      if (member.state !== 'running') return
      member.admin.setBackups('registers', { backupCount, asyncBackupCount }).then(
        () => ordered++,
        // without a leader, or before anybody used the map
        () => undefined,
      )
    })
  }
}

for (const seed of [1, 2, 3]) {
  test(`seed ${seed}: no history shows that the counts have changed`, async () => {
    const drawn = planFor(seed)
    const map = { ...drawn.map, backupCount: 1, asyncBackupCount: 0 }
    const knobs = { ...drawn.knobs, partitionCount: 7, initialMinClusterSize: 3 }
    const subject = new MemberSubject(seeds => simConfig(seeds, [map], knobs), 1, order)
    const kinds = ['crash', 'reset', 'pause', 'wallJump'] as const
    const { violations, operations } = await runSeed({
      seed,
      subject,
      plan: {
        members: 5,
        oneMachine: false,
        map,
        knobs,
        lossesMax: 1,
        nemesis: { ...drawn.nemesis, kinds, gapMs: 1_500 },
        faultMs: 12_000,
      },
    })
    assert.deepEqual(violations, [])
    assert.ok(operations > 100)
  })
}

test('the counts did change', () => {
  assert.ok(ordered > 10, `${ordered} changes`)
})

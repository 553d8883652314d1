/** Who comes while the cluster is in trouble waits for it, and founds none of its own. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Host } from '../../sim/host.js'
import { simConfig } from '../../sim/sim-config.js'
import { World } from '../../sim/world.js'
import { MemberNode } from '../../src/member/member-node.js'

/** What a cluster has whose files say nothing of it. */
const production = {
  initialMinClusterSize: 1,
  leaseMs: 2_000,
  heartbeatIntervalMs: 250,
  suspectAfterMs: 3_000,
  joinWindowMs: 2_000,
}

for (const seed of [1, 2, 3]) {
  test(`seed ${seed}: a leader that its partner does not hear takes long to answer, and who asks it to join waits`, async () => {
    const founded: string[] = []
    const world = new World(seed, {
      onLog: ({ host, event }) => {
        if (event === 'cluster.founded') founded.push(host)
      },
    })
    const [a, b, c] = ['a', 'b', 'c'].map(name => world.host(name)) as [Host, Host, Host]
    const others = [{ host: a.machine.address, port: 5701 }]
    const start = (host: Host): Promise<MemberNode> => {
      const config = simConfig(
        [`${a.machine.address}:5701`],
        [{ name: 'm', backupCount: 1, asyncBackupCount: 0, readBackupData: false }],
        production,
      )
      const seeds = { candidates: async () => others, exhaustive: true, named: true }
      return host.start(env => MemberNode.start(config, env, { seeds, version: 'sim', host: host.machine.address }))
    }
    const first = await world.settle(start(a), 20_000)
    await world.settle(start(b), 20_000)
    assert.ok(await world.runUntil(() => first.members().length === 2 && first.isSafe(), 20_000))
    await world.run(1_000)
    world.network.link('a', 'b').cut()
    const third = await world.settle(start(c), 60_000)
    await world.run(1_000)
    assert.deepEqual(founded, ['a'])
    assert.equal(third.status().clusterId, first.status().clusterId)
  })
}

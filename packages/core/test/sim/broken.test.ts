/** A broken invariant ends the member, wherever it is noticed, and never the process around it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simConfig } from '../../sim/sim-config.js'
import { World } from '../../sim/world.js'
import { MemberNode } from '../../src/member/member-node.js'

/** What listeners of the cluster state and of proofs say, in the turn in which they hear of them. */
const moments = {
  'a proof of death is acted on': 'member.dead',
  'a change is applied within the call that proposes it': 'member.left',
}

for (const [moment, event] of Object.entries(moments)) {
  test(`a listener that throws while ${moment} ends its member, and the process goes on`, async () => {
    const crashed: string[] = []
    const broken = new Error('planted')
    const onLog = (line: { event: string }): void => {
      if (line.event === event) throw broken
    }
    const world = new World(5, { onLog })
    const hosts = ['older', 'younger'].map(name => world.host(name, 'one machine'))
    const addresses = [5701, 5702].map(port => ({ host: (hosts[0] as (typeof hosts)[0]).machine.address, port }))
    const config = simConfig(
      addresses.map(({ host, port }) => `${host}:${port}`),
      [],
      { initialMinClusterSize: 2 },
    )
    const seeds = { candidates: async () => addresses, exhaustive: true, named: true }
    const members = await Promise.all(
      hosts.map(host => {
        const start = host.start(env => MemberNode.start(config, env, { seeds, version: 'sim', host: host.machine.address }))
        return world.settle(start, 20_000)
      }),
    )
    const leads = members.findIndex(m => m.status().coordinator === m.id)
    assert.ok(await world.runUntil(() => members.every(m => m.isSafe()), 20_000))
    const victim = members[1 - leads] as MemberNode
    victim.on('crashed', ({ error }) => crashed.push(error.message))
    hosts[leads]?.crash()
    assert.ok(await world.runUntil(() => victim.state === 'stopped', 20_000), victim.state)
    assert.deepEqual(crashed, [broken.message])
    await world.run(5_000)
  })
}

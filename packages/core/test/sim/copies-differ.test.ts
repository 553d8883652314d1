/** A backup that holds something else than its owner is found, told of, and made anew. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemberSubject } from '../../sim/member-subject.js'
import { simConfig } from '../../sim/sim-config.js'
import { World } from '../../sim/world.js'
import type { CopiesDifferEvent } from '../../src/api/admin.js'
import type { Env, Pipe } from '../../src/env/env.js'
import { MemberNode } from '../../src/member/member-node.js'

const [said, arrives] = ['honest', 'forged'].map(text => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array]

/** While `forges` says so, what this member sends has another word in it. */
function forging(env: Env, forges: () => boolean): Env {
  const forged = (pipe: Pipe): Pipe =>
    new Proxy(pipe, {
      get: (target, name) => {
        if (name !== 'write') {
          const value = Reflect.get(target, name, target) as unknown
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        }
        return (bytes: Uint8Array): boolean => {
          for (let at = 0; forges() && at + said.length <= bytes.length; at++) {
            if (said.every((byte, i) => bytes[at + i] === byte)) bytes.set(arrives, at)
          }
          return target.write(bytes)
        }
      },
    })
  const { network } = env
  return {
    ...env,
    network: {
      listen: options => network.listen(options),
      announce: id => network.announce(id),
      probe: token => network.probe(token),
      dial: async (address, timeoutMs) => forged(await network.dial(address, timeoutMs)),
    },
  }
}

test('a value that changed on its way to the backup does not survive there', async () => {
  const world = new World(11)
  const maps = [{ name: 'm', backupCount: 1, asyncBackupCount: 0, readBackupData: false }]
  const hosts = ['a', 'b', 'c'].map(name => world.host(name, name))
  const addresses = hosts.map(host => ({ host: host.machine.address, port: 5701 }))
  let isForging = false
  const differs: CopiesDifferEvent[] = []
  const members = await Promise.all(
    hosts.map(host => {
      const config = simConfig(
        addresses.map(a => `${a.host}:${a.port}`),
        maps,
        { initialMinClusterSize: 3 },
      )
      const seeds = { candidates: async () => addresses, exhaustive: true, named: true }
      const started = host.start(env =>
        MemberNode.start(
          config,
          forging(env, () => isForging),
          { seeds, version: 'sim', host: host.machine.address },
        ),
      )
      return world.settle(started, 20_000)
    }),
  )
  for (const member of members) member.on('copiesDiffer', found => differs.push(found))
  assert.ok(await world.runUntil(() => members.every(m => m.isSafe()), 20_000))

  const call = <T>(i: number, run: (member: MemberNode) => Promise<T>): Promise<T> =>
    world.settle(
      (hosts[i] as (typeof hosts)[0]).start(() => run(members[i] as MemberNode)),
      20_000,
    )
  await call(0, m => m.getMap('m').set('first', 'honest'))
  const { owner, inSyncBackups } = await call(0, m => m.getMap('m').whereIs('first'))
  const at = members.findIndex(m => m.id === owner)
  isForging = true
  await call(at, m => m.getMap('m').set('first', 'honest'))
  isForging = false
  assert.ok(await world.runUntil(() => differs.length > 0, 60_000), 'nobody saw it')
  const maps1 = differs.map(d => [d.owner, d.backup, d.maps])
  assert.deepEqual(maps1, [[owner, inSyncBackups[0], ['m']]])
  await world.run(2_000)
  assert.ok(await world.runUntil(() => members.every(m => m.isSafe()), 20_000), 'it was not made anew')
  const compared = (members[at] as MemberNode).status().copies
  assert.deepEqual([compared.differing, compared.compared > 3], [1, true])
  // the owner dies, and the copy that was made anew answers
  hosts[at]?.crash('process')
  const other = (at + 1) % 3
  assert.equal(await call(other, m => m.getMap('m').get('first')), 'honest')
  await world.run(20_000)
  assert.equal(differs.length, 1)
})

test('members that are well find no difference', async () => {
  const world = new World(12)
  const maps = [{ name: 'm', backupCount: 2, asyncBackupCount: 0, readBackupData: false }]
  const subject = new MemberSubject(seeds => simConfig(seeds, maps, { initialMinClusterSize: 2 }), 1)
  const hosts = ['a', 'b', 'c'].map(name => world.host(name, name))
  const machines = hosts.map(host => host.machine.address)
  const started = hosts.map(host =>
    host.start(env => subject.start(env, { name: host.name, own: host.machine.address, machines, lite: false })),
  )
  const members = await world.settle(Promise.all(started), 20_000)
  assert.ok(await world.runUntil(() => members.every(m => m.word().safe), 20_000))
  for (let i = 0; i < 40; i++) {
    await world.settle(
      (hosts[0] as (typeof hosts)[0]).start(() => (members[0] as (typeof members)[0]).map('m').set(`k${i}`, `v${i}`)),
      5_000,
    )
  }
  await world.run(20_000)
  assert.deepEqual(
    members.map(m => m.brokenBy()),
    [null, null, null],
  )
})

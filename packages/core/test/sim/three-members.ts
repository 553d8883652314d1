/** Three members in a simulated world, for tests that play one moment by hand. */

import assert from 'node:assert/strict'
import type { Host } from '../../sim/host.js'
import { type SimMapOptions, simConfig } from '../../sim/sim-config.js'
import { World } from '../../sim/world.js'
import type { Knobs } from '../../src/api/config.js'
import { MemberNode } from '../../src/member/member-node.js'

export interface Place {
  readonly host: Host
  readonly member: MemberNode
}

export class ThreeMembers {
  readonly world: World
  /** In the order in which they joined: the first one leads. */
  places: readonly Place[] = []
  owner!: Place
  /** Holds a copy of the key. */
  copy!: Place

  constructor(seed: number) {
    this.world = new World(seed)
  }

  /** The key `key` of map `m` is owned by one of them and copied to another one; its value is `v0`. */
  async begin(map: Partial<SimMapOptions>, knobs: Partial<Knobs> = {}): Promise<this> {
    const maps = [{ name: 'm', backupCount: 1, asyncBackupCount: 0, readBackupData: false, ...map }]
    const hosts = ['a', 'b', 'c'].map(name => this.world.host(name, name))
    const addresses = hosts.map(host => ({ host: host.machine.address, port: 5701 }))
    const names = addresses.map(a => `${a.host}:${a.port}`)
    const config = simConfig(names, maps, { initialMinClusterSize: 3, suspectAfterMs: 60_000, leaseMs: 2_000, ...knobs })
    const seeds = { candidates: async () => addresses, exhaustive: true, named: true }
    this.places = await Promise.all(
      hosts.map(async host => {
        const start = host.start(env => MemberNode.start(config, env, { seeds, version: 'sim', host: host.machine.address }))
        return { host, member: await this.world.settle(start, 20_000) }
      }),
    )
    assert.ok(await this.world.runUntil(() => this.places.every(p => p.member.isSafe()), 20_000))
    const first = this.places[0] as Place
    await this.at(first, m => m.getMap('m').set('key', 'v0'))
    const where = await this.at(first, m => m.getMap('m').whereIs('key'))
    const holder = [...where.inSyncBackups, ...where.asyncCopies][0]
    this.owner = this.places.find(p => p.member.id === where.owner) as Place
    this.copy = this.places.find(p => p.member.id === holder) as Place
    await this.world.run(1_000)
    return this
  }

  at<T>({ host, member }: Place, run: (member: MemberNode) => Promise<T>, withinMs = 30_000): Promise<T> {
    return this.world.settle(
      host.start(() => run(member)),
      withinMs,
    )
  }
}

/** What a copy may answer: as the caller asked, and never older than a session has seen. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Host } from '../../sim/host.js'
import { type SimMapOptions, simConfig } from '../../sim/sim-config.js'
import { World } from '../../sim/world.js'
import type { Knobs } from '../../src/api/config.js'
import type { ReadOptions } from '../../src/api/map.js'
import { MemberNode } from '../../src/member/member-node.js'

interface Place {
  readonly host: Host
  readonly member: MemberNode
}

class Play {
  readonly world: World
  owner!: Place
  /** Holds a copy of the key. */
  copy!: Place

  constructor(seed: number) {
    this.world = new World(seed)
  }

  /** Three members; the key is owned by one of them and copied to another one. */
  async begin(map: Partial<SimMapOptions>, knobs: Partial<Knobs> = {}): Promise<this> {
    const maps = [{ name: 'm', backupCount: 1, asyncBackupCount: 0, readBackupData: false, ...map }]
    const hosts = ['a', 'b', 'c'].map(name => this.world.host(name, name))
    const addresses = hosts.map(host => ({ host: host.machine.address, port: 5701 }))
    const names = addresses.map(a => `${a.host}:${a.port}`)
    const config = simConfig(names, maps, { initialMinClusterSize: 3, suspectAfterMs: 60_000, leaseMs: 2_000, ...knobs })
    const seeds = { candidates: async () => addresses, exhaustive: true, named: true }
    const places = await Promise.all(
      hosts.map(async host => {
        const start = host.start(env => MemberNode.start(config, env, { seeds, version: 'sim', host: host.machine.address }))
        return { host, member: await this.world.settle(start, 20_000) }
      }),
    )
    assert.ok(await this.world.runUntil(() => places.every(p => p.member.isSafe()), 20_000))
    const first = places[0] as Place
    await this.at(first, m => m.getMap('m').set('key', 'v0'))
    const where = await this.at(first, m => m.getMap('m').whereIs('key'))
    const holder = [...where.inSyncBackups, ...where.asyncCopies][0]
    this.owner = places.find(p => p.member.id === where.owner) as Place
    this.copy = places.find(p => p.member.id === holder) as Place
    await this.world.run(1_000)
    return this
  }

  at<T>({ host, member }: Place, run: (member: MemberNode) => Promise<T>, withinMs = 30_000): Promise<T> {
    return this.world.settle(
      host.start(() => run(member)),
      withinMs,
    )
  }

  read(options: ReadOptions): Promise<unknown> {
    return this.at(this.copy, m => m.getMap('m').get('key', { timeoutMs: 500, ...options }))
  }

  /** Reads without asking anybody: the owner stands still meanwhile. */
  async readAlone(options: ReadOptions): Promise<unknown> {
    this.owner.host.pause()
    try {
      return await this.read(options).catch((error: unknown) => (error as { code: string }).code)
    } finally {
      this.owner.host.resume()
      await this.world.run(2_000)
    }
  }

  get copyReads(): number {
    return this.copy.member.status().operations.backupReads
  }
}

test('latest, any and bounded: who answers while the owner stands still', async () => {
  const play = await new Play(1).begin({})
  assert.equal(await play.readAlone({}), 'TIMEOUT', 'without read-backup-data only the owner answers')
  assert.equal(await play.readAlone({ consistency: 'latest' }), 'TIMEOUT', 'nor may a backup say what is latest')
  assert.equal(await play.readAlone({ consistency: 'any' }), 'v0')
  assert.equal(await play.readAlone({ consistency: { boundedMs: 5_000 } }), 'TIMEOUT', 'it has not asked how far the owner is')
  await play.read({ consistency: { boundedMs: 5_000 } })
  await play.world.run(100)
  assert.equal(await play.readAlone({ consistency: { boundedMs: 5_000 } }), 'v0')
  await play.world.run(6_000)
  assert.equal(await play.readAlone({ consistency: { boundedMs: 5_000 } }), 'TIMEOUT', 'by now it may be older')
  await assert.rejects(play.read({ consistency: { boundedMs: 0 } }), /consistency is/)
})

test('with read-backup-data a backup answers what is latest, or as old as the configuration allows', async () => {
  assert.equal(await (await new Play(2).begin({ readBackupData: true })).readAlone({}), 'v0')
  const copiesOnly = await new Play(3).begin({ backupCount: 0, asyncBackupCount: 1, readBackupData: true })
  assert.equal(await copiesOnly.readAlone({}), 'v0', 'without synchronous backups nothing else can be meant')
  assert.equal(await copiesOnly.readAlone({ consistency: 'latest' }), 'TIMEOUT', 'such a copy never knows what is latest')
  const bounded = await new Play(4).begin({ readBackupData: true }, { backupReadMaxAgeMs: 1 })
  assert.equal(await bounded.readAlone({}), 'TIMEOUT', 'it is older than a millisecond')
})

test('a session never goes back: a copy that is behind what it has seen passes the read on', async () => {
  const play = await new Play(5).begin({ backupCount: 0, asyncBackupCount: 1 })
  const { owner, copy, world } = play
  const session = copy.member.newSession()
  const link = world.network.link(owner.host.name, copy.host.name)
  link.cut()
  await play.at(owner, m => m.getMap('m').set('key', 'v1', { session }))
  assert.equal(await play.read({ consistency: 'any' }), 'v0')
  await assert.rejects(play.read({ consistency: 'any', session }), /TIMEOUT|deadline/)
  link.heal()
  assert.equal(await play.read({ consistency: 'any', session }), 'v1')
})

test('every read asks the copies when reads are confirmed', async () => {
  const play = await new Play(6).begin({}, { readMode: 'confirm' })
  const { owner, copy } = play
  assert.equal(await play.at(owner, m => m.getMap('m').get('key')), 'v0')
  copy.host.pause()
  const read = play
    .at(owner, m => m.getMap('m').get('key', { timeoutMs: 400 }))
    .catch((e: unknown) => (e as { code: string }).code)
  assert.equal(await read, 'TIMEOUT', 'the lease alone is not enough')
  copy.host.resume()
  assert.equal(await play.at(owner, m => m.getMap('m').get('key')), 'v0')
})

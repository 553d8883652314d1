/** What a copy may answer: as the caller asked, and never older than a session has seen. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReadOptions } from '../../src/api/map.js'
import { ThreeMembers } from './three-members.js'

class Play extends ThreeMembers {
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

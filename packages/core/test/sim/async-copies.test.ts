/** Maps with asynchronous backups only: who goes on when an owner is gone, with what, and what is said of it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PartitionServedEvent } from '../../src/api/member.js'
import { type Place, ThreeMembers } from './three-members.js'

const asyncOnly = { backupCount: 0, asyncBackupCount: 1 }
const quick = { suspectAfterMs: 3_000 }

class Play extends ThreeMembers {
  /** What the member with the copy has heard. */
  readonly served: PartitionServedEvent[] = []

  async beginQuickly(): Promise<this> {
    await this.begin(asyncOnly, quick)
    this.copy.member.on('partitionServed', event => this.served.push(event))
    return this
  }

  get spare(): Place {
    return this.places.find(p => p !== this.owner && p !== this.copy) as Place
  }

  read(place: Place): Promise<unknown> {
    return this.at(place, m => m.getMap('m').get('key'))
  }

  asyncCopies(): Promise<readonly string[]> {
    return this.at(this.copy, async m => (await m.getMap('m').whereIs('key')).asyncCopies)
  }
}

test('the host of an owner dies: its asynchronous copy goes on by itself, and it is said', async () => {
  const play = await new Play(1).beginQuickly()
  play.owner.host.crash('power')
  assert.equal(await play.read(play.spare), 'v0')
  assert.ok(play.served.length > 0)
  assert.ok(play.served.every(({ maps, dataLoss }) => maps.includes('m') && dataLoss))
})

test('an owner that stood still for too long finds that another one has gone on, and follows it', async () => {
  const play = await new Play(2).beginQuickly()
  play.owner.host.pause()
  await play.at(play.copy, m => m.getMap('m').set('key', 'v1'))
  play.owner.host.resume()
  assert.equal(await play.read(play.owner), 'v1')
  assert.ok(await play.world.runUntil(() => play.places.every(({ member }) => member.isSafe()), 20_000))
  assert.equal(await play.at(play.owner, m => m.getMap('m').get('key', { consistency: 'any' })), 'v1')
})

test('a copy that leaves stays until another one is filled: the owner may die before', async () => {
  const play = await new Play(3).beginQuickly()
  const { owner, copy, spare, world } = play
  world.network.link(owner.host.name, spare.host.name).cut()
  const left = copy.host.start(() => copy.member.shutdown())
  await world.run(1_500)
  assert.deepEqual(await play.asyncCopies(), [copy.member.id])
  owner.host.crash('power')
  assert.deepEqual(await world.settle(left, 60_000), { handedOver: true })
  assert.equal(await play.read(spare), 'v0')
})

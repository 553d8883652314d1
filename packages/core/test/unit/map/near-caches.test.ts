/** What near caches are told when partitions get new owners, maps go, and connections break. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memberId } from '../../../src/base/ids.js'
import { applyCommands, emptyState } from '../../../src/control/apply-command.js'
import type { ClusterState, Command } from '../../../src/control/cluster-state.js'
import type { DataEntryEvent } from '../../../src/map/data-map.js'
import { NearCaches, type NearCachesOptions } from '../../../src/map/near-caches.js'
import { partitionOf } from '../../../src/serialization/data.js'
import { founding, mapSettings, record } from '../control/plane-world.js'
import { serialization } from './map-fixture.js'

const [a, b] = [memberId('a'), memberId('b')]

interface Told {
  readonly map: string
  readonly partition: number | null
  readonly uuid: string | undefined
  readonly sequence: number | undefined
  readonly from: string
}

/** Member b, beside a, which owns everything at first. */
class World {
  readonly told: Told[] = []
  state: ClusterState
  wanted = new Set(['m'])
  leaseUntilMs = 100
  readonly caches: NearCaches

  constructor() {
    const settings = mapSettings
    const partitions = Array.from({ length: founding('a').settings.partitionCount }, () => [a, b])
    this.state = applyCommands(emptyState(), [
      founding('a'),
      { type: 'join', member: record('b') },
      { type: 'assign', classIndex: 0, placements: partitions },
      { type: 'declareMap', name: 'm', settings },
      { type: 'declareMap', name: 'nobody asks', settings },
    ]).state
    const tell = (map: string, { key, invalidation, memberId: from }: DataEntryEvent): void => {
      const partition = key === null ? null : partitionOf(key, this.state.settings.partitionCount)
      this.told.push({ map, partition, uuid: invalidation?.partitionUuid, sequence: invalidation?.sequence, from })
    }
    this.caches = new NearCaches({
      self: b,
      clock: { monotonicMs: () => 50 },
      control: { state: () => this.state, leaseUntilMs: () => this.leaseUntilMs, leaseIndex: () => 0 },
      listeners: {
        wanted: (map: string) => this.wanted.has(map),
        publish: tell,
        tellHere: tell,
        mapsHere: () => [...this.wanted],
      },
      serialization,
      groups: () => ({ get: () => undefined }),
    } as unknown as NearCachesOptions)
  }

  apply(...commands: Command[]): Told[] {
    const before = this.state
    this.state = applyCommands(before, commands).state
    this.caches.onStateChange(this.state, before)
    return this.told.splice(0)
  }

  change(sequence: number): Told {
    this.caches.onChange('m', serialization.toData('k'), sequence, false)
    return this.told.pop() as Told
  }
}

test('a new owner says at once that its partitions are others now, to those who want to know', () => {
  const world = new World()
  const count = world.state.settings.partitionCount
  const before = world.change(7)
  assert.deepEqual([before.sequence, before.from], [7, 'b'])
  const told = world.apply({ type: 'remove', member: a, why: 'dead' })
  assert.deepEqual(
    told.map(({ map, partition, sequence }) => ({ map, partition, sequence })),
    Array.from({ length: count }, (_, partition) => ({ map: 'm', partition, sequence: 0 })),
  )
  assert.equal(new Set(told.map(({ uuid }) => uuid)).size, count)
  const after = world.change(1)
  assert.notEqual(after.uuid, before.uuid)
  assert.equal(after.uuid, told[after.partition ?? -1]?.uuid)
  assert.deepEqual(world.apply({ type: 'join', member: record('c') }), [], 'what changes no owner is not told')
})

test('a map that is destroyed leaves nothing in a cache, and its successor counts under other uuids', () => {
  const world = new World()
  const before = world.change(9)
  const told = world.apply({ type: 'destroyMap', name: 'm' })
  assert.deepEqual(
    told.map(({ map, partition, sequence }) => [map, partition, sequence]),
    [['m', null, 0]],
  )
  world.apply({ type: 'declareMap', name: 'm', settings: mapSettings })
  assert.notEqual(world.change(1).uuid, before.uuid)
})

test('when a connection by which changes were heard is made anew, anything may have been missed', () => {
  const world = new World()
  world.caches.onLinkAnew(a)
  assert.deepEqual(
    world.told.map(({ map, partition, from }) => [map, partition, from]),
    [['m', null, 'a']],
  )
})

test('who is not a member, or has no lease, has nothing to say, and every map has an item all the same', async () => {
  const world = new World()
  const nothing = { sequences: [['m', []]], partitionUuids: [] }
  assert.deepEqual(await world.caches.state(['m'], 'c'), nothing)
  world.leaseUntilMs = 0
  assert.deepEqual(await world.caches.state(['m'], 'b'), nothing)
})

/** How changes reach a client's near cache: together where they come together, one by one where it is configured so. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type DataEntryEvent, type DataListener, type DataMap, eventType } from '../../../src/map/data-map.js'
import { eventTable } from '../../../src/protocol/client-table.js'
import { NearCacheListeners } from '../../../src/server/near-cache-listeners.js'
import type { Release, Session } from '../../../src/server/session.js'
import { ManualClock } from './support/manual-world.js'

const partitionUuid = '00000000-0000-4000-8000-000000000001'
const id = { low: 5, high: 0, partition: -1, open: { second: 0, row: undefined, expectedBytes: 0 } }

interface Told {
  readonly code: number
  readonly value: {
    readonly key?: Uint8Array | null
    readonly keys?: readonly Uint8Array[]
    readonly sequences?: readonly number[]
  }
}

/** A client with one registration. */
class World {
  readonly clock = new ManualClock()
  readonly told: Told[] = []
  listener: DataListener | null = null
  release: Release | null = null

  async add(batch: 'true' | 'false', max: number, gatherMs: number): Promise<void> {
    const knobs = { invalidationBatch: batch, invalidationBatchMax: max, invalidationBatchMs: gatherMs }
    const map = {
      addListener: async (listener: DataListener) => {
        this.listener = listener
        return 'registered'
      },
      removeListener: async () => true,
    } as unknown as DataMap
    const session = {
      event: ({ code }: { code: number }, _: unknown, value: Told['value']) => void this.told.push({ code, value }),
      hold: (release: Release) => {
        this.release = release
        return 'held'
      },
    } as unknown as Session
    const added = await new NearCacheListeners(this.clock, knobs).add(map, { flags: 256, localOnly: true }, session, id)
    assert.equal(added, 'held')
    assert.deepEqual([this.listener?.flags, this.listener?.local], [eventType.invalidated, true])
  }

  /** Null = everything may have changed. */
  change(...sequences: (number | null)[]): void {
    for (const sequence of sequences) {
      const event: DataEntryEvent = {
        type: eventType.invalidated,
        key: sequence === null ? null : new Uint8Array([sequence]),
        value: null,
        oldValue: null,
        affected: 0,
        memberId: partitionUuid,
        invalidation: { partitionUuid, sequence: sequence ?? 0 },
      }
      this.listener?.onEvent(event)
    }
  }

  get batches(): (readonly number[] | undefined)[] {
    return this.told.filter(({ code }) => code === eventTable.invalidations.code).map(({ value }) => value.sequences)
  }
}

describe('near cache listeners', () => {
  it('what comes in one turn goes out in one message', async () => {
    const world = new World()
    await world.add('true', 100, 0)
    world.change(1, 2, 3)
    assert.equal(world.told.length, 0)
    world.clock.runDeferred()
    assert.deepEqual(world.batches, [[1, 2, 3]])
    assert.equal(world.clock.timerCount, 0)
  })

  it('of at most so many', async () => {
    const world = new World()
    await world.add('true', 2, 0)
    world.change(1, 2, 3)
    world.clock.runDeferred()
    assert.deepEqual(world.batches, [[1, 2], [3]])
  })

  it('of so much time, where it is configured; a full one and one for everything do not wait', async () => {
    const world = new World()
    await world.add('true', 3, 10_000)
    world.change(1)
    world.clock.advance(9_999)
    assert.equal(world.told.length, 0)
    world.clock.advance(1)
    assert.deepEqual(world.batches, [[1]])
    world.change(2, 3, 4)
    assert.deepEqual(world.batches, [[1], [2, 3, 4]])
    world.change(5, null, null)
    world.clock.runDeferred()
    assert.deepEqual(world.batches, [[1], [2, 3, 4], [5]])
    assert.deepEqual([world.told.length, world.told[3]?.value.key], [4, null])
    assert.equal(world.clock.timerCount, 0)
  })

  it('one by one, where batches are off', async () => {
    const world = new World()
    await world.add('false', 100, 10_000)
    world.change(1, 2)
    assert.deepEqual(
      world.told.map(({ code }) => code),
      [eventTable.invalidation.code, eventTable.invalidation.code],
    )
  })

  it('nothing after the end, and no timer stays', async () => {
    const world = new World()
    await world.add('true', 100, 10_000)
    world.change(1)
    assert.equal(await world.release?.(), true)
    world.clock.advance(20_000)
    assert.equal(world.told.length, 0)
    assert.equal(world.clock.timerCount, 0)
  })
})

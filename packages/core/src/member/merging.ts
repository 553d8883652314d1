/**
 * After a member has gone over to the other side of a divided cluster: sends the owners there what has changed on its own side
 * since the division, removals included, of the partitions that it owned. They decide by the merge policy of each map. Of
 * partitions that the other side has no copy of, everything is sent: what is not known there was not removed there either.
 */

import type { MapConfig, MergePolicyName } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import { type GroupId, groupId } from '../base/ids.js'
import type { ClusterState } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Clock, Log } from '../env/env.js'
import { pause } from '../env/pause.js'
import type { Catalog } from '../map/catalog.js'
import type { GroupMaps } from '../map/group-maps.js'
import { removedAt, type Version } from '../map/merging.js'
import type { Shard } from '../map/shard.js'
import { planRecovery } from '../partition/recovery.js'
import { keyHash } from '../serialization/data.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import { KeyTable } from '../storage/key-table.js'
import type { Conflicts } from './conflicts.js'

const againMs = 500

/** What a member owned when its side gave way. */
export interface Held {
  readonly state: ClusterState
  readonly groups: readonly { readonly group: GroupId; readonly data: GroupMaps }[]
}

export interface MergingOptions {
  readonly clock: Clock
  readonly log: Log
  readonly control: ControlPlane
  readonly catalog: Catalog
  readonly configOf: (map: string) => MapConfig
  readonly serialization: SerializationService
  readonly conflicts: Conflicts
  readonly isStopped: () => boolean
}

type Entry = readonly [key: Uint8Array, version: Version]

export class Merging {
  readonly #o: MergingOptions
  /** Groups of the other side that had nothing, and were begun by this member. */
  readonly #begun = new Set<GroupId>()
  #sent = 0

  constructor(options: MergingOptions) {
    this.#o = options
  }

  /** Resolves to how many keys were sent, when every owner has answered. */
  async run(held: Held): Promise<number> {
    for (const [name, { id }] of held.state.maps) {
      const shards = held.groups.flatMap(({ group, data }) => {
        const shard = data.shard(id)
        return shard === undefined ? [] : [{ partition: group % held.state.settings.partitionCount, shard }]
      })
      if (shards.length > 0) await this.#insist(name, () => this.#mergeMap(name, shards))
    }
    return this.#sent
  }

  /** Merging twice is merging once: what was sent before is there now, and equal. */
  async #insist(map: string, attempt: () => Promise<void>): Promise<void> {
    const { clock, log, isStopped } = this.#o
    while (!isStopped()) {
      try {
        return await attempt()
      } catch (error) {
        log.warn('merge.again', { map, error: String(error) })
        await pause(clock, againMs)
      }
    }
  }

  async #mergeMap(map: string, shards: readonly { partition: number; shard: Shard }[]): Promise<void> {
    const { catalog, configOf } = this.#o
    const { className: policy } = configOf(map).mergePolicy
    await catalog.create(map)
    for (const { partition, shard } of shards) {
      const there = await this.#isThere(map, partition)
      const changed = changedIn(shard)
      // where one side only had a copy, its word is the only one
      if (there !== 'all')
        await this.#send(
          map,
          'PutIfAbsentMergePolicy',
          entriesIn(shard, key => !changed.has(key)),
        )
      await this.#send(map, there === 'nothing' ? 'PutIfAbsentMergePolicy' : policy, changed.entries)
    }
  }

  async #send(map: string, policy: MergePolicyName, entries: readonly Entry[]): Promise<void> {
    const { catalog, configOf, conflicts, serialization } = this.#o
    const { batchSize } = configOf(map).mergePolicy
    for (let i = 0; i < entries.length; i += batchSize) {
      const batch = entries.slice(i, i + batchSize)
      conflicts.note(map, await catalog.map(map).merge(policy, batch), serialization)
      this.#sent += batch.length
    }
  }

  /**
   * What the other side had of this partition when it was divided. `changes`: nobody there had a copy, and it began empty.
   * `nothing`: as well, and it is begun only now.
   */
  async #isThere(map: string, partition: number): Promise<'all' | 'changes' | 'nothing'> {
    const { control, log } = this.#o
    const { maps, settings, groups } = control.state()
    const group = groupId((maps.get(map)?.classIndex ?? 0) * settings.partitionCount + partition)
    if (this.#begun.has(group)) return 'nothing'
    if (groups[group]?.status === 'ok') return settings.fork?.emptied.includes(group) ? 'changes' : 'all'
    const steps = planRecovery(control.state(), map).filter(({ found }) => found.group === group)
    if (steps.length === 0) throw new CobnutError('UNAVAILABLE', `partition ${partition} waits for members that may be back`)
    const [outcome] = await control.propose(steps.map(({ command }) => command))
    if (outcome?.accepted) this.#begun.add(group)
    log.warn('merge.begunEmpty', { map, partition })
    return 'nothing'
  }
}

interface Changed {
  readonly entries: readonly Entry[]
  has(key: Uint8Array): boolean
}

/** Beyond what is remembered by key, every entry counts as changed. */
function changedIn(shard: Shard): Changed {
  const { store, forkChanges } = shard
  const known = new KeyTable<true>()
  const removed: Entry[] = []
  forkChanges?.each((key, hash, removedMs) => {
    known.set(key, hash, true)
    if (store.find(key, hash) < 0) removed.push([key, { value: null, meta: removedAt(removedMs) }])
  })
  const has = (key: Uint8Array): boolean => forkChanges?.isFull === true || known.get(key, keyHash(key)) !== undefined
  return { has, entries: known.size === 0 ? [] : [...removed, ...entriesIn(shard, has)] }
}

function entriesIn({ store }: Shard, wanted: (key: Uint8Array) => boolean): Entry[] {
  const entries: Entry[] = []
  for (let cursor = 0; cursor !== -1; ) {
    cursor = store.scan(cursor, 1024, ref => {
      const key = store.key(ref)
      if (wanted(key)) entries.push([key, { value: store.value(ref), meta: store.meta(ref) }])
    })
  }
  return entries
}

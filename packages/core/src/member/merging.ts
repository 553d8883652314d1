/**
 * After a member has gone over to the other side of a divided cluster: sends the owners there what has changed on its own side
 * since the division, removals included, of the partitions that it owned. They decide by the merge policy of each map. Of
 * partitions that the other side has no copy of, everything is sent: what is not known there was not removed there either.
 */

import type { MapConfig, MergePolicyName } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import { type GroupId, groupId } from '../base/ids.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Clock, Log } from '../env/env.js'
import { pause } from '../env/pause.js'
import type { Catalog } from '../map/catalog.js'
import { planRecovery } from '../partition/recovery.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import type { Conflicts } from './conflicts.js'
import type { Holding, Unsent } from './holding.js'

const againMs = 500

export interface MergingOptions {
  readonly clock: Clock
  readonly log: Log
  readonly control: ControlPlane
  readonly catalog: Catalog
  readonly configOf: (map: string) => MapConfig
  readonly serialization: SerializationService
  readonly conflicts: Conflicts
  /** The member stops, or goes over to yet another side. */
  readonly isOver: () => boolean
}

export class Merging {
  readonly #o: MergingOptions
  /** Groups of the other side that had nothing, and were begun by this member. */
  readonly #begun = new Set<GroupId>()
  #sent = 0

  constructor(options: MergingOptions) {
    this.#o = options
  }

  /**
   * Takes off the list what the owners have, and tries the rest again. Resolves to how many keys were sent, when nothing is left or
   * it is over.
   */
  async run(held: Holding[]): Promise<number> {
    const { clock, log, isOver } = this.#o
    let said: string | null = null
    while (held.length > 0) {
      let failed: string | null = null
      for (const holding of [...held]) {
        const error = await this.#problemOf(holding)
        if (isOver()) return this.#sent
        if (error === null) held.splice(held.indexOf(holding), 1)
        else failed ??= error
      }
      if (failed === null) continue
      if (failed !== said) log.warn('merge.again', { groups: held.length, error: failed })
      said = failed
      await pause(clock, againMs)
      if (isOver()) break
    }
    return this.#sent
  }

  /** Null: all of it is there. */
  async #problemOf({ maps, partition }: Holding): Promise<string | null> {
    try {
      for (const { name, changed, unchanged } of maps) await this.#merge(name, partition, changed, unchanged)
      return null
    } catch (error) {
      return String(error)
    }
  }

  async #merge(map: string, partition: number, changed: Unsent, unchanged: Unsent): Promise<void> {
    const { catalog, configOf } = this.#o
    const { className: policy } = configOf(map).mergePolicy
    await catalog.create(map)
    const there = await this.#isThere(map, partition)
    // where one side only had a copy, its word is the only one
    if (there !== 'all') await this.#send(map, 'PutIfAbsentMergePolicy', unchanged)
    await this.#send(map, there === 'nothing' ? 'PutIfAbsentMergePolicy' : policy, changed)
  }

  async #send(map: string, policy: MergePolicyName, unsent: Unsent): Promise<void> {
    const { catalog, configOf, conflicts, serialization } = this.#o
    const { batchSize } = configOf(map).mergePolicy
    const entries = unsent.left()
    for (let i = 0; i < entries.length; i += batchSize) {
      const batch = entries.slice(i, i + batchSize)
      conflicts.note(map, await catalog.map(map).merge(policy, batch), serialization)
      unsent.onSent(batch.length)
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

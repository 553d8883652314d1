/**
 * After a member has gone over to the other side of a divided cluster: sends the owners there what has changed on its own side
 * since the division, removals included, of the partitions that it owned. They decide by the merge policy of each map. Of
 * partitions that the other side has no copy of, everything is sent: what is not known there was not removed there either.
 *
 * A group that nobody there serves is begun anew only where all who have every write of it were of sides that gave way: that is why
 * each member says first who was of its side. Whoever is only silent there may be back with more than this member has, and is
 * waited for, or the word of an operator.
 */

import type { MapConfig, MergePolicyName } from '../api/config.js'
import { CobnutError, isCobnutError } from '../base/errors.js'
import { type GroupId, groupId, type MemberId } from '../base/ids.js'
import type { ClusterState, DeclaredMap, GroupRecord } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Clock, Log } from '../env/env.js'
import { pause } from '../env/pause.js'
import type { Catalog } from '../map/catalog.js'
import { isAssigned } from '../partition/planning.js'
import { planRecovery } from '../partition/recovery.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import type { Conflicts } from './conflicts.js'
import type { HeldMap, Holding, Unsent } from './holding.js'

const againMs = 500

export interface MergingOptions {
  readonly clock: Clock
  readonly log: Log
  readonly control: ControlPlane
  readonly catalog: Catalog
  readonly configOf: (map: string) => MapConfig
  readonly serialization: SerializationService
  readonly conflicts: Conflicts
  /** Who was of the sides that gave way. */
  readonly gone: readonly MemberId[]
  /** The member stops, or goes over to yet another side. */
  readonly isOver: () => boolean
}

export class Merging {
  readonly #o: MergingOptions
  /** Groups of the other side that had nothing, and were begun by this member. */
  readonly #begun = new Set<GroupId>()
  readonly #policies = new Map<string, MapConfig['mergePolicy']>()
  #hasSaidWhoCame = false
  #problem: string | null = null
  #sent = 0

  constructor(options: MergingOptions) {
    this.#o = options
  }

  /**
   * Takes off the list what the owners have, and tries the rest again. Resolves to how many keys were sent, when nothing is left or
   * it is over.
   */
  async run(held: Holding[]): Promise<number> {
    const { clock, isOver } = this.#o
    while (!(await this.#attempt(held))) {
      await pause(clock, againMs)
      if (isOver()) break
    }
    return this.#sent
  }

  /** False: something is left. */
  async #attempt(held: Holding[]): Promise<boolean> {
    const { log, isOver } = this.#o
    let problem = await problemOf(() => this.#sayWhoCame())
    for (const holding of problem === null ? [...held] : []) {
      if (isOver()) return true
      const failed = await problemOf(() => this.#bring(holding))
      if (isOver()) return true
      if (failed === null) held.splice(held.indexOf(holding), 1)
      problem ??= failed
    }
    if (problem !== null && problem !== this.#problem) log.warn('merge.again', { groups: held.length, error: problem })
    this.#problem = problem
    return problem === null
  }

  /** First of all, so that nobody is waited for who has come, or is of a side that has. */
  async #sayWhoCame(): Promise<void> {
    const { control, gone } = this.#o
    if (!this.#hasSaidWhoCame) await control.propose([{ type: 'cameOver', members: gone }])
    this.#hasSaidWhoCame = true
  }

  async #bring(holding: Holding): Promise<void> {
    if (holding.maps.length === 0) await this.#beginEmpty(holding.group)
    for (const held of holding.maps) await this.#merge(holding, held)
  }

  async #merge(holding: Holding, { name: map, declared, changed, unchanged }: HeldMap): Promise<void> {
    await this.#declare(map, declared)
    const there = await this.#isThere(map, holding)
    // where one side only had a copy, its word is the only one
    if (there !== 'all') await this.#send(map, 'PutIfAbsentMergePolicy', unchanged)
    await this.#send(map, there === 'nothing' ? 'PutIfAbsentMergePolicy' : this.#policyOf(map).className, changed)
  }

  /** As the side had it, where nobody uses it here. */
  async #declare(name: string, { settings, indexes }: DeclaredMap): Promise<void> {
    const { control } = this.#o
    if (control.state().maps.has(name)) return
    const added = indexes.map(index => ({ type: 'addIndex', name, index }) as const)
    await control.propose([{ type: 'declareMap', name, settings }, ...added])
  }

  /** Where two patterns of this member fit equally well: what it says of maps that nothing fits. */
  #policyOf(map: string): MapConfig['mergePolicy'] {
    const { configOf, log } = this.#o
    let policy = this.#policies.get(map)
    if (policy !== undefined) return policy
    try {
      policy = configOf(map).mergePolicy
    } catch (error) {
      if (!isCobnutError(error, 'CONFIG_INVALID')) throw error
      policy = configOf('default').mergePolicy
      log.warn('merge.ambiguous', { map, policy: policy.className, problem: error.message })
    }
    this.#policies.set(map, policy)
    return policy
  }

  async #send(map: string, policy: MergePolicyName, unsent: Unsent): Promise<void> {
    const { catalog, conflicts, serialization } = this.#o
    const { batchSize } = this.#policyOf(map)
    const entries = unsent.left()
    for (let i = 0; i < entries.length; i += batchSize) {
      const batch = entries.slice(i, i + batchSize)
      conflicts.note(map, await catalog.map(map).merge(policy, batch), serialization)
      unsent.onSent(batch.length)
      this.#sent += batch.length
    }
  }

  /**
   * What the other side had of this partition when it was divided. `changes`: nothing, and it was begun since then. `nothing`: as
   * well, and this member begins it only now.
   */
  async #isThere(map: string, { partition, epoch }: Holding): Promise<'all' | 'changes' | 'nothing'> {
    const state = this.#o.control.state()
    const { maps, settings, groups } = state
    const group = groupId((maps.get(map)?.classIndex ?? 0) * settings.partitionCount + partition)
    const record = groups[group]
    const isServed = record?.status === 'ok' && !isGone(record, state)
    if (!isServed) await this.#begin(group)
    if (!isServed || this.#begun.has(group)) return 'nothing'
    return record.begunIn >= epoch ? 'changes' : 'all'
  }

  /** Nobody else would begin a group again of which only the side that gave way had copies, and no entries. */
  async #beginEmpty(group: GroupId): Promise<void> {
    const state = this.#o.control.state()
    const record = state.groups[group]
    if (record !== undefined && record.inSync.length > 0 && isGone(record, state)) await this.#begin(group)
  }

  /** @throws CobnutError UNAVAILABLE: not now. */
  async #begin(group: GroupId): Promise<void> {
    const { control, log } = this.#o
    const state = control.state()
    const record = state.groups[group]
    const partition = group % state.settings.partitionCount
    if (record !== undefined && isAssigned(record) && isGone(record, state)) {
      // none as long as one of the former ids is a member: it is counted out first
      const step = planRecovery(state, undefined).find(({ found }) => found.group === group)
      const [outcome] = step === undefined ? [] : await control.propose([step.command])
      if (outcome?.accepted) {
        this.#begun.add(group)
        log.warn('merge.begunEmpty', { partition, maps: step?.found.maps })
        return
      }
    }
    throw new CobnutError('UNAVAILABLE', `partition ${partition} waits for members that may be back`)
  }
}

/** Whoever has every write of the group was of a side that has given way: nobody else can bring more. */
const isGone = ({ inSync }: GroupRecord, { cameOver }: ClusterState): boolean => inSync.every(id => cameOver.includes(id))

/** Null: it is done. */
async function problemOf(run: () => Promise<void>): Promise<string | null> {
  try {
    await run()
    return null
  } catch (error) {
    return String(error)
  }
}

/**
 * An operator who changes how many copies a map has while it is used and members fail. Nobody else may notice; and in the end,
 * when everything is healed, the last order is carried out.
 */

import type { BackupCounts } from '../src/api/admin.js'
import { isCobnutError } from '../src/base/errors.js'
import type { Prng } from '../src/base/prng.js'
import type { Cluster } from './cluster.js'

/** No more synchronous copies than this are ordered. */
const BACKUPS_MAX = 3
/** An order that failed is given again after so long. */
const AGAIN_MS = 100

export interface BackupChangesOptions {
  readonly map: string
  /** Mean time between two orders; 0 = nothing is changed. */
  readonly gapMs: number
  /** Never fewer synchronous copies, so that what may be lost stays what it is. */
  readonly atLeast: number
}

export class BackupChanges {
  readonly #cluster: Cluster
  readonly #random: Prng
  readonly #options: BackupChangesOptions
  readonly unexpected: string[] = []
  /** Orders of members that live, and that have no answer yet. */
  #underWay = 0
  #isStopped = false

  constructor(cluster: Cluster, random: Prng, options: BackupChangesOptions) {
    this.#cluster = cluster
    this.#random = random
    this.#options = options
  }

  start(): void {
    if (this.#options.gapMs === 0) return
    this.#cluster.world.after(2 * this.#random.float() * this.#options.gapMs, () => {
      if (this.#isStopped) return
      void this.#order(this.#draw())
      this.start()
    })
  }

  stop(): void {
    this.#isStopped = true
  }

  /** One more order in a cluster that is whole. Resolves when all members say it is carried out; null: not within this time. */
  async settle(withinMs: number): Promise<BackupCounts | null> {
    const { world } = this.#cluster
    const { map } = this.#options
    const untilMs = world.nowMs + withinMs
    // what was ordered before might else be carried out after it
    if (!(await world.runUntil(() => this.#underWay === 0, withinMs))) return null
    const counts = this.#draw()
    while (!(await world.settle(this.#order(counts), withinMs))) {
      if (world.nowMs >= untilMs) return null
      await world.run(AGAIN_MS)
    }
    const isDone = (): boolean =>
      this.#cluster.running().every(({ member }) => {
        const { asked, kept, settled, complete, groups } = member!.admin!.backups(map)
        return isSame(asked, counts) && isSame(kept, counts) && settled && complete === groups
      })
    return (await world.runUntil(isDone, withinMs)) ? counts : null
  }

  #draw(): BackupCounts {
    const { atLeast } = this.#options
    return {
      backupCount: atLeast + this.#random.below(BACKUPS_MAX + 1 - atLeast),
      asyncBackupCount: this.#random.pick([0, 0, 1]),
    }
  }

  /** False when no member took it; one that dies meanwhile never says, and is not waited for. */
  async #order(counts: BackupCounts): Promise<boolean> {
    const able = this.#cluster.running().filter(seat => !seat.host.isPaused)
    if (able.length === 0) return false
    const { host, member } = this.#random.pick(able)
    this.#underWay++
    let isOver = false
    const end = (): void => {
      if (!isOver) this.#underWay--
      isOver = true
    }
    const forget = host.whenDown(end)
    try {
      await host.start(() => member!.admin!.setBackups(this.#options.map, counts))
      return true
    } catch (error) {
      // without a leader, or before anybody used the map
      if (!isCobnutError(error)) this.unexpected.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
      return false
    } finally {
      forget()
      end()
    }
  }
}

function isSame(a: BackupCounts, b: BackupCounts): boolean {
  return a.backupCount === b.backupCount && a.asyncBackupCount === b.asyncBackupCount
}

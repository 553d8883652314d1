/** `Admin` of one member: answers from the cluster state that it has, and orders through the control plane. */

import type {
  Admin,
  BackupCounts,
  BackupProgress,
  Checkup,
  GroupView,
  MergeConflict,
  RecoverOptions,
  Recovery,
} from '../api/admin.js'
import type { MapConfigInput } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import { groupId } from '../base/ids.js'
import { checkupOf } from '../cluster/checkup.js'
import { backupsMax, completeGroups } from '../control/backup-counts.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Clock, Log } from '../env/env.js'
import { groupViewOf } from '../partition/group-view.js'
import { isAssigned } from '../partition/planning.js'
import { planRecovery } from '../partition/recovery.js'
import type { Conflicts } from './conflicts.js'
import type { MapConfigs } from './map-configs.js'

export class MemberAdmin implements Admin {
  readonly #control: ControlPlane
  readonly #clock: Clock
  /** As `Forking.takeLead`. */
  readonly #takeLead: () => Promise<readonly string[]>
  readonly #log: Log
  readonly #mapConfigs: MapConfigs
  readonly #conflicts: Conflicts

  constructor(
    control: ControlPlane,
    clock: Clock,
    takeLead: () => Promise<readonly string[]>,
    log: Log,
    mapConfigs: MapConfigs,
    conflicts: Conflicts,
  ) {
    this.#control = control
    this.#clock = clock
    this.#takeLead = takeLead
    this.#log = log
    this.#mapConfigs = mapConfigs
    this.#conflicts = conflicts
  }

  async addMapConfig(name: string, config: MapConfigInput = {}): Promise<void> {
    await this.#mapConfigs.add(name, config)
  }

  async takeLead({ acceptDataLoss }: { readonly acceptDataLoss: true }): Promise<readonly string[]> {
    if (acceptDataLoss !== true)
      throw new CobnutError('ARGUMENT', 'takeLead may lose acknowledged writes: it needs acceptDataLoss: true')
    if (this.#control.leader() !== null && this.#control.state().settings.fork !== null) {
      await this.#control.propose([{ type: 'endFork' }])
      this.#log.warn('cluster.forkEnded', { clusterId: this.#control.state().settings.clusterId })
      return []
    }
    const gone = await this.#takeLead()
    // decided when it is committed: by this member alone
    await this.#control.readIndex()
    return gone
  }

  checkup(): Checkup {
    const isLeased = this.#control.leaseUntilMs() > this.#clock.monotonicMs()
    return checkupOf(this.#control.state(), isLeased && this.#control.leader() !== null)
  }

  conflicts(): readonly MergeConflict[] {
    return this.#conflicts.list()
  }

  groups(map?: string): readonly GroupView[] {
    const state = this.#control.state()
    const views = state.groups.flatMap((group, index) => (isAssigned(group) ? [groupViewOf(state, groupId(index))] : []))
    return map === undefined ? views : views.filter(view => view.maps.includes(map))
  }

  async recover({ map, acceptDataLoss = false }: RecoverOptions = {}): Promise<Recovery> {
    // what others know and this member does not yet could make its proposals pointless
    await this.#control.readIndex()
    const steps = planRecovery(this.#control.state(), map)
    if (!acceptDataLoss || steps.length === 0) return { done: false, groups: steps.map(({ found }) => found) }
    const outcomes = await this.#control.propose(steps.map(({ command }) => command))
    const groups = steps.filter((_, i) => outcomes[i]?.accepted).map(({ found }) => found)
    for (const { group, from, awaited } of groups) this.#log.warn('partition.recovered', { group, from, awaited })
    return { done: true, groups }
  }

  async setBackups(map: string, { backupCount, asyncBackupCount }: BackupCounts): Promise<BackupProgress> {
    const areCounts = [backupCount, asyncBackupCount].every(n => Number.isInteger(n) && n >= 0)
    if (!areCounts || backupCount + asyncBackupCount > backupsMax) {
      const allowed = `whole numbers from 0 to ${backupsMax}, together at most ${backupsMax}`
      throw new CobnutError('ARGUMENT', `backup counts are ${allowed}, not ${backupCount} and ${asyncBackupCount}`)
    }
    await this.#control.readIndex()
    this.backups(map)
    await this.#control.propose([{ type: 'changeBackups', name: map, backupCount, asyncBackupCount }])
    this.#log.info('map.backupsChanged', { map, backupCount, asyncBackupCount })
    return this.backups(map)
  }

  backups(map: string): BackupProgress {
    const state = this.#control.state()
    const found = state.maps.get(map)
    const kept = found && state.classes[found.classIndex]
    if (kept === undefined || found === undefined) throw new CobnutError('ARGUMENT', `no map "${map}" has been used so far`)
    const { classIndex, settings } = found
    const sharers = [...state.maps].filter(([name, m]) => name !== map && m.classIndex === classIndex)
    return {
      map,
      asked: { backupCount: settings.backupCount, asyncBackupCount: settings.asyncBackupCount },
      kept: { backupCount: kept.backupCount, asyncBackupCount: kept.asyncBackupCount },
      sharedWith: sharers.map(([name]) => name),
      groups: state.settings.partitionCount,
      complete: completeGroups(state, classIndex),
      settled: kept.settledCount === kept.backupCount,
    }
  }
}

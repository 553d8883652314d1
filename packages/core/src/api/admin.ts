/** What whoever operates a cluster asks and orders, from any member. Answers are what this member knows: see `stateVersion`. */

import type { MapConfigInput } from './config.js'

/** One group: a partition of all maps that share the same backup counts. Members are named by id. */
export interface GroupView {
  readonly partitionId: number
  /** Number of the group in the cluster: class of backup counts times partitions, plus the partition. */
  readonly group: number
  /** Maps that have their entries of this partition here. */
  readonly maps: readonly string[]
  /**
   * `ok`: it is served. `unavailable`: who has everything is silent; it goes on when one of `awaited` is back. `lost`: every
   * member that had everything is gone for good; `recover` starts it anew.
   */
  readonly status: 'ok' | 'unavailable' | 'lost'
  /** Rises with every change of the owner. */
  readonly epoch: number
  /** Null while nobody serves it. */
  readonly owner: string | null
  /** Each has every acknowledged write. */
  readonly inSyncBackups: readonly string[]
  /** Follow without being waited for. One that is still being filled is none yet. */
  readonly asyncCopies: readonly string[]
  /** Is being filled, to become in sync. */
  readonly learner: string | null
  /** Silent, and with every acknowledged write as far as the cluster can know. */
  readonly awaited: readonly string[]
  /** Synchronous backups as configured. */
  readonly backupCount: number
  /** Backups without which no write is acknowledged now: fewer than configured where there are too few members. */
  readonly backupsRequired: number
  /** Members that may be lost at once now without losing an acknowledged write. */
  readonly survives: number
}

/** Why a member should not be stopped now. */
export type StopObjection =
  /** It holds the only complete copy of groups. */
  | 'only-copy'
  /** Groups wait for nobody but it. */
  | 'awaited'
  /** Copies are being made or handed over from it or to it: soon it may be stopped. */
  | 'copying'
  /** Without it writes of groups would be refused for good, because of `cobnut.min.sync`. */
  | 'min-sync'
  /** Too few of those who decide about the cluster would be left. */
  | 'majority'
  /** Of two members on two hosts the younger cannot know that the older has died, and stops serving. */
  | 'pair'

export interface MemberCheckup {
  readonly id: string
  /** `host:port`. */
  readonly address: string
  /**
   * True: it may be killed now, and no acknowledged write is lost, and the others go on. A `shutdown`, which hands everything
   * over first, may also be done where this is false for any reason but `min-sync`.
   */
  readonly mayStop: boolean
  readonly reasons: readonly { readonly objection: StopObjection; readonly text: string; readonly groups: number }[]
}

export interface Checkup {
  /** Version of the cluster state that the answers rest on. */
  readonly stateVersion: number
  /** False: this member hears nobody who decides, and what it knows may be old. */
  readonly current: boolean
  /** This is a side of a divided cluster that goes on without a quorum: whatever is written here may be given up by merging. */
  readonly fork: boolean
  /** True: every member may be stopped, one at a time. */
  readonly healthy: boolean
  /** Oldest first. */
  readonly members: readonly MemberCheckup[]
}

/** An entry of a partition differed between its owner and a backup, at the same point of the log. Never, if all is right. */
export interface CopiesDifferEvent {
  readonly partitionId: number
  readonly maps: readonly string[]
  /** The owner found it. The backup is removed and made anew. */
  readonly owner: string
  readonly backup: string
}

/** A key that both sides of a divided cluster have changed, or that only one of them had: one version was given up. */
export interface MergeConflict {
  readonly map: string
  readonly key: unknown
  /** `existing`: of the side that went on. `incoming`: of the side that gave way. The other one is gone. */
  readonly kept: 'existing' | 'incoming'
  /** Null: there was none. */
  readonly existing: unknown
  /** Null: it had been removed. */
  readonly incoming: unknown
}

/** A group that is not served, and what `recover` would make of it. */
export interface RecoverableGroup {
  readonly partitionId: number
  readonly group: number
  /** Maps that have entries of this partition here: `recover` gives up those of all of them. */
  readonly maps: readonly string[]
  readonly status: 'unavailable' | 'lost'
  /** Silent members that have every acknowledged write: without `recover` it goes on when one of them is back. */
  readonly awaited: readonly string[]
  /** The member whose asynchronous copy is taken, which may lack the last writes; null = nothing is left, it begins empty. */
  readonly from: string | null
}

export interface Recovery {
  /** False: nothing was changed, and `groups` is what `acceptDataLoss` would have allowed. */
  readonly done: boolean
  readonly groups: readonly RecoverableGroup[]
}

export interface RecoverOptions {
  /** Only groups that hold entries of this map. Default: every group that is not served. */
  readonly map?: string
  /** Says that acknowledged writes may be gone for good afterwards. Default false: nothing is changed. */
  readonly acceptDataLoss?: boolean
}

export interface BackupCounts {
  /** Synchronous, 0 to 6. */
  readonly backupCount: number
  /** Asynchronous, 0 to 6; both together at most 6. */
  readonly asyncBackupCount: number
}

/** How far a map is with the backups that it was given. */
export interface BackupProgress {
  readonly map: string
  readonly asked: BackupCounts
  /** What is kept: more than asked while another map of `sharedWith` asks for more. */
  readonly kept: BackupCounts
  /** Maps that share their groups with this one, and so its copies: those that began with equal counts. */
  readonly sharedWith: readonly string[]
  readonly groups: number
  /** Groups that have the synchronous copies that there can be. */
  readonly complete: number
  /** True: from now on no write is acknowledged with fewer. */
  readonly settled: boolean
}

export interface Admin {
  /**
   * Adds a configuration for maps that nobody has used so far, in the whole cluster, for as long as it lives. What a member's
   * file says of the same name comes first. Adding the same again does nothing.
   *
   * @param name of one map, or a pattern with one `*`.
   * @throws CobnutError CONFIG_INVALID: a value is not allowed, or there is another configuration of that name, or a map of
   * that name in use is different.
   */
  addMapConfig(name: string, config?: MapConfigInput): Promise<void>
  /**
   * The operator's word that the members which decided about the cluster are gone for good, where nothing can prove it. For a
   * cluster without a leader that will not get one, such as the younger of two members on two hosts. The members that answer
   * this one go on with it as a new cluster, with an id of its own; all others are taken for dead, and what only they had is
   * lost. Should one of those still run, there are two clusters that never mix, and it has to be stopped.
   *
   * Of a fork (`status().fork`) that has a leader it says that the other sides are gone for good: this one is a cluster as any other
   * from now on, and never merges with them.
   *
   * Resolves to the members that were taken for dead. Rejects with ARGUMENT without `acceptDataLoss`, and with LEADER_PRESENT
   * where this member, or one that answers (`details.by`), hears a leader.
   */
  takeLead(options: { readonly acceptDataLoss: true }): Promise<readonly string[]>
  /** May this member be stopped now? Of every member, with reasons. */
  checkup(): Checkup
  /** What merging has given up of what this member brought from a side that gave way: the last 1,000, oldest first. */
  conflicts(): readonly MergeConflict[]
  /** Every group, or those of one map, by number. */
  groups(map?: string): readonly GroupView[]
  /**
   * Serves groups again that are lost, or unavailable because those who have their entries are silent and no longer members:
   * with the best copy that is left, or empty. Whoever returns later with more is not listened to any more.
   * @throws CobnutError NO_LEADER: nobody decides about the cluster now; some groups may have been recovered.
   */
  recover(options?: RecoverOptions): Promise<Recovery>
  /**
   * Changes how many backups a map has, while it holds entries and is read and written. Resolves when this is decided; copies
   * are then made or dropped one group after the other (`backups` tells how far). Writes go on with what they had and wait for
   * the new copies only when every group has them.
   * @throws CobnutError ARGUMENT: counts out of range, or nobody has used a map of this name. NO_LEADER.
   */
  setBackups(map: string, counts: BackupCounts): Promise<BackupProgress>
  /** @throws CobnutError ARGUMENT: nobody has used a map of this name. */
  backups(map: string): BackupProgress
}

/**
 * What the parts of a replica see of it. They are handed the copy that they work for, and know nothing of what else it is
 * made of.
 */

import type { CobnutError } from '../base/errors.js'
import type { GroupId, MemberId } from '../base/ids.js'
import type { TextCache } from '../codec/text-cache.js'
import type { Writer } from '../codec/writer.js'
import type { Command, GroupRecord } from '../control/cluster-state.js'
import type { GroupData } from './group-data.js'
import type { Position, ReplicaLog } from './log.js'
import type { OnceTable } from './once.js'
import type { Result } from './request.js'

/**
 * `seq`: the record of a committed write, which every copy in sync has; 0 of anything else. `commit`: how far the group was
 * committed when this was answered, what was read included.
 */
export type Respond = (error: CobnutError | null, result: Result, seq: number, commit: number) => void

/** What of a group's record names a configuration. */
export type Configuration = Pick<GroupRecord, 'epoch' | 'version'>

export interface Copy {
  readonly group: GroupId
  readonly host: CopyHost
  readonly config: GroupRecord
  readonly log: ReplicaLog
  readonly once: OnceTable
  readonly data: GroupData
  /** Up to this sequence the log is committed and applied. */
  commit: number
  /** At the end of this turn what is outstanding is looked at. */
  wake(): void
  /** Brings a copy that is too far behind the log up to date; one at a time for each (group, member). */
  startSnapshot(to: MemberId): void
}

/** What copies need of the member they live in. */
export interface CopyHost {
  readonly self: MemberId
  /** Empty between calls: records are encoded in it. */
  readonly scratch: Writer
  readonly sessionNames: TextCache
  nowMs(): number
  wallMs(): number
  /** Nobody else can have this member's roles now, as far as its own clock and the cluster state it has applied can tell. */
  hasLease(): boolean
  /** `hasLease`, unless every read shall be confirmed by the copies (`cobnut.read.mode`). */
  readsByLease(): boolean
  /** Asks the control plane that nothing newer was decided (rule R8 iii). */
  confirmAlone(done: (confirmed: boolean) => void): void
  /** Copies beyond the primary's own that a write of this group must have. */
  backupsRequired(group: GroupId): number
  readonly backupAckTimeoutMs: number
  /** How long calls wait for a lock that do not say it themselves. */
  readonly lockWaitMs: number
  readsBackups(group: GroupId): boolean
  propose(command: Command): void
  sendRecords(
    to: MemberId,
    group: GroupId,
    from: Configuration,
    previous: Position,
    commit: number,
    /** Views, encoded before this returns. */
    records: readonly Uint8Array[],
  ): void
  sendCommit(to: MemberId, group: GroupId, epoch: number, commit: number): void
  sendConfirm(to: MemberId, group: GroupId, epoch: number, round: number): void
  sendAck(to: MemberId, group: GroupId, epoch: number, seq: number): void
  sendRefusal(to: MemberId, group: GroupId, epoch: number, have: number): void
  sendStale(to: MemberId, group: GroupId, epoch: number): void
  sendOffer(to: MemberId, group: GroupId, from: Configuration, at: Position): void
  /** Bytes on their way to a member and not yet taken by the system. */
  backlogBytes(to: MemberId): number
  /** Bytes given to the present link to a member, which leave in this order; those on their way are the last of them. */
  sentBytes(to: MemberId): number
}

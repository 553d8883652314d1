/**
 * The cluster state: one immutable value with an index, equal on every member at the same index. It changes only by
 * committed commands, applied here, deterministically. Who is primary, who is in sync, how many copies an answer stands
 * for are never opinions of one member: they are agreed here before anybody acts on them.
 */

import type { EvictionPolicy, InMemoryFormat, MaxSizePolicy } from '../api/config.js'
import type { IndexDefinition } from '../api/query.js'
import type { GroupId, MemberId } from '../base/ids.js'
import type { Address } from '../env/env.js'
import type { CompactSchema } from '../serialization/compact-layout.js'
import type { SchemaTable } from './schemas.js'

export interface MemberRecord {
  readonly id: MemberId
  readonly address: Address
  readonly lite: boolean
  /** Members with equal keys never hold two copies of one group (PER_MEMBER: the id; HOST_AWARE: the host). */
  readonly partitionGroup: string
  /** See `Network.announce`; empty = its death cannot be proved. */
  readonly deathToken: string
  /** `leaving` asks for its groups to be moved away; `suspect` may not be given anything new. */
  readonly status: 'alive' | 'suspect' | 'leaving'
  /**
   * Index of the entry that took it in; 0 = the founder. One that was removed for its silence and came back has a later one.
   * With the id it names the session of its invocations: what was remembered of an earlier session is forgotten with the
   * removal, so none is ever used again, whatever the member itself knows of its removals.
   */
  readonly admittedAt: number
}

export const sessionOf = (member: Pick<MemberRecord, 'id' | 'admittedAt'>): string => `${member.id}/${member.admittedAt}`

/**
 * Which sessions ended between two states. One that is not in the later state may be one that has not begun there yet: a copy
 * logs records of an owner that knows more.
 */
export function sessionsEnded(before: ClusterState, after: ClusterState): (session: string) => boolean {
  const now = new Map(after.members.map(m => [m.id, m.admittedAt]))
  const last = new Map<string, number>()
  for (const { id, admittedAt } of before.members) {
    const later = now.get(id)
    if (later === undefined) last.set(id, admittedAt)
    else if (later > admittedAt) last.set(id, later - 1)
  }
  return session => {
    const at = session.lastIndexOf('/')
    return Number(session.slice(at + 1)) <= (last.get(session.slice(0, at)) ?? -1)
  }
}

/**
 * A group that was never assigned has epoch 0, primary '' and status 'unavailable'. Where status is 'ok' the primary is in
 * `inSync` and all of `inSync` are members. `unavailable` with an epoch: nobody who is complete is heard; `inSync` then names
 * all who are complete, members or not, until one of them comes back in the same incarnation, or all are proved dead (`lost`:
 * `inSync` empty, the dead primary kept).
 */
export interface GroupRecord {
  /** Fencing number of ownership: rises whenever the primary changes. */
  readonly epoch: number
  /** Rises with every change of this record: what proposals are compared with. */
  readonly version: number
  readonly primary: MemberId
  /** Every acknowledged write is in each of these. The primary is one of them; the order is the replica order. */
  readonly inSync: readonly MemberId[]
  /** Being filled, to become in-sync. */
  readonly learner: MemberId | null
  /** Receive the log without being waited for. Each has what was there when the owner named it, and is behind by moments since. */
  readonly asyncs: readonly MemberId[]
  /**
   * To become asynchronous copies: being filled, or in sync still. Nothing may rest on these. Only the owner knows when one that was
   * empty has what was there.
   */
  readonly filling: readonly MemberId[]
  /** In sync but no longer allowed to read locally: about to be removed (rule R12). */
  readonly barred: readonly MemberId[]
  /**
   * No members now, but complete: they were in sync when they were removed for their silence, and too few were left to
   * acknowledge anything since. Whoever of them comes back in the same incarnation is in sync again at once.
   */
  readonly remembered: readonly MemberId[]
  /** The last epoch that began with nothing, or with what was left, by order or in a fork; 0 = none did. */
  readonly begunIn: number
  /** The primary is asked to stop and hand over to this in-sync member. */
  readonly handOver: MemberId | null
  readonly status: 'ok' | 'unavailable' | 'lost'
}

/** What must be one in a cluster for a map; decided by the first member that declares it. */
export interface MapSettings {
  readonly backupCount: number
  readonly asyncBackupCount: number
  readonly inMemoryFormat: InMemoryFormat
  readonly readBackupData: boolean
  readonly timeToLiveMs: number
  readonly maxIdleMs: number
  readonly perEntryStats: boolean
  /** NONE: entries stay, however many there are. */
  readonly evictionPolicy: EvictionPolicy
  readonly maxSizePolicy: MaxSizePolicy
  /** Entries, MiB or per cent, by policy; 0 = no limit. */
  readonly maxSize: number
}

export interface BackupClass {
  readonly backupCount: number
  readonly asyncBackupCount: number
  /** Maps of this class read from backups: removing a backup has to wait for its lease or its own word (rule R12). */
  readonly readBackupData: boolean
  /** Backups that every group had when this was last looked at: what writes have to have. Below `backupCount` while copies are added. */
  readonly settledCount: number
}

export interface DeclaredMap {
  readonly id: number
  readonly settings: MapSettings
  readonly classIndex: number
  /** Names, in the order in which they were added. */
  readonly interceptors: readonly string[]
  /** Names are different. */
  readonly indexes: readonly IndexDefinition[]
}

export interface ClusterSettings {
  readonly clusterId: string
  readonly clusterName: string
  readonly partitionCount: number
  readonly leaseMs: number
  /** -1 = auto: `min(backupCount, data members - 1)`. */
  readonly minSync: number
  readonly consistency: 'strict' | 'available'
  /** Null: this is the cluster that was founded, with every decision taken by a quorum. */
  readonly fork: Fork | null
}

/** A side of a divided cluster that went on without a quorum. Its id as such is the `clusterId` of its settings. */
export interface Fork {
  /** Id of the cluster that was founded: only sides of one origin become one again. */
  readonly origin: string
  /** Who has gone on with it, and left what was before for good: each said so itself. */
  readonly side: readonly MemberId[]
  /** Where members of other sides were, oldest first. */
  readonly others: readonly Address[]
  /** By group: the epoch with which it went on. Records of earlier epochs are of before the division. */
  readonly epochs: readonly number[]
  /** Of these groups nobody of this side had a copy. */
  readonly emptied: readonly GroupId[]
  /** The side that this one gives way to, once they have met: every member stops serving and joins there. */
  readonly into: Address | null
}

export interface ClusterState {
  /** Index of the last entry of commands applied; 0 = before the founding. */
  readonly index: number
  readonly settings: ClusterSettings
  /** Oldest first. */
  readonly members: readonly MemberRecord[]
  /**
   * No members now: removed for their silence, and named by a group as complete (`inSync` or `remembered`). They may be back;
   * or their death is still proved, and then nothing has to wait for them.
   */
  readonly awaited: readonly MemberRecord[]
  /** Members that vote in the control plane. Kept by the control plane itself, through `setVoters`. */
  readonly voters: readonly MemberId[]
  /** Beside a single voter: the member without whose copy nothing is decided while its lease runs (pair mode). */
  readonly partner: MemberId | null
  readonly classes: readonly BackupClass[]
  /** Declared maps. Ids count up from 0 and are never used again; records name the map by id. */
  readonly maps: ReadonlyMap<string, DeclaredMap>
  readonly nextMapId: number
  readonly schemas: SchemaTable
  /** Added while the cluster runs: by name or pattern, the configuration as JSON. For maps that are declared later. */
  readonly mapConfigs: ReadonlyMap<string, string>
  /**
   * Were of a fork that has given way to this cluster, or to one that has: none of them is ever heard again under this id. Only
   * those that somebody might wait for, and in a fork all, because it may have to tell the next side.
   */
  readonly cameOver: readonly MemberId[]
  /** Where copies should be, by partition: members in replica order. The planning loop moves `groups` there step by step. */
  readonly targets: readonly (readonly MemberId[])[]
  /** What `targets` was computed from; they are computed anew when it no longer fits. */
  readonly targetsFor: string
  /** By group id: `classIndex * partitionCount + partitionId`. */
  readonly groups: readonly GroupRecord[]
}

/** Names the group record that a proposal rests on; refused if either number is no longer current. */
interface Rests {
  readonly group: GroupId
  readonly epoch: number
  readonly version: number
}

export type Command =
  | {
      readonly type: 'found'
      readonly settings: ClusterSettings
      readonly member: MemberRecord
      readonly defaultMap: MapSettings
    }
  | { readonly type: 'join'; readonly member: MemberRecord }
  | { readonly type: 'setStatus'; readonly member: MemberId; readonly status: MemberRecord['status'] }
  /** Takes every role from a member at once; only after its lease is over, it acknowledged, or its death is proved. */
  | { readonly type: 'remove'; readonly member: MemberId; readonly why: 'left' | 'dead' | 'silent' }
  /** Only the control plane proposes this. `partner` beside one voter only. */
  | { readonly type: 'setVoters'; readonly voters: readonly MemberId[]; readonly partner: MemberId | null }
  | { readonly type: 'declareMap'; readonly name: string; readonly settings: MapSettings }
  /** Refused when the map has another index of that name, or already too many. */
  | { readonly type: 'addIndex'; readonly name: string; readonly index: IndexDefinition }
  | { readonly type: 'destroyMap'; readonly name: string }
  /** Refused when there is another one of that name, or no room. */
  | { readonly type: 'addMapConfig'; readonly name: string; readonly config: string }
  /** Refused when there is no room for all of them. */
  | { readonly type: 'addSchemas'; readonly schemas: readonly CompactSchema[] }
  /** Of a map that may hold entries. */
  | { readonly type: 'changeBackups'; readonly name: string; readonly backupCount: number; readonly asyncBackupCount: number }
  /** Every group of the class has so many: from now on writes have to have them. */
  | { readonly type: 'settleBackups'; readonly classIndex: number; readonly backupCount: number }
  | { readonly type: 'setInterceptor'; readonly map: string; readonly interceptor: string; readonly attached: boolean }
  | ({ readonly type: 'shrink'; readonly member: MemberId } & Rests)
  | ({ readonly type: 'expand'; readonly member: MemberId } & Rests)
  | ({ readonly type: 'transfer'; readonly member: MemberId } & Rests)
  | ({ readonly type: 'setLearner'; readonly member: MemberId | null } & Rests)
  /** Where asynchronous copies shall be. Who is none yet is filled first. */
  | ({ readonly type: 'setAsyncs'; readonly members: readonly MemberId[] } & Rests)
  /** It has been filled. */
  | ({ readonly type: 'admitAsync'; readonly member: MemberId } & Rests)
  | ({ readonly type: 'handOver'; readonly member: MemberId | null } & Rests)
  /** The member may no longer read locally; its own `shrink` or the end of its lease completes the removal (rule R12). */
  | ({ readonly type: 'bar'; readonly member: MemberId } & Rests)
  | { readonly type: 'setTargets'; readonly targets: readonly (readonly MemberId[])[]; readonly targetsFor: string }
  /** First assignment of every group of a class that has none. */
  | { readonly type: 'assign'; readonly classIndex: number; readonly placements: readonly (readonly MemberId[])[] }
  /** Of a fork: the member goes on with it. */
  | { readonly type: 'follow'; readonly member: MemberId }
  /** A member that comes from a side that gave way says who was of it, and had come to it before. */
  | { readonly type: 'cameOver'; readonly members: readonly MemberId[] }
  /** Of a fork: see `Fork.into`. Refused where it gives way already. */
  | { readonly type: 'giveWay'; readonly into: Address }
  /** The other sides are gone for good: this one is a cluster as any other from now on. */
  | { readonly type: 'endFork' }
  /** Gives up who is complete, dead or only silent, and goes on with what `primary` has: an asynchronous copy, or nothing. */
  | ({ readonly type: 'recover'; readonly primary: MemberId } & Rests)

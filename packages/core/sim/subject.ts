/** What the simulation tests: anything that keeps a map on several processes. It is seen by its public face only. */

import type { Admin } from '../src/api/admin.js'
import type { CallSession, IMap } from '../src/api/map.js'
import type { Env } from '../src/env/env.js'

export type RegisterMap = Pick<
  IMap<string, string>,
  | 'get'
  | 'put'
  | 'set'
  | 'putIfAbsent'
  | 'replace'
  | 'replaceIfSame'
  | 'remove'
  | 'removeIfSame'
  | 'delete'
  | 'containsKey'
  | 'getAll'
  | 'putAll'
  | 'entrySet'
  | 'size'
  | 'executeOnKey'
  | 'clear'
  | 'addEntryListener'
  | 'lock'
  | 'tryLock'
  | 'unlock'
  | 'forceUnlock'
  | 'isLocked'
>

/** What a member says about itself and the cluster. */
export interface Word {
  /** Every copy that there should be is there. */
  readonly safe: boolean
  /** Some partitions are lost, or wait for members that are gone, and nothing else is missing or under way. */
  readonly safeButLost: boolean
  readonly stateVersion: number
  /** Id of the member that plans changes now, as far as known. */
  readonly coordinator: string | null
}

export interface EntryCounts {
  readonly owned: number
  readonly backups: number
}

export interface SubjectMember {
  readonly id: string
  state(): 'running' | 'leaving' | 'stopped'
  /** Only asked while it runs. */
  word(): Word
  /** Ids of the members it knows, in order. */
  members(): readonly string[]
  map(name: string): RegisterMap
  newSession(): CallSession
  /** Null: it takes no orders. */
  readonly admin: Pick<Admin, 'setBackups' | 'backups'> | null
  /** Whether this member owns the key, as it believes. */
  owns(map: string, key: string): boolean
  entries(map: string): EntryCounts
  /** Why it stopped itself, if it did because something impossible happened. */
  brokenBy(): string | null
  /** Whether it has heard that another one is no member any more, as its locks are given back then. */
  hasSeenOff(id: string): boolean
  /** Partitions that it was told are lost. */
  lostPartitions(): number
  shutdown(): Promise<unknown>
}

/** The place of one member among the others. */
export interface Seat {
  readonly name: string
  /** IP address of its own machine. */
  readonly own: string
  /** IP addresses of the machines of all seats, without doubles. */
  readonly machines: readonly string[]
  /** It holds no data. */
  readonly lite: boolean
}

export interface Subject {
  /** Resolves when the member is in the cluster and serves. */
  start(env: Env, seat: Seat): Promise<SubjectMember>
}

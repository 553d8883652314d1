/**
 * What a row of the conformance suite says: one call on a map of its own, and all that may be seen of it afterwards from
 * outside. What a row does not mention has not happened: no event, no changed entry.
 */

import type { IMap } from 'hazelcast-client'
import type { MapKind } from './maps.js'
import type { Stage } from './stage.js'

export type Entries = readonly (readonly [unknown, unknown])[]

/** What the calls of a row may use. */
export interface Scene extends Pick<Stage, 'client' | 'other'> {
  readonly name: string
  readonly map: IMap<unknown, unknown>
  /** The same map, seen by another client. */
  readonly others: IMap<unknown, unknown>
  /** The same map, seen by a client that caches the entries of maps of kind `near`. */
  readonly near: IMap<unknown, unknown>
}

/** Of the entry `k`. Times are milliseconds since 1970; `now` is any moment of the call, and `[ms]` that long after it. */
export type Moment = number | 'now' | readonly [afterMs: number]
export interface View {
  readonly version?: number
  readonly hits?: number
  readonly ttl?: number
  readonly maxIdle?: number
  readonly creationTime?: Moment
  readonly expirationTime?: Moment
  readonly lastAccessTime?: Moment
  readonly lastStoredTime?: Moment
  readonly lastUpdateTime?: Moment
}

export interface Expectation {
  /** What the call resolves to; undefined unless given. */
  readonly gives?: unknown
  /** The class of the error that it fails with. */
  readonly fails?: string
  /** All entries afterwards; those before unless given. */
  readonly leaves?: Entries | 'any'
  /** All events, in the order in which they come for each key: `updated k: old -> new`. */
  readonly tells?: readonly string[] | 'any'
  readonly view?: View | null
}

export interface Row extends Expectation {
  readonly name: string
  readonly of?: MapKind
  readonly has?: Entries | ((scene: Scene) => Promise<unknown>)
  readonly call: (scene: Scene) => Promise<unknown>
  /** Where a real Hazelcast behaves in another way, and under which heading `compatibility.md` gives the reason. */
  readonly inHazelcast?: Expectation & { readonly because: string }
  /** Not asked of a real Hazelcast, and under which heading the reason stands. */
  readonly oursOnly?: string
  /** Set where it matters that no member comes or goes: such a row is not run while one does. */
  readonly calm?: true
}

/** Times without a limit come as the largest long. */
export const NEVER = Number.POSITIVE_INFINITY

export const expectationOf = (row: Row, against: 'cobnut' | 'hazelcast'): Expectation =>
  against === 'hazelcast' && row.inHazelcast !== undefined ? { ...row, ...without(row, row.inHazelcast) } : row

/** A row that fails in one and not in the other gives nothing there. */
function without(row: Row, other: Expectation): Expectation {
  const fails = 'gives' in other ? undefined : (other.fails ?? row.fails)
  return { ...other, ...(fails === undefined ? { fails: undefined as never } : { fails }) }
}

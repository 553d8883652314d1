/**
 * What replication needs of the data it replicates. `map/` implements it; replication knows neither keys nor maps.
 *
 * Two states live side by side. *Committed* is what every copy that counts has logged: reads show only this. *Latest* is
 * committed plus the records of the log's tail: new operations are evaluated against it, so that they follow each other.
 */

import type { CobnutError } from '../base/errors.js'
import type { LogRecord } from './record.js'
import type { MapRequest, Result } from './request.js'

/** Who has a key locked. */
export interface HeldLock {
  readonly endpoint: string
  readonly threadId: number
  /** Wall ms; Infinity = until it is unlocked. */
  readonly untilMs: number
}

export interface Execution {
  /** Not null: that is the answer, and it shows as much of the state as a result would. Nothing changes. */
  readonly error: CobnutError | null
  readonly result: Result
  /** Encoded effects, a view until the next call; null = nothing changes. */
  readonly effects: Uint8Array | null
  /** The answer shows the state after this record of the tail: it has to wait for its commit. 0 = committed state. */
  readonly dependsOn: number
  /** Not null: somebody else has the key locked, nothing was done, and the call has to wait. */
  readonly lockedBy: HeldLock | null
}

export interface SnapshotChunk {
  readonly bytes: Uint8Array
  /** Null after the last one. */
  readonly next: SnapshotCursor | null
}

/** Opaque to replication: where a walk over the maps of a group stands. */
export type SnapshotCursor = readonly number[]

export interface GroupData {
  /**
   * Evaluates against the latest state. Changes nothing: effects become visible by `stage`. Throws CobnutError where no state was looked at.
   *
   * @param isAccess false: a copy that is not the owner's is read, which is no access; true if left out.
   */
  execute(request: MapRequest, wallMs: number, isAccess?: boolean): Execution
  /**
   * Effects that remove what is past its time, and locks of holders that are gone; a view until the next call; null = nothing
   * is. Looks at no more than `max` entries.
   */
  sweep(wallMs: number, max: number): Uint8Array | null
  /** The record joined the tail of a primary's log. */
  stage(record: LogRecord): void
  /** The tail is gone, or somebody else's now. */
  unstageAll(): void
  /** The record is committed: applies its effects. `serving` = this copy is the primary's, so that events leave from here. */
  commit(record: LogRecord, serving: boolean): void
  /** This copy has become the primary's at `wallMs`: reads that the old one saw are not known here. */
  promoted(wallMs: number): void
  /**
   * A walk over the committed state in pieces while it changes: what does not change during the walk is in it; what does
   * change is in the log from the walk's start on. A piece ends with the entry that makes `bytesMax` of it.
   */
  snapshot(cursor: SnapshotCursor | null, bytesMax: number): SnapshotChunk
  /** A new, empty one for the same group, to be filled by `install`. */
  empty(): GroupData
  install(chunk: Uint8Array): void
  /** All of it is installed: what has ended in the cluster meanwhile does not come back with it. */
  complete(): void
  /**
   * Part of a digest of the committed entries, about `bytesMax` of them, each with some bytes for looking at it. The parts of
   * a walk, taken together by xor, are equal where the content is equal, in whatever order it lies in memory.
   */
  digest(cursor: SnapshotCursor | null, bytesMax: number): { readonly sum: number; readonly next: SnapshotCursor | null }
}

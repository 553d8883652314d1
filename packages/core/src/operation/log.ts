/**
 * The log of one group on one member: a run of records above a base. Below the commit index it never changes; above it
 * the tail may be cut by a primary of a later epoch (rule R9). Old records are kept for copies that fall a little
 * behind; whoever is further behind gets a snapshot.
 *
 *       base            commit                 last
 *        |  kept for     |   tail: logged, not  |
 *        |  catching up  |   yet committed      |
 *        o---------------o----------------------o
 *          packed bytes     records
 */

import { assert, InvariantError } from '../base/assert.js'
import { PackedRecords } from './packed-records.js'
import type { LogRecord } from './record.js'

/** A position in a log: equal (epoch, seq) means equal content up to there. */
export interface Position {
  readonly seq: number
  readonly epoch: number
}

const START: Position = { seq: 0, epoch: 0 }

/** Kept below the commit index for each group. More costs memory, fewer makes short absences cost a snapshot. */
const keptRecordsMax = 128
const keptBytesMax = 64 * 1024

export class ReplicaLog {
  #base: Position = START
  /** The first one has seq `#base.seq + 1`. */
  readonly #packed = new PackedRecords()
  /** `#tail[i]` has seq `#tailFrom + i`. */
  #tail: LogRecord[] = []

  get base(): Position {
    return this.#base
  }

  get lastSeq(): number {
    return this.#tailFrom - 1 + this.#tail.length
  }

  get #tailFrom(): number {
    return this.#base.seq + this.#packed.length + 1
  }

  /** A record of the tail. */
  at(seq: number): LogRecord {
    const record = this.#tail[seq - this.#tailFrom]
    if (record === undefined) throw new InvariantError(`the log's tail is ${this.#tailFrom}..${this.lastSeq}, without ${seq}`)
    return record
  }

  /** A record as it travels; a view until the log changes. */
  bytesAt(seq: number): Uint8Array {
    return seq < this.#tailFrom ? this.#packed.at(seq - this.#base.seq - 1) : this.at(seq).bytes
  }

  /** Does this log have exactly that position, so that what follows it can be appended? */
  matches(position: Position): boolean {
    return this.epochAt(position.seq) === position.epoch
  }

  /** -1 outside of what is kept. */
  epochAt(seq: number): number {
    if (seq === this.#base.seq) return this.#base.epoch
    if (seq < this.#base.seq || seq > this.lastSeq) return -1
    return seq < this.#tailFrom ? this.#packed.epochAt(seq - this.#base.seq - 1) : this.at(seq).epoch
  }

  append(record: LogRecord): void {
    if (record.seq !== this.lastSeq + 1) throw new InvariantError(`record ${record.seq} appended after ${this.lastSeq}`)
    this.#tail.push(record)
  }

  /** Drops everything above `seq`. The caller has made sure that nothing committed is in it. */
  cutAfter(seq: number): void {
    assert(seq >= this.#tailFrom - 1, `cut after ${seq}, but committed up to ${this.#tailFrom - 1}`)
    this.#tail.splice(seq - this.#tailFrom + 1)
  }

  /** Starts anew above a snapshot. */
  reset(base: Position): void {
    this.#base = base
    this.#packed.clear()
    this.#tail = []
  }

  /** What is committed and applied is never changed again. */
  settle(commit: number): void {
    const count = commit - this.#tailFrom + 1
    if (count <= 0) return
    for (let i = 0; i < count; i++) {
      const { bytes, epoch } = this.#tail[i] as LogRecord
      this.#packed.append(bytes, epoch)
    }
    if (count === this.#tail.length) this.#tail.length = 0
    else this.#tail.splice(0, count)
  }

  /** Bytes of the settled records above `seq`. */
  settledBytesAbove(seq: number): number {
    return this.#packed.bytesFrom(Math.max(0, seq - this.#base.seq))
  }

  /** Forgets the oldest records up to `seqMax` that are settled and beyond what is kept. In steps, so that each call costs little. */
  trim(seqMax: number): void {
    const packed = this.#packed
    const excess = packed.length - keptRecordsMax
    let bytes = packed.byteLength
    if (excess < keptRecordsMax / 4 && bytes < keptBytesMax) return
    let n = 0
    while (n < packed.length && this.#base.seq + n < seqMax) {
      if (n >= excess && bytes < keptBytesMax / 2) break
      bytes -= packed.bytesAt(n)
      n++
    }
    if (n === 0) return
    this.#base = { seq: this.#base.seq + n, epoch: packed.epochAt(n - 1) }
    packed.dropFirst(n)
  }
}

/**
 * The log of one group on one member: a run of records above a base. Below the commit index it never changes; above it
 * the tail may be cut by a primary of a later epoch (rule R9). Old records are kept for copies that fall a little
 * behind; whoever is further behind gets a snapshot.
 *
 *       base            commit                 last
 *        |  kept for     |   tail: logged, not  |
 *        |  catching up  |   yet committed      |
 *        o---------------o----------------------o
 */

import { assert } from '../base/assert.js'
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
  /** `#records[i]` has seq `#base.seq + 1 + i`. */
  #records: LogRecord[] = []
  #bytes = 0

  get base(): Position {
    return this.#base
  }

  get lastSeq(): number {
    return this.#base.seq + this.#records.length
  }

  get last(): Position {
    return this.#records.at(-1) ?? this.#base
  }

  /** Bytes of the records kept. */
  get bytes(): number {
    return this.#bytes
  }

  at(seq: number): LogRecord {
    const record = this.#records[seq - this.#base.seq - 1]
    assert(record !== undefined, `log holds ${this.#base.seq + 1}..${this.lastSeq}, not ${seq}`)
    return record
  }

  /** Does this log have exactly that position, so that what follows it can be appended? */
  matches(position: Position): boolean {
    return this.epochAt(position.seq) === position.epoch
  }

  /** -1 outside of what is kept. */
  epochAt(seq: number): number {
    if (seq === this.#base.seq) return this.#base.epoch
    return this.#records[seq - this.#base.seq - 1]?.epoch ?? -1
  }

  append(record: LogRecord): void {
    assert(record.seq === this.lastSeq + 1, `record ${record.seq} appended after ${this.lastSeq}`)
    this.#records.push(record)
    this.#bytes += record.bytes.length
  }

  /** Drops everything above `seq`. The caller has made sure that nothing committed is in it. */
  cutAfter(seq: number): void {
    const dropped = this.#records.splice(seq - this.#base.seq)
    for (const record of dropped) this.#bytes -= record.bytes.length
  }

  /** Starts anew above a snapshot. */
  reset(base: Position): void {
    this.#base = base
    this.#records = []
    this.#bytes = 0
  }

  /** Forgets the oldest records up to `seqMax` that are beyond what is kept. In steps, so that each call costs little. */
  trim(seqMax: number): void {
    const excess = this.#records.length - keptRecordsMax
    if (excess < keptRecordsMax / 4 && this.#bytes < keptBytesMax) return
    let n = 0
    let bytes = this.#bytes
    while (n < this.#records.length && this.#base.seq + n < seqMax) {
      if (n >= excess && bytes < keptBytesMax / 2) break
      bytes -= (this.#records[n] as LogRecord).bytes.length
      n++
    }
    if (n === 0) return
    const last = this.#records[n - 1] as LogRecord
    this.#base = { seq: last.seq, epoch: last.epoch }
    this.#records = this.#records.slice(n)
    this.#bytes = bytes
  }
}

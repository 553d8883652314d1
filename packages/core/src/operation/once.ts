/**
 * Exactly once: which invocations a group's log holds, and what they answered (rule R10). The table is a function of the
 * log, so it is the same at whichever member is primary, and a retry finds its first answer there.
 *
 * Bounded: a session's results are forgotten below what its caller has acknowledged, and a session with its member.
 */

import type { Reader } from '../codec/reader.js'
import type { Writer } from '../codec/writer.js'
import type { InvocationId, LogRecord } from './record.js'

export interface Remembered {
  readonly seq: number
  /** Encoded result. */
  readonly result: Uint8Array
}

/** Most results are one byte, of which there are few. */
const oneByte: readonly Uint8Array[] = Array.from({ length: 256 }, (_, i) => Uint8Array.of(i))

/** Not a view: that would keep the whole record. */
const kept = (result: Uint8Array): Uint8Array =>
  result.length === 1 ? (oneByte[result[0] as number] as Uint8Array) : result.slice()

export type Lookup = Remembered | 'new' | 'forgotten'

interface Session {
  ackedBelow: number
  readonly results: Map<number, Remembered>
}

export class OnceTable {
  #sessions = new Map<string, Session>()

  find(id: InvocationId): Lookup {
    const session = this.#sessions.get(id.session)
    if (session === undefined) return 'new'
    return session.results.get(id.number) ?? (id.number < session.ackedBelow ? 'forgotten' : 'new')
  }

  add(record: LogRecord): void {
    const id = record.invocation
    if (id === null) return
    let session = this.#sessions.get(id.session)
    if (session === undefined) {
      session = { ackedBelow: 0, results: new Map() }
      this.#sessions.set(id.session, session)
    }
    if (id.ackedBelow > session.ackedBelow) {
      session.ackedBelow = id.ackedBelow
      // numbers arrive nearly in order, so the ones to forget are the first of the map
      for (const number of session.results.keys()) {
        if (number >= id.ackedBelow) break
        session.results.delete(number)
      }
    }
    session.results.set(id.number, { seq: record.seq, result: kept(record.result) })
  }

  /** Cut off a log's tail: those invocations did not happen. */
  removeAbove(seq: number): void {
    for (const session of this.#sessions.values()) {
      for (const [number, entry] of session.results) {
        if (entry.seq > seq) session.results.delete(number)
      }
    }
  }

  /** Sessions of members that are gone for good can send no retry. */
  forgetSessions(hasEnded: (session: string) => boolean): void {
    for (const session of this.#sessions.keys()) {
      if (hasEnded(session)) this.#sessions.delete(session)
    }
  }

  get size(): number {
    let n = 0
    for (const session of this.#sessions.values()) n += session.results.size
    return n
  }

  write(out: Writer): void {
    out.u32(this.#sessions.size)
    for (const [name, session] of this.#sessions) {
      out.string(name)
      out.i64(session.ackedBelow)
      out.u32(session.results.size)
      for (const [number, entry] of session.results) {
        out.i64(number)
        out.i64(entry.seq)
        out.bytes(entry.result)
      }
    }
  }

  static read(from: Reader): OnceTable {
    const table = new OnceTable()
    for (let sessions = from.u32(); sessions > 0; sessions--) {
      const name = from.string()
      const session: Session = { ackedBelow: from.i64(), results: new Map() }
      for (let n = from.u32(); n > 0; n--) {
        session.results.set(from.i64(), { seq: from.i64(), result: from.bytesCopy() })
      }
      table.#sessions.set(name, session)
    }
    return table
  }
}

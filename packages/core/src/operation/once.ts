/**
 * Exactly once: which invocations a group's log holds, and what they answered (rule R10). The table is a function of the
 * log, so it is the same at whichever member is primary, and a retry finds its first answer there.
 *
 * Bounded: a session's results are forgotten below what its caller has acknowledged, but for the few it still waits for there, and a
 * session with its member.
 */

import type { Reader } from '../codec/reader.js'
import type { Writer } from '../codec/writer.js'
import { type InvocationId, type LogRecord, readOpen, writeOpen } from './record.js'
import { type Answered, noneOpen } from './unanswered.js'

export interface Remembered {
  /** Of the invocation. */
  readonly number: number
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
  /** Below that and not answered all the same. */
  open: readonly number[]
  /** By rising number, which is nearly the order in which they come: most are put at the end, and forgotten at the beginning. */
  results: Remembered[]
}

/** Where the first one stands whose number is not below this. */
function placeOf(results: readonly Remembered[], number: number): number {
  let [low, high] = [0, results.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((results[middle] as Remembered).number < number) low = middle + 1
    else high = middle
  }
  return low
}

function forget(session: Session, { ackedBelow, open }: Answered): void {
  session.ackedBelow = ackedBelow
  session.open = open
  const { results } = session
  const end = placeOf(results, ackedBelow)
  // mostly it is one, and an array for what was taken out would be made at every write
  if (end === 1 && open.length === 0) results.shift()
  else if (end > 0) results.splice(0, end, ...results.slice(0, end).filter(({ number }) => open.includes(number)))
}

export class OnceTable {
  #sessions = new Map<string, Session>()

  find(id: InvocationId): Lookup {
    const session = this.#sessions.get(id.session)
    if (session === undefined) return 'new'
    const found = session.results[placeOf(session.results, id.number)]
    if (found?.number === id.number) return found
    return id.number < session.ackedBelow && !session.open.includes(id.number) ? 'forgotten' : 'new'
  }

  add(record: LogRecord): void {
    const id = record.invocation
    if (id === null) return
    let session = this.#sessions.get(id.session)
    if (session === undefined) {
      session = { ackedBelow: 0, open: noneOpen, results: [] }
      this.#sessions.set(id.session, session)
    }
    // of two that say the same bound the later one has answers that the other had not
    const newer = id.ackedBelow - session.ackedBelow || session.open.length - id.open.length
    if (newer > 0) forget(session, id)
    const { results } = session
    const entry = { number: id.number, seq: record.seq, result: kept(record.result) }
    const at = placeOf(results, id.number)
    if (at === results.length) results.push(entry)
    else results.splice(at, 0, entry)
  }

  /** Cut off a log's tail: those invocations did not happen. */
  removeAbove(seq: number): void {
    for (const session of this.#sessions.values()) session.results = session.results.filter(entry => entry.seq <= seq)
  }

  /** Sessions of members that are gone for good can send no retry. */
  forgetSessions(hasEnded: (session: string) => boolean): void {
    for (const session of this.#sessions.keys()) {
      if (hasEnded(session)) this.#sessions.delete(session)
    }
  }

  get size(): number {
    let n = 0
    for (const session of this.#sessions.values()) n += session.results.length
    return n
  }

  write(out: Writer): void {
    out.u32(this.#sessions.size)
    for (const [name, session] of this.#sessions) {
      out.string(name)
      out.i64(session.ackedBelow)
      writeOpen(out, session.open)
      out.u32(session.results.length)
      for (const { number, seq, result } of session.results) {
        out.i64(number)
        out.i64(seq)
        out.bytes(result)
      }
    }
  }

  static read(from: Reader): OnceTable {
    const table = new OnceTable()
    for (let sessions = from.u32(); sessions > 0; sessions--) {
      const name = from.string()
      const session: Session = { ackedBelow: from.i64(), open: readOpen(from), results: [] }
      for (let n = from.u32(); n > 0; n--) {
        session.results.push({ number: from.i64(), seq: from.i64(), result: from.bytesCopy() })
      }
      table.#sessions.set(name, session)
    }
    return table
  }
}

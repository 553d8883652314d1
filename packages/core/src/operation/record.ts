/**
 * A log record: what one invocation did to one group, as absolute effects. A backup applies it and decides nothing again.
 * It is encoded once, at the primary; the same bytes go to every copy, stay in the log, and go on to a later primary's
 * backups.
 *
 *      0       4       12       13                                          bodyAt
 *      +-------+-------+--------+---------+--------+-------------+-----------+---------------+-----------+
 *      | epoch |  seq  | has id | session | number | acked below | open, u8  | result, u32 + | effects   |
 *      |  u32  |  i64  |  u8    | string  |  i64   |    i64      |  + i64s   |    bytes      | until end |
 *      +-------+-------+--------+---------+--------+-------------+-----------+---------------+-----------+
 *                               `-------------- only if has id ------------'
 */

import { Reader } from '../codec/reader.js'
import type { TextCache } from '../codec/text-cache.js'
import { Writer } from '../codec/writer.js'
import { type Answered, noneOpen } from './unanswered.js'

/** Names an invocation for ever: the session is a member's (see `sessionOf`), the number counts its invocations. */
export interface InvocationId extends Answered {
  readonly session: string
  /** 1, 2, 3 ... within the session. */
  readonly number: number
}

export interface LogRecord {
  readonly epoch: number
  readonly seq: number
  /** Null for barriers and for what the primary does by itself (expiry). */
  readonly invocation: InvocationId | null
  /** The whole record as it travels. */
  readonly bytes: Uint8Array
  /** The encoded result; empty where there is no invocation. */
  readonly result: Uint8Array
  /** The effects, in the encoding of `map/`; empty for a barrier. */
  readonly effects: Uint8Array
  /** What `GroupData` keeps of `effects` from staging a record to its commit, so that it is read once. */
  parsed: unknown
}

const NOTHING = new Uint8Array(0)

/** @param out scratch of the caller; empty, and empty again afterwards. */
export function makeRecord(
  epoch: number,
  seq: number,
  invocation: InvocationId | null,
  result: Uint8Array,
  effects: Uint8Array,
  out: Writer = new Writer(),
): LogRecord {
  out.u32(epoch)
  out.i64(seq)
  out.bool(invocation !== null)
  if (invocation !== null) {
    out.string(invocation.session)
    out.i64(invocation.number)
    out.i64(invocation.ackedBelow)
    writeOpen(out, invocation.open)
  }
  out.bytes(result)
  const bodyAt = out.length
  out.raw(effects)
  const bytes = out.take()
  return {
    epoch,
    seq,
    invocation,
    bytes,
    result: bytes.subarray(bodyAt - result.length, bodyAt),
    effects: bytes.subarray(bodyAt),
    parsed: null,
  }
}

/** The record that opens an epoch: nothing of an earlier epoch counts as committed before it is. */
export const makeBarrier = (epoch: number, seq: number): LogRecord => makeRecord(epoch, seq, null, NOTHING, NOTHING)

/**
 * @param bytes kept: must not be a view of a frame that will be reused.
 * @param sessionNames of the caller: the same few sessions are named again and again.
 */
export function readRecord(bytes: Uint8Array, sessionNames: TextCache): LogRecord {
  const from = new Reader(bytes)
  const epoch = from.u32()
  const seq = from.i64()
  const invocation = from.bool()
    ? { session: from.knownString(sessionNames), number: from.i64(), ackedBelow: from.i64(), open: readOpen(from) }
    : null
  const result = from.bytes()
  return { epoch, seq, invocation, bytes, result, effects: bytes.subarray(from.offset), parsed: null }
}

/** Nearly always there are none. */
export function writeOpen(out: Writer, open: readonly number[]): void {
  out.u8(open.length)
  for (const number of open) out.i64(number)
}

export function readOpen(from: Reader): readonly number[] {
  const count = from.u8()
  if (count === 0) return noneOpen
  const open: number[] = []
  for (let i = 0; i < count; i++) open.push(from.i64())
  return open
}

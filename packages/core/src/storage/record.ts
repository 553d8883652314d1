/**
 * How one record lies in memory. Records start at multiples of 8 bytes (one unit), so that every number in them can be
 * read through an aligned typed array; a part that has nothing to say is left out.
 *
 *       0         4         8                   12
 *      +---------+---------+-------------------+--------------+
 *      |  hash   | version | flags | key length | value length |   always                             16 bytes
 *      |   i32   |   u32   |  u4   |    u28     |     u32      |
 *      +---------+---------+-----+-+------------+--------------+
 *      | creation ms f64 | last update ms f64 | last access ms f64 |   with TIMES                     24 bytes
 *      +-----------------+--------------------+--------------------+
 *      | ttl ms f64      | max idle ms f64    | expires at ms f64  |   with EXPIRY                    24 bytes
 *      +----------+------+--------------------+--------------------+
 *      | hits u32 |                                                  with TIMES                        4 bytes
 *      +----------+-------------- - - -+---------------- - - -+-------- - -+
 *      | key bytes                     | value bytes          | 0..7 bytes |
 *      +------------------------------ +----------------------+------------+
 *
 * All functions take the slab's memory and the unit at which the record starts.
 */

import { copyBytes, equalRange } from './bytes.js'

export interface RecordMeta {
  /** u32 */
  readonly version: number
  /** u32 */
  readonly hits: number
  readonly creationMs: number
  readonly lastUpdateMs: number
  readonly lastAccessMs: number
  readonly ttlMs: number
  readonly maxIdleMs: number
  /** Absolute. Infinity = never, which 0 also means when written; it reads back as Infinity. */
  readonly expiresAtMs: number
}

/** One piece of memory under three types. */
export interface Memory {
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly doubles: Float64Array
}

export const UNIT_BYTES = 8
/** The length shares a word with the flags. */
export const KEY_BYTES_MAX = 2 ** 28 - 1
/** Keeps the size of a record within 31 bits. */
export const VALUE_BYTES_MAX = 2 ** 30

const HASH = 0
const VERSION = 1
const FLAGS_AND_KEY = 2
const VALUE = 3

const TIMES = 1
const EXPIRY = 2
/** The record is garbage. Its lengths stay readable, so that a walk over the slab finds the next one. */
const DEAD = 4

const FLAG_SHIFT = 28
const HEADER_UNITS = 2
const SECTION_UNITS = 3
const HEADER_BYTES = HEADER_UNITS * UNIT_BYTES
const SECTION_BYTES = SECTION_UNITS * UNIT_BYTES
const HITS_BYTES = 4

const flagsAt = (m: Memory, at: number): number => m.words[at * 2 + FLAGS_AND_KEY]! >>> FLAG_SHIFT

export const keyLengthAt = (m: Memory, at: number): number => m.words[at * 2 + FLAGS_AND_KEY]! & KEY_BYTES_MAX
export const valueLengthAt = (m: Memory, at: number): number => m.words[at * 2 + VALUE]!
export const hashAt = (m: Memory, at: number): number => m.words[at * 2 + HASH]! | 0
export const versionAt = (m: Memory, at: number): number => m.words[at * 2 + VERSION]!
export const isDeadAt = (m: Memory, at: number): boolean => (flagsAt(m, at) & DEAD) !== 0

export function markDeadAt(m: Memory, at: number): void {
  m.words[at * 2 + FLAGS_AND_KEY]! |= DEAD << FLAG_SHIFT
}

/** Which parts the metadata needs. A function of the values alone: equal records have equal sizes on every member. */
function flagsFor(meta: RecordMeta): number {
  const times = meta.creationMs !== 0 || meta.lastUpdateMs !== 0 || meta.lastAccessMs !== 0 || meta.hits !== 0
  const expiry = meta.ttlMs !== 0 || meta.maxIdleMs !== 0 || isMoment(meta.expiresAtMs)
  return (times ? TIMES : 0) | (expiry ? EXPIRY : 0)
}

/** Whether an expiry time is one, and not `never`. */
const isMoment = (ms: number): boolean => ms !== 0 && ms !== Number.POSITIVE_INFINITY

/** Bytes before the key. */
function prefixBytes(flags: number): number {
  return HEADER_BYTES + (flags & TIMES ? SECTION_BYTES + HITS_BYTES : 0) + (flags & EXPIRY ? SECTION_BYTES : 0)
}

const unitsFor = (flags: number, keyLength: number, valueLength: number): number =>
  (prefixBytes(flags) + keyLength + valueLength + UNIT_BYTES - 1) >>> 3

/** Size of a record with this content. */
export const recordUnits = (keyLength: number, valueLength: number, meta: RecordMeta): number =>
  unitsFor(flagsFor(meta), keyLength, valueLength)

export const unitsAt = (m: Memory, at: number): number => unitsFor(flagsAt(m, at), keyLengthAt(m, at), valueLengthAt(m, at))

/** Byte offset of the key; the value follows it. */
export const keyStartAt = (m: Memory, at: number): number => at * UNIT_BYTES + prefixBytes(flagsAt(m, at))
export const valueStartAt = (m: Memory, at: number): number => keyStartAt(m, at) + keyLengthAt(m, at)

export const hasKeyAt = (m: Memory, at: number, key: Uint8Array): boolean =>
  keyLengthAt(m, at) === key.length && equalRange(m.bytes, keyStartAt(m, at), key)

/** Unit of the expiry part; only with EXPIRY. */
const expiryAt = (flags: number, at: number): number => at + HEADER_UNITS + (flags & TIMES ? SECTION_UNITS : 0)
/** Index of the word that counts hits; only with TIMES. */
const hitsWord = (flags: number, at: number): number => (expiryAt(flags, at) + (flags & EXPIRY ? SECTION_UNITS : 0)) * 2

function timeAt(m: Memory, at: number, which: number): number {
  return flagsAt(m, at) & TIMES ? m.doubles[at + HEADER_UNITS + which]! : 0
}

export const creationMsAt = (m: Memory, at: number): number => timeAt(m, at, 0)
export const lastUpdateMsAt = (m: Memory, at: number): number => timeAt(m, at, 1)
export const lastAccessMsAt = (m: Memory, at: number): number => timeAt(m, at, 2)

export function hitsAt(m: Memory, at: number): number {
  const flags = flagsAt(m, at)
  return flags & TIMES ? m.words[hitsWord(flags, at)]! : 0
}

function limitAt(m: Memory, at: number, which: number, absent: number): number {
  const flags = flagsAt(m, at)
  return flags & EXPIRY ? m.doubles[expiryAt(flags, at) + which]! : absent
}

export const ttlMsAt = (m: Memory, at: number): number => limitAt(m, at, 0, 0)
export const maxIdleMsAt = (m: Memory, at: number): number => limitAt(m, at, 1, 0)
export const expiresAtMsAt = (m: Memory, at: number): number => limitAt(m, at, 2, Number.POSITIVE_INFINITY)
export const canExpireAt = (m: Memory, at: number): boolean => expiresAtMsAt(m, at) !== Number.POSITIVE_INFINITY

export function metaAt(m: Memory, at: number): RecordMeta {
  return {
    version: versionAt(m, at),
    hits: hitsAt(m, at),
    creationMs: creationMsAt(m, at),
    lastUpdateMs: lastUpdateMsAt(m, at),
    lastAccessMs: lastAccessMsAt(m, at),
    ttlMs: ttlMsAt(m, at),
    maxIdleMs: maxIdleMsAt(m, at),
    expiresAtMs: expiresAtMsAt(m, at),
  }
}

/** Writes a whole record; there are `recordUnits` units of room. */
export function writeRecordAt(m: Memory, at: number, hash: number, key: Uint8Array, value: Uint8Array, meta: RecordMeta): void {
  const flags = flagsFor(meta)
  const word = at * 2
  m.words[word + HASH] = hash
  m.words[word + FLAGS_AND_KEY] = (flags << FLAG_SHIFT) | key.length
  m.words[word + VALUE] = value.length
  writeFields(m, at, flags, meta)
  const keyStart = at * UNIT_BYTES + prefixBytes(flags)
  copyBytes(key, m.bytes, keyStart)
  copyBytes(value, m.bytes, keyStart + key.length)
}

/** Replaces the metadata where it lies. False, and nothing done, when it needs other parts than the record has. */
export function rewriteMetaAt(m: Memory, at: number, meta: RecordMeta): boolean {
  const flags = flagsFor(meta)
  if (flags !== flagsAt(m, at)) return false
  writeFields(m, at, flags, meta)
  return true
}

function writeFields(m: Memory, at: number, flags: number, meta: RecordMeta): void {
  m.words[at * 2 + VERSION] = meta.version
  if (flags & TIMES) {
    const times = at + HEADER_UNITS
    m.doubles[times] = meta.creationMs
    m.doubles[times + 1] = meta.lastUpdateMs
    m.doubles[times + 2] = meta.lastAccessMs
    m.words[hitsWord(flags, at)] = meta.hits
  }
  if (flags & EXPIRY) {
    const expiry = expiryAt(flags, at)
    m.doubles[expiry] = meta.ttlMs
    m.doubles[expiry + 1] = meta.maxIdleMs
    m.doubles[expiry + 2] = isMoment(meta.expiresAtMs) ? meta.expiresAtMs : Number.POSITIVE_INFINITY
  }
}

/** Notes an access without building an object. False, and nothing done, when it could change the parts, or whether it expires. */
export function touchAt(m: Memory, at: number, lastAccessMs: number, hits: number, expiresAtMs: number): boolean {
  const flags = flagsAt(m, at)
  const expires = isMoment(expiresAtMs)
  if (!(flags & TIMES) || lastAccessMs === 0 || expires !== canExpireAt(m, at)) return false
  m.doubles[at + HEADER_UNITS + 2] = lastAccessMs
  m.words[hitsWord(flags, at)] = hits
  if (expires) m.doubles[expiryAt(flags, at) + 2] = expiresAtMs
  return true
}

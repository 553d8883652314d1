/** What travels between a caller and an owner: one request layout and one result layout for every operation of a map. */

import { DecodeError } from '../base/errors.js'
import type { Reader } from '../codec/reader.js'
import { Writer } from '../codec/writer.js'

/** The operations. Codes are on the wire: never reuse one. */
export const opCode = {
  get: 1,
  put: 2,
  set: 3,
  putIfAbsent: 4,
  replace: 5,
  replaceIfSame: 6,
  remove: 7,
  removeIfSame: 8,
  delete: 9,
  containsKey: 10,
  evict: 11,
  setTtl: 12,
  getEntryView: 13,
  getAll: 14,
  putAll: 15,
  size: 16,
  containsValue: 17,
  clear: 18,
  evictAll: 19,
  keySet: 20,
  values: 21,
  entrySet: 22,
  /** Entries of the other side of a cluster that was divided; not a call of any application. */
  merge: 23,
  /** Key, version, key, version ... of another cluster, whose metadata they keep. */
  putAllWithMetadata: 24,
  lock: 30,
  unlock: 31,
  forceUnlock: 32,
  isLocked: 33,
  /** Not a call of its own: takes back the call whose invocation id it carries, if that has not been done yet. */
  giveUp: 34,
  /** As unlock, of the lock with the token that is expected, and of no later one. */
  letGo: 35,
  executeOnKey: 40,
  executeOnKeys: 41,
  executeOnEntries: 42,
  queryKeys: 50,
  queryValues: 51,
  queryEntries: 52,
  queryPage: 53,
  aggregate: 54,
  project: 55,
  removeMatching: 56,
  fetch: 57,
} as const

export type OpName = keyof typeof opCode
export type OpCode = (typeof opCode)[OpName]

const known: ReadonlySet<number> = new Set(Object.values(opCode))

/** Operations on one key that wait while somebody else has it locked. */
const heeding: ReadonlySet<OpCode> = new Set([
  opCode.put,
  opCode.set,
  opCode.putIfAbsent,
  opCode.replace,
  opCode.replaceIfSame,
  opCode.remove,
  opCode.removeIfSame,
  opCode.delete,
  opCode.evict,
  opCode.setTtl,
  opCode.lock,
  opCode.executeOnKey,
])

/** Operations that may leave effects in the log: these carry an invocation id, so that a retry happens once. */
const writes: ReadonlySet<OpCode> = new Set([
  ...heeding,
  opCode.putAll,
  opCode.merge,
  opCode.putAllWithMetadata,
  opCode.clear,
  opCode.evictAll,
  opCode.unlock,
  opCode.forceUnlock,
  opCode.giveUp,
  opCode.letGo,
  opCode.executeOnKeys,
  opCode.executeOnEntries,
  opCode.removeMatching,
])

/** Operations that may look at every entry of a partition. */
const walks: ReadonlySet<OpCode> = new Set([
  opCode.size,
  opCode.containsValue,
  opCode.clear,
  opCode.evictAll,
  opCode.keySet,
  opCode.values,
  opCode.entrySet,
  opCode.executeOnEntries,
  opCode.queryKeys,
  opCode.queryValues,
  opCode.queryEntries,
  opCode.queryPage,
  opCode.aggregate,
  opCode.project,
  opCode.removeMatching,
])

export const isWalk = (op: OpCode): boolean => walks.has(op)

export const isWrite = (op: OpCode): boolean => writes.has(op)

export const heedsLocks = (op: OpCode): boolean => heeding.has(op)

/** After these, somebody who waits for the key may have his turn. */
export const freesLocks = (op: OpCode): boolean => op === opCode.unlock || op === opCode.forceUnlock || op === opCode.letGo

/** Who asks, as far as locks are concerned. */
export interface Caller {
  /** What a lock is held for: a session of a member (with a slash in it), or the id of a client. '' = it holds no lock. */
  readonly endpoint: string
  /** Tells apart who shares an endpoint: locks are reentrant for an endpoint and a number. */
  readonly threadId: number
  /** Of lock and unlock: the same number as the last time means the same call. 0 = none. */
  readonly referenceId: number
  /** How long the call may wait for a key that somebody else has locked. 0 = not; Infinity = for ever; -1 = as usual here. */
  readonly waitMs: number
}

export interface MapRequest {
  readonly op: OpCode
  readonly mapId: number
  readonly key: Uint8Array | null
  /** Of entry processors: which one, with its argument. Of operations on all that meets a condition: the condition, null = all. */
  readonly value: Uint8Array | null
  readonly expected: Uint8Array | null
  /** Milliseconds; 0 = none; negative = the map's configuration. Of `lock`: the lease; negative = until it is unlocked. */
  readonly ttlMs: number
  readonly maxIdleMs: number
  /** getAll, executeOnKeys: keys. putAll: key, value, key, value ... */
  readonly items: readonly Uint8Array[]
  /** Undefined = somebody who holds no lock, and waits as usual. */
  readonly caller?: Caller | undefined
}

/** Bytes, lists of bytes, numbers and booleans: everything an operation answers with. */
export type Result = null | boolean | number | Uint8Array | readonly (Uint8Array | number)[]

const HAS_KEY = 1
const HAS_VALUE = 2
const HAS_EXPECTED = 4
const HAS_EXPIRY = 8
const HAS_ITEMS = 16
const HAS_CALLER = 128

export function writeRequest(out: Writer, q: MapRequest): void {
  const hasExpiry = q.ttlMs !== -1 || q.maxIdleMs !== -1
  out.u8(q.op)
  out.u32(q.mapId)
  out.u8(
    (q.key ? HAS_KEY : 0) |
      (q.value ? HAS_VALUE : 0) |
      (q.expected ? HAS_EXPECTED : 0) |
      (hasExpiry ? HAS_EXPIRY : 0) |
      (q.items.length > 0 ? HAS_ITEMS : 0) |
      (q.caller === undefined ? 0 : HAS_CALLER),
  )
  if (q.key) out.bytes(q.key)
  if (q.value) out.bytes(q.value)
  if (q.expected) out.bytes(q.expected)
  if (hasExpiry) {
    out.f64(q.ttlMs)
    out.f64(q.maxIdleMs)
  }
  if (q.items.length > 0) {
    out.u32(q.items.length)
    for (const item of q.items) out.bytes(item)
  }
  if (q.caller !== undefined) {
    out.string(q.caller.endpoint)
    out.f64(q.caller.threadId)
    out.f64(q.caller.referenceId)
    out.f64(q.caller.waitMs)
  }
}

/** One that can be kept: nothing of it is a view. */
export const ownRequest = (q: MapRequest): MapRequest => ({
  ...q,
  key: q.key?.slice() ?? null,
  value: q.value?.slice() ?? null,
  expected: q.expected?.slice() ?? null,
  items: q.items.map(item => item.slice()),
})

/** Byte fields are views of the frame: whoever keeps one beyond the call copies it. */
export function readRequest(from: Reader): MapRequest {
  const op = from.u8()
  if (!known.has(op)) throw new DecodeError(`operation ${op} is not known here`)
  const mapId = from.u32()
  const has = from.u8()
  const key = has & HAS_KEY ? from.bytes() : null
  const value = has & HAS_VALUE ? from.bytes() : null
  const expected = has & HAS_EXPECTED ? from.bytes() : null
  const ttlMs = has & HAS_EXPIRY ? from.f64() : -1
  const maxIdleMs = has & HAS_EXPIRY ? from.f64() : -1
  const items: Uint8Array[] = []
  if (has & HAS_ITEMS) {
    for (let n = from.u32(); n > 0; n--) items.push(from.bytes())
  }
  const caller =
    has & HAS_CALLER ? { endpoint: from.string(), threadId: from.f64(), referenceId: from.f64(), waitMs: from.f64() } : undefined
  return { op: op as OpCode, mapId, key, value, expected, ttlMs, maxIdleMs, items, caller }
}

const RESULT = { null: 0, false: 1, true: 2, number: 3, bytes: 4, list: 5 } as const

function writeResult(out: Writer, result: Result): void {
  if (result === null) out.u8(RESULT.null)
  else if (typeof result === 'boolean') out.u8(result ? RESULT.true : RESULT.false)
  else if (typeof result === 'number') {
    out.u8(RESULT.number)
    out.f64(result)
  } else if (result instanceof Uint8Array) {
    out.u8(RESULT.bytes)
    out.bytes(result)
  } else {
    out.u8(RESULT.list)
    out.u32(result.length)
    for (const item of result) writeResult(out, item)
  }
}

export function readResult(from: Reader, depth = 0): Result {
  const tag = from.u8()
  switch (tag) {
    case RESULT.null:
      return null
    case RESULT.false:
      return false
    case RESULT.true:
      return true
    case RESULT.number:
      return from.f64()
    case RESULT.bytes:
      return from.bytesCopy()
    case RESULT.list: {
      if (depth > 0) throw new DecodeError('a result list may not hold lists')
      const items: (Uint8Array | number)[] = []
      for (let n = from.u32(); n > 0; n--) items.push(readResult(from, depth + 1) as Uint8Array | number)
      return items
    }
    default:
      throw new DecodeError(`result tag ${tag} is not known`)
  }
}

/** Most writes answer nothing. */
const nullBytes = new Uint8Array([RESULT.null])

export function resultBytes(result: Result): Uint8Array {
  if (result === null) return nullBytes
  const out = new Writer(result instanceof Uint8Array ? result.length + 8 : 16)
  writeResult(out, result)
  return out.take()
}

/**
 * What a record does to the entries of a group, in absolute terms: a copy that applies it ends in the same state,
 * whatever it held before. Also the content of a snapshot: nothing but `token`, `changed`, `lock` and `put` effects.
 *
 *      +------+--------+------+-----------+ - - - - - - - - - - - - - - - - -
 *      | kind | map id | hash | key, u32  |  by kind: value and metadata;
 *      |  u8  |  u32   | i32  | + bytes   |  metadata; or the reason, u8
 *      +------+--------+------+-----------+ - - - - - - - - - - - - - - - - -
 */

import { DecodeError } from '../base/errors.js'
import type { Reader } from '../codec/reader.js'
import type { Writer } from '../codec/writer.js'
import type { RecordMeta } from '../storage/record-store.js'
import type { LockEffect, LockState } from './locks.js'

export type Effect =
  /** `existed`: there was a value before, so that listeners hear of an update. */
  | {
      readonly kind: 'put'
      readonly map: number
      readonly hash: number
      readonly key: Uint8Array
      readonly value: Uint8Array
      readonly meta: RecordMeta
      readonly existed: boolean
    }
  | { readonly kind: 'meta'; readonly map: number; readonly hash: number; readonly key: Uint8Array; readonly meta: RecordMeta }
  /** `reason`: an event code of `data-map.ts`. */
  | { readonly kind: 'remove'; readonly map: number; readonly hash: number; readonly key: Uint8Array; readonly reason: number }
  /** All entries go, except those of `kept`: keys that are locked. */
  | { readonly kind: 'clear'; readonly map: number; readonly kept: readonly Uint8Array[] }
  | LockEffect
  /** Tokens of locks go on above this one. */
  | { readonly kind: 'token'; readonly map: number; readonly token: number }
  /** Of snapshots: see `ForkChanges`. */
  | {
      readonly kind: 'changed'
      readonly map: number
      readonly hash: number
      readonly key: Uint8Array
      readonly removedMs: number
    }

const PUT = 1
const META = 2
const REMOVE = 3
const CLEAR = 4
const LOCK = 5
const UNLOCK = 6
const TOKEN = 7
const CHANGED = 8

export function writeEffect(out: Writer, e: Effect): void {
  switch (e.kind) {
    case 'put':
      writeKey(out, PUT, e.map, e.hash, e.key)
      out.bool(e.existed)
      out.bytes(e.value)
      writeMeta(out, e.meta)
      return
    case 'meta':
      writeKey(out, META, e.map, e.hash, e.key)
      writeMeta(out, e.meta)
      return
    case 'remove':
      writeKey(out, REMOVE, e.map, e.hash, e.key)
      out.u8(e.reason)
      return
    case 'clear':
      out.u8(CLEAR)
      out.u32(e.map)
      out.u32(e.kept.length)
      for (const key of e.kept) out.bytes(key)
      return
    case 'lock':
      writeKey(out, LOCK, e.map, e.hash, e.key)
      writeLock(out, e.lock)
      return
    case 'unlock':
      writeKey(out, UNLOCK, e.map, e.hash, e.key)
      return
    case 'changed':
      writeKey(out, CHANGED, e.map, e.hash, e.key)
      out.f64(e.removedMs)
      return
    case 'token':
      out.u8(TOKEN)
      out.u32(e.map)
      out.f64(e.token)
  }
}

function writeKey(out: Writer, kind: number, map: number, hash: number, key: Uint8Array): void {
  out.u8(kind)
  out.u32(map)
  out.i32(hash)
  out.bytes(key)
}

/** Byte fields are views. */
export function readEffect(from: Reader): Effect {
  const kind = from.u8()
  const map = from.u32()
  if (kind === CLEAR) return { kind: 'clear', map, kept: readKeys(from) }
  if (kind === TOKEN) return { kind: 'token', map, token: from.f64() }
  const hash = from.i32()
  const key = from.bytes()
  switch (kind) {
    case PUT: {
      const existed = from.bool()
      return { kind: 'put', map, hash, key, existed, value: from.bytes(), meta: readMeta(from) }
    }
    case META:
      return { kind: 'meta', map, hash, key, meta: readMeta(from) }
    case REMOVE:
      return { kind: 'remove', map, hash, key, reason: from.u8() }
    case LOCK:
      return { kind: 'lock', map, hash, key, lock: readLock(from) }
    case UNLOCK:
      return { kind: 'unlock', map, hash, key }
    case CHANGED:
      return { kind: 'changed', map, hash, key, removedMs: from.f64() }
    default:
      throw new DecodeError(`effect kind ${kind} is not known`)
  }
}

const noKeys: readonly Uint8Array[] = []

function readKeys(from: Reader): readonly Uint8Array[] {
  let n = from.u32()
  if (n === 0) return noKeys
  const keys: Uint8Array[] = []
  for (; n > 0; n--) keys.push(from.bytes())
  return keys
}

function writeLock(out: Writer, lock: LockState): void {
  out.string(lock.endpoint)
  out.f64(lock.threadId)
  out.f64(lock.untilMs)
  out.u32(lock.count)
  out.f64(lock.token)
  out.f64(lock.referenceId)
}

function readLock(from: Reader): LockState {
  const endpoint = from.string()
  const [threadId, untilMs] = [from.f64(), from.f64()]
  return { endpoint, threadId, untilMs, count: from.u32(), token: from.f64(), referenceId: from.f64() }
}

const HAS_TIMES = 1
const HAS_EXPIRY = 2

/** Most entries have neither statistics nor an expiry: those cost five bytes here. */
export function writeMeta(out: Writer, m: RecordMeta): void {
  const times = m.creationMs !== 0 || m.lastUpdateMs !== 0 || m.lastAccessMs !== 0 || m.hits !== 0
  const expiry = m.ttlMs !== 0 || m.maxIdleMs !== 0
  out.u8((times ? HAS_TIMES : 0) | (expiry ? HAS_EXPIRY : 0))
  out.u32(m.version)
  if (times) {
    out.f64(m.creationMs)
    out.f64(m.lastUpdateMs)
    out.f64(m.lastAccessMs)
    out.u32(m.hits)
  }
  if (expiry) {
    out.f64(m.ttlMs)
    out.f64(m.maxIdleMs)
    out.f64(m.expiresAtMs)
  }
}

export function readMeta(from: Reader): RecordMeta {
  const has = from.u8()
  const version = from.u32()
  const times = (has & HAS_TIMES) !== 0
  const creationMs = times ? from.f64() : 0
  const lastUpdateMs = times ? from.f64() : 0
  const lastAccessMs = times ? from.f64() : 0
  const hits = times ? from.u32() : 0
  const expiry = (has & HAS_EXPIRY) !== 0
  const ttlMs = expiry ? from.f64() : 0
  const maxIdleMs = expiry ? from.f64() : 0
  const expiresAtMs = expiry ? from.f64() : Number.POSITIVE_INFINITY
  return { version, hits, creationMs, lastUpdateMs, lastAccessMs, ttlMs, maxIdleMs, expiresAtMs }
}

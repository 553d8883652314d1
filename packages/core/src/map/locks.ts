/**
 * The locks of one map in one group: what is committed, and beside it what the log's tail will change, as with entries.
 * A key that is locked needs no entry.
 *
 * Every lock has a token, larger than all that were given in this group and map before it: whoever guards something
 * outside of the cluster refuses what comes with a smaller one. Tokens also follow the owner's wall clock, so that they go
 * on rising when the whole cluster has been started anew and remembers nothing.
 */

import { murmur3 } from '../base/murmur3.js'
import type { HeldLock } from '../operation/group-data.js'
import type { Caller } from '../operation/request.js'
import { KeyTable } from '../storage/key-table.js'

export interface LockState extends HeldLock {
  /** How often the holder has locked it and not yet unlocked it. */
  readonly count: number
  readonly token: number
  /** Of the holder's last call that changed something; 0 = it gave none. */
  readonly referenceId: number
}

export type LockEffect =
  | { readonly kind: 'lock'; readonly map: number; readonly hash: number; readonly key: Uint8Array; readonly lock: LockState }
  | { readonly kind: 'unlock'; readonly map: number; readonly hash: number; readonly key: Uint8Array }

export const isHeldBy = (held: LockState, caller: Caller | undefined): boolean =>
  caller !== undefined && held.endpoint === caller.endpoint && held.threadId === caller.threadId

/** Equal where the lock is. */
export function lockDigest(key: Uint8Array, { endpoint, threadId, count, token, untilMs }: LockState): number {
  const holder = murmur3(new TextEncoder().encode(`${endpoint} ${threadId} ${count} ${token} ${untilMs}`))
  return Math.imul(murmur3(key) ^ holder, 0x9e3779b1)
}

interface Staged {
  readonly seq: number
  /** Null = unlocked. */
  readonly lock: LockState | null
}

export class LockTable {
  readonly #held = new KeyTable<LockState>()
  readonly #staged = new KeyTable<Staged>()
  /** The largest token of all that is committed. */
  #token = 0
  /** The same with the log's tail. */
  #tokenAhead = 0

  /** Committed locks, leases that are over included until their end is in the log. */
  get size(): number {
    return this.#held.size
  }

  /** True when nobody has to look any further. */
  get isEmpty(): boolean {
    return this.#held.size + this.#staged.size === 0
  }

  get token(): number {
    return this.#token
  }

  /** The latest state of a key, a lease that is over included. */
  find(key: Uint8Array, hash: number): LockState | null {
    const staged = this.#staged.get(key, hash)
    return staged !== undefined ? staged.lock : (this.#held.get(key, hash) ?? null)
  }

  /** The record of the tail that `find` rests on; 0 = committed state. */
  dependsOn(key: Uint8Array, hash: number): number {
    return this.#staged.get(key, hash)?.seq ?? 0
  }

  nextToken(wallMs: number): number {
    return Math.max(this.#tokenAhead + 1, this.#token + 1, Math.floor(wallMs))
  }

  stage(effect: LockEffect, seq: number): void {
    const lock = effect.kind === 'lock' ? effect.lock : null
    if (lock !== null) this.#tokenAhead = Math.max(this.#tokenAhead, lock.token)
    this.#staged.set(effect.key, effect.hash, { seq, lock })
  }

  unstage({ key, hash }: LockEffect, seq: number): void {
    if (this.#staged.get(key, hash)?.seq === seq) this.#staged.delete(key, hash)
  }

  unstageAll(): void {
    this.#staged.clear()
    this.#tokenAhead = 0
  }

  apply(effect: LockEffect): void {
    if (effect.kind === 'unlock') {
      this.#held.delete(effect.key, effect.hash)
      return
    }
    this.#held.set(effect.key.slice(), effect.hash, effect.lock)
    this.raiseToken(effect.lock.token)
  }

  raiseToken(token: number): void {
    this.#token = Math.max(this.#token, token)
  }

  /** Keys that are locked in the latest state, leases that are over left out. */
  lockedKeys(wallMs: number): Uint8Array[] {
    const keys: Uint8Array[] = []
    const take = (key: Uint8Array, lock: LockState | null): void => {
      if (lock !== null && lock.untilMs > wallMs) keys.push(key)
    }
    this.#held.each((key, hash, lock) => {
      if (this.#staged.get(key, hash) === undefined) take(key, lock)
    })
    this.#staged.each((key, _hash, { lock }) => take(key, lock))
    return keys
  }

  /** Committed locks that the tail does not change. */
  eachSettled(visit: (key: Uint8Array, hash: number, lock: LockState) => void): void {
    this.#held.each((key, hash, lock) => {
      if (this.#staged.get(key, hash) === undefined) visit(key, hash, lock)
    })
  }

  /** Committed locks in steps, for a snapshot; see `KeyTable.step`. */
  step(from: number, isFull: () => boolean, visit: (key: Uint8Array, hash: number, lock: LockState) => void): number | null {
    return this.#held.step(from, isFull, visit)
  }
}

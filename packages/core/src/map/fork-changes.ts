/**
 * The keys of one map in one group that have changed since its cluster was divided and this side went on alone: all that is sent
 * to the other side when they meet again. Of an entry that is there only the key is kept; of a removal its time as well.
 */

import { keyHash } from '../serialization/data.js'
import { KeyTable } from '../storage/key-table.js'
import type { RecordStore } from '../storage/record-store.js'
import { eventType } from './data-map.js'
import type { Effect } from './effects.js'

/** Beyond, every entry counts as changed, and further removals are not remembered. */
const keysMax = 10_000

const WRITTEN = 0

export class ForkChanges {
  /** Wall ms of the removal; WRITTEN = the key has an entry. */
  readonly #keys = new KeyTable<number>()
  #isFull = false

  /** More has changed than is remembered key by key. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Before the effect is applied to the store. */
  note(effect: Effect, store: RecordStore, wallMs: number): void {
    if (effect.kind === 'put' || effect.kind === 'meta') this.set(effect.key, effect.hash, WRITTEN)
    else if (effect.kind === 'clear') this.#noteClear(effect.kept, store, wallMs)
    else if (effect.kind === 'remove') {
      if (effect.reason === eventType.removed) this.set(effect.key, effect.hash, wallMs)
      // nobody asked for it: the other side decides by itself what is over, and what there is no room for
      else this.#keys.delete(effect.key, effect.hash)
    }
  }

  #noteClear(kept: readonly Uint8Array[], store: RecordStore, wallMs: number): void {
    const staying = new KeyTable<true>()
    for (const key of kept) staying.set(key, keyHash(key), true)
    for (let cursor = 0; cursor !== -1; ) {
      cursor = store.scan(cursor, 1024, ref => {
        const [key, hash] = [store.keyView(ref), store.hash(ref)]
        if (staying.get(key, hash) === undefined) this.set(key, hash, wallMs)
      })
    }
  }

  /** @param key copied, where it is kept. */
  set(key: Uint8Array, hash: number, removedMs: number): void {
    const isKnown = this.#keys.get(key, hash) !== undefined
    if (!isKnown && this.#keys.size >= keysMax) this.#isFull = true
    else this.#keys.set(isKnown ? key : key.slice(), hash, removedMs)
  }

  /** `removedMs`: 0 = the key was written. */
  each(visit: (key: Uint8Array, hash: number, removedMs: number) => void): void {
    this.#keys.each(visit)
  }
}

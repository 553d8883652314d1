/** What an operation has decided so far about single keys, so that it sees its own changes; nothing is indexed before it asks. */

import { equalBytes } from '../storage/bytes.js'
import type { Effect } from './effects.js'

type KeyChange = Extract<Effect, { kind: 'put' | 'remove' }>

export class OwnChanges {
  readonly #effects: readonly Effect[]
  /** The last change of each key, by hash. */
  readonly #byHash = new Map<number, KeyChange[]>()
  #indexed = 0

  constructor(effects: readonly Effect[]) {
    this.#effects = effects
  }

  of(key: Uint8Array, hash: number): KeyChange | undefined {
    return this.#upToDate()
      .get(hash)
      ?.find(change => equalBytes(change.key, key))
  }

  #upToDate(): ReadonlyMap<number, KeyChange[]> {
    while (this.#indexed < this.#effects.length) this.#index(this.#effects[this.#indexed++] as Effect)
    return this.#byHash
  }

  #index(effect: Effect): void {
    // the others stand alone in their operation
    if (effect.kind !== 'put' && effect.kind !== 'remove') return
    const others = this.#byHash.get(effect.hash)?.filter(change => !equalBytes(change.key, effect.key)) ?? []
    this.#byHash.set(effect.hash, [...others, effect])
  }

  /** Entries that the operation has put and that are still there, but for one. */
  *puts(except: Uint8Array): IterableIterator<Extract<Effect, { kind: 'put' }>> {
    for (const changes of this.#upToDate().values()) {
      for (const change of changes) if (change.kind === 'put' && !equalBytes(change.key, except)) yield change
    }
  }
}

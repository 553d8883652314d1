/**
 * Runs an entry processor on one entry. Nothing of what it does counts before it has returned: then its last word, a value
 * or a removal, becomes an effect of the operation it runs in.
 */

import type { EntryExpiry, ProcessedEntry } from '../api/processors.js'
import { CobnutError } from '../base/errors.js'
import { assertSynchronous, userCodeThrew } from '../base/user-call.js'
import { type Data, typeOf } from '../serialization/data.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import { typeId } from '../serialization/type-ids.js'
import { expiryOf } from './call-terms.js'
import type { Expiry } from './data-map.js'
import type { BoundProcessor } from './entry-processors.js'
import { lifeLeft } from './expiry.js'
import type { MapView } from './map-view.js'
import type { Found } from './shard.js'

/** What a processor wants of its entry. */
type Wish = { readonly data: Data; readonly expiry: Expiry & { readonly keep: boolean } } | 'removed' | null

const numberTypes: ReadonlyMap<number, ProcessedEntry['numberType']> = new Map(
  (['byte', 'short', 'int', 'long', 'float', 'double'] as const).map(name => [typeId[name], name]),
)

class EntryInHand implements ProcessedEntry {
  readonly #serialization: SerializationService
  readonly #key: Data
  readonly #found: Found | null
  #wish: Wish = null
  #isOver = false

  constructor(serialization: SerializationService, key: Data, found: Found | null) {
    this.#serialization = serialization
    this.#key = key
    this.#found = found
  }

  get key(): unknown {
    this.#assertOpen()
    return this.#serialization.toObject(this.#key)
  }

  /** A new object every time: what a processor does to it changes nothing until it is set. */
  get value(): unknown {
    return this.#serialization.toObject(this.#data)
  }

  get isPresent(): boolean {
    return this.#data !== null
  }

  get numberType(): ProcessedEntry['numberType'] {
    const data = this.#data
    return data === null ? null : (numberTypes.get(typeOf(data)) ?? null)
  }

  get expirationTime(): number {
    this.#assertOpen()
    return this.#found?.expiresAtMs ?? Number.POSITIVE_INFINITY
  }

  setValue(value: unknown, expiry: EntryExpiry = {}): void {
    this.#assertOpen()
    if (value === null || value === undefined) this.#wish = 'removed'
    else this.#wish = { data: this.#serialization.toData(value), expiry: { ...expiryOf(expiry), keep: expiry.keep ?? false } }
  }

  remove(): void {
    this.#assertOpen()
    this.#wish = 'removed'
  }

  /** Whoever has kept the entry gets at nothing any more: others work on it by now. */
  close(): void {
    this.#isOver = true
  }

  get wish(): Wish {
    return this.#wish
  }

  get #data(): Data | null {
    this.#assertOpen()
    if (this.#wish === null) return this.#found?.value ?? null
    return this.#wish === 'removed' ? null : this.#wish.data
  }

  #assertOpen(): void {
    if (this.#isOver) throw new CobnutError('ARGUMENT', 'an entry can be used only while its processor runs')
  }
}

/** @returns what the processor answered, serialized; null = nothing. @throws CobnutError USER_CODE, NOT_REGISTERED */
export function processEntry(view: MapView, key: Data, bound: BoundProcessor): Data | null {
  const { serialization } = view
  const found = view.find(key)
  const entry = new EntryInHand(serialization, key, found)
  let answer: Data | null
  try {
    answer = answerOf(bound.run(entry), serialization)
  } catch (cause) {
    throw userCodeThrew(`entry processor "${bound.name}"`, cause)
  } finally {
    entry.close()
  }
  grant(view, key, found, entry.wish)
  return answer
}

function answerOf(result: unknown, serialization: SerializationService): Data | null {
  if (result === null || result === undefined) return null
  assertSynchronous(result, 'a processor')
  return serialization.toData(result)
}

function grant(view: MapView, key: Data, found: Found | null, wish: Wish): void {
  if (wish === null) {
    if (found !== null) view.touch(key, found)
  } else if (wish === 'removed') {
    if (found !== null) view.remove(key, found)
  } else {
    const { keep, ttlMs, maxIdleMs } = wish.expiry
    const left = keep && found !== null ? lifeLeft(found.meta, view.wallMs) : { ttlMs, maxIdleMs }
    view.put(key, wish.data, found, left.ttlMs, left.maxIdleMs)
  }
}

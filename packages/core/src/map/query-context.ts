/** What queries need at an owner. Conditions come as bytes with every request, mostly the same ones many times over. */

import type { Condition } from '../api/query.js'
import { Opener } from '../query/opener.js'
import { compile, type Predicate } from '../query/predicate.js'
import { decodePredicate } from '../query/predicate-codec.js'
import { QueryEntry } from '../query/query-entry.js'
import type { SchemaSource } from '../serialization/compact-layout.js'
import type { Data } from '../serialization/data.js'
import type { SerializationService } from '../serialization/serialization-service.js'
import { equalBytes } from '../storage/bytes.js'
import type { Comparators } from './comparators.js'
import type { DataEntryEvent } from './data-map.js'
import { QueryCounts } from './query-stats.js'

/** A query comes once for each partition; several may be under way at once. */
const keptMax = 32

const everything: Condition = { is: 'true' }

export class QueryContext {
  readonly opener: Opener
  readonly comparators: Comparators
  readonly serialization: SerializationService
  readonly #counts = new Map<number, QueryCounts>()
  /** Latest last. */
  #kept: { readonly data: Data; readonly predicate: Predicate }[] = []

  constructor(schemas: SchemaSource, comparators: Comparators, serialization: SerializationService) {
    this.comparators = comparators
    this.serialization = serialization
    this.opener = new Opener(schemas)
  }

  counts(mapId: number): QueryCounts {
    let counts = this.#counts.get(mapId)
    if (counts === undefined) {
      counts = new QueryCounts()
      this.#counts.set(mapId, counts)
    }
    return counts
  }

  /** The map was destroyed. */
  forget(mapId: number): void {
    this.#counts.delete(mapId)
  }

  /** For listeners: of an event that has a new value that value counts, of others the old one. @throws CobnutError QUERY */
  eventFilter(where: Data): (event: DataEntryEvent) => boolean {
    const predicate = compile(decodePredicate(where), 'filter')
    return ({ key, value, oldValue }) => {
      const counts = value ?? oldValue
      return key !== null && counts !== null && predicate.test(new QueryEntry(key, counts, this.opener))
    }
  }

  /** Null = every entry. @throws CobnutError QUERY */
  predicate(data: Data | null): Predicate {
    if (data === null) return compile(everything)
    const kept = this.#kept.find(one => equalBytes(one.data, data))
    if (kept !== undefined) return kept.predicate
    const predicate = compile(decodePredicate(data))
    // the request is a view of what was received
    this.#kept = [...this.#kept.slice(1 - keptMax), { data: data.slice(), predicate }]
    return predicate
  }
}

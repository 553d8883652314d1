/** What queries and indexes of a map did at this member. A query counts once for each partition that is asked here. */

import type { QueryStats } from '../api/map.js'
import type { Found } from '../query/planner.js'

interface IndexUse {
  queries: number
  found: number
}

export class QueryCounts {
  #queries = 0
  #indexed = 0
  readonly #indexes = new Map<string, IndexUse>()

  /** Null: every entry was looked at. */
  note(found: Found | null): void {
    this.#queries++
    if (found === null) return
    this.#indexed++
    for (const { definition } of found.used) {
      let use = this.#indexes.get(definition.name)
      if (use === undefined) {
        use = { queries: 0, found: 0 }
        this.#indexes.set(definition.name, use)
      }
      use.queries++
      use.found += found.size
    }
  }

  read(names: readonly string[]): QueryStats {
    const indexes = names.map(name => ({ name, ...(this.#indexes.get(name) ?? { queries: 0, found: 0 }) }))
    return { queries: this.#queries, indexedQueries: this.#indexed, indexes }
  }
}

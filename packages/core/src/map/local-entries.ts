/** What this member holds of one map: as owner, and for others. Nothing here asks another member. */

import type { DeclaredMap } from '../control/cluster-state.js'
import type { Groups } from '../operation/groups.js'
import type { Data } from './data-map.js'
import { GroupMaps } from './group-maps.js'
import type { EntryCounts, EntryUse } from './map-stats.js'
import type { Shard } from './shard.js'

export class LocalEntries {
  readonly #groups: Groups
  readonly #declared: () => DeclaredMap | undefined

  /** @param declared undefined while nobody has used the map. */
  constructor(groups: Groups, declared: () => DeclaredMap | undefined) {
    this.#groups = groups
    this.#declared = declared
  }

  ownedKeys(): Data[] {
    const keys: Data[] = []
    this.#each((owned, { store }) => {
      if (!owned) return
      for (let cursor = 0; cursor !== -1; ) cursor = store.scan(cursor, 1024, ref => keys.push(store.key(ref)))
    })
    return keys
  }

  counts(): EntryCounts {
    let [ownedEntries, ownedBytes, backupEntries, backupBytes, lockedEntries] = [0, 0, 0, 0, 0]
    this.#each((owned, { store, locks }) => {
      if (owned) {
        lockedEntries += locks.size
        ownedEntries += store.size
        ownedBytes += store.bytes
      } else {
        backupEntries += store.size
        backupBytes += store.bytes
      }
    })
    return { ownedEntries, ownedBytes, backupEntries, backupBytes, lockedEntries }
  }

  use(): EntryUse {
    let [hits, lastAccessMs, lastUpdateMs] = [0, 0, 0]
    this.#each((owned, shard) => {
      if (!owned) return
      hits += shard.hits
      lastAccessMs = Math.max(lastAccessMs, shard.lastAccessMs)
      lastUpdateMs = Math.max(lastUpdateMs, shard.lastUpdateMs)
    })
    return { hits, lastAccessMs, lastUpdateMs }
  }

  #each(visit: (owned: boolean, shard: Shard) => void): void {
    const map = this.#declared()
    if (map === undefined) return
    for (const replica of this.#groups.all()) {
      const shard = replica.data instanceof GroupMaps ? replica.data.shard(map.id) : undefined
      if (shard !== undefined) visit(replica.role === 'primary', shard)
    }
  }
}

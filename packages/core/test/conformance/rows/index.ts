/** All rows. */

import type { Row } from '../row.js'
import { bulk } from './bulk.js'
import { expiry } from './expiry.js'
import { listeners } from './listeners.js'
import { locks } from './locks.js'
import { metadata } from './metadata.js'
import { nearCaches } from './near-caches.js'
import { nulls } from './nulls.js'
import { processors } from './processors.js'
import { proxies } from './proxies.js'
import { queries } from './queries.js'
import { reads } from './reads.js'
import { removals } from './removals.js'
import { types } from './types.js'
import { writes } from './writes.js'

const groups = {
  writes,
  removals,
  reads,
  bulk,
  expiry,
  metadata,
  types,
  nulls,
  listeners,
  proxies,
  processors,
  locks,
  queries,
  nearCaches,
}

export interface NamedRow {
  readonly row: Row
  /** Of the map that it is played on. */
  readonly map: string
  readonly title: string
}

export const rowsFor = (against: 'cobnut' | 'hazelcast'): NamedRow[] =>
  Object.entries(groups).flatMap(([group, rows]) =>
    rows.flatMap((row, i) =>
      against === 'hazelcast' && row.oursOnly !== undefined
        ? []
        : [{ row, map: `${row.of ?? 'plain'}-${group}-${i}`, title: `${group}: ${row.name}` }],
    ),
  )

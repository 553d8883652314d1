/** All rows, and what is played of them. */

import type { Part, Row } from '../row.js'
import { bulk } from './bulk.js'
import { expiry } from './expiry.js'
import { listeners } from './listeners.js'
import { locks } from './locks.js'
import { metadata } from './metadata.js'
import { nulls } from './nulls.js'
import { processors } from './processors.js'
import { proxies } from './proxies.js'
import { reads } from './reads.js'
import { removals } from './removals.js'
import { types } from './types.js'
import { writes } from './writes.js'

const groups = { writes, removals, reads, bulk, expiry, metadata, types, nulls, listeners, proxies, processors, locks }

/** Parts of the product that are not there yet: their rows are not played. Has to become empty. */
const pending: ReadonlySet<Part> = new Set(['queries', 'near caches'])

export interface NamedRow {
  readonly row: Row
  /** Of the map that it is played on. */
  readonly map: string
  readonly title: string
}

export function rowsFor(against: 'cobnut' | 'hazelcast'): NamedRow[] {
  const isPlayed = ({ needs, oursOnly }: Row): boolean =>
    against === 'hazelcast' ? oursOnly === undefined : needs === undefined || !pending.has(needs)
  return Object.entries(groups).flatMap(([group, rows]) =>
    rows.flatMap((row, i) =>
      isPlayed(row) ? [{ row, map: `${row.of ?? 'plain'}-${group}-${i}`, title: `${group}: ${row.name}` }] : [],
    ),
  )
}

/** The elements of <map>. Names, ranges and defaults are Hazelcast's. */

import { nonEmpty } from './forms.js'
import type { Broken, SectionValue } from './kinds.js'
import { bool, dict, formerly, int, intMax, list, opaque, optional, section, text, without, withText, word } from './kinds.js'
import { eviction, format, indexes, indexesRule, listeners, mapStore, nearCache, persistence, queryCaches } from './map-parts.js'
import { mergePolicy, needsEntryStats, simpleNameOf } from './merging.js'
import { inMemory, java, later } from './reasons.js'

const copiesMax = 6

export const mapElements = {
  'backup-count': int('synchronous backups of every entry; with `async-backup-count` at most 6', 0, copiesMax, 1),
  'async-backup-count': int('asynchronous backups of every entry; with `backup-count` at most 6', 0, copiesMax, 0),
  'read-backup-data': bool('a member that holds a backup answers `get` itself', false),
  'time-to-live-seconds': int('seconds an entry lives after its last write; 0 = for ever', 0, intMax, 0),
  'max-idle-seconds': int('seconds an entry lives without being read or written; 0 = for ever', 0, intMax, 0),
  'in-memory-format': format,
  'statistics-enabled': bool('calls and hits are counted', true),
  'per-entry-stats-enabled': bool('creation, update and access times and hits are kept for every entry', false),
  eviction,
  indexes,
  'merge-policy': mergePolicy,
  'near-cache': optional(without('members keep none yet; clients configure their own', nearCache)),
  'map-store': optional(without(later, mapStore)),
  'event-journal': optional(
    without(
      later,
      section('the last changes, to be read again', {
        enabled: bool('switches it on', false),
        capacity: int('changes in all partitions together', 1, intMax, 10_000),
        'time-to-live-seconds': int('seconds a change is kept; 0 = while there is room', 0, intMax, 0),
      }),
    ),
  ),
  'merkle-tree': optional(
    without(
      'copies are kept equal by their log',
      section('hashes for comparing copies', { enabled: bool('switches it on', true), depth: int('of the tree', 2, 27, 10) }),
    ),
  ),
  attributes: optional(
    without(java, {
      ...dict(
        'attributes that a class computes',
        'attribute',
        section('one attribute', { 'extractor-class-name': text('name of a Java class', '', nonEmpty) }),
      ),
      namedBy: '#text' as const,
    }),
  ),
  'entry-listeners': optional(without(java, listeners)),
  'partition-lost-listeners': optional(
    without(
      java,
      list('told when every copy of a partition is lost', 'partition-lost-listener', text('name of a Java class', '', nonEmpty)),
    ),
  ),
  'partition-strategy': optional(without(java, text('which part of a key decides about its partition', '', nonEmpty))),
  'partition-attributes': optional(
    without(
      later,
      list(
        'attributes of a key that decide about its partition',
        'attribute',
        withText('name', section('one attribute', { name: text('its name', '', nonEmpty) })),
      ),
    ),
  ),
  'query-caches': optional(without(later, queryCaches)),
  'metadata-policy': optional(
    without(later, word('when values are looked into', ['CREATE_ON_UPDATE', 'OFF'], 'CREATE_ON_UPDATE')),
  ),
  'cache-deserialized-values': optional(
    without(later, word('objects kept beside bytes', ['NEVER', 'INDEX-ONLY', 'ALWAYS'], 'INDEX-ONLY')),
  ),
  'split-brain-protection-ref': optional(text('name of a `split-brain-protection`', '', nonEmpty)),
  'wan-replication-ref': optional(without(later, opaque('copies in another cluster'))),
  'hot-restart': optional(without(inMemory, persistence)),
  'data-persistence': optional(without(inMemory, persistence)),
  'tiered-store': optional(without(inMemory, opaque('entries on disk when memory is full'))),
  'user-code-namespace': optional(without(java, text('where its classes are'))),
}

// a rule sees the whole element: either count may stand first
const backupsRule = (map: MapValue): Broken | null => {
  const [sync, async] = [map['backup-count'], map['async-backup-count']]
  if (sync + async <= copiesMax) return null
  const message = `backup-count ${sync} and async-backup-count ${async} make ${sync + async}`
  return { element: 'async-backup-count', message, allowed: `at most ${copiesMax} together` }
}

const statisticsRule = (map: MapValue): Broken | null => {
  const policy = simpleNameOf(map['merge-policy']['class-name'])
  if (!needsEntryStats(policy) || map['per-entry-stats-enabled']) return null
  const message = `${policy} compares statistics of entries, and none are kept`
  return { element: 'merge-policy', message, allowed: 'with per-entry-stats-enabled true' }
}

export const mapSection = formerly(
  { 'eviction-policy': 'eviction', 'max-size': 'eviction', 'quorum-ref': 'split-brain-protection-ref' },
  section('one map', mapElements, backupsRule, indexesRule, statisticsRule),
)

export type MapValue = SectionValue<typeof mapElements>

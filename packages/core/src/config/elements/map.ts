/** The elements of <map>. Names, ranges and defaults are Hazelcast's. */

import { nonEmpty } from './forms.js'
import type { SectionValue } from './kinds.js'
import { bool, dict, int, intMax, list, opaque, optional, section, text, without, withText, word } from './kinds.js'
import { inMemory, java, later } from './reasons.js'

const copiesMax = 6

const sizePolicies = [
  'PER_NODE',
  'PER_PARTITION',
  'USED_HEAP_SIZE',
  'USED_HEAP_PERCENTAGE',
  'FREE_HEAP_SIZE',
  'FREE_HEAP_PERCENTAGE',
  'USED_NATIVE_MEMORY_SIZE',
  'USED_NATIVE_MEMORY_PERCENTAGE',
  'FREE_NATIVE_MEMORY_SIZE',
  'FREE_NATIVE_MEMORY_PERCENTAGE',
] as const
const policies = ['NONE', 'LRU', 'LFU', 'RANDOM'] as const

const format = word('how values are kept; they are equal when their bytes are, with both', ['BINARY', 'OBJECT'], 'BINARY', {
  NATIVE: 'entries are outside of the garbage-collected heap with BINARY already',
})
const className = text('name of a Java class')
const properties = dict('passed to the class', 'property', text('any text'))

const orderRule = ({ 'comparator-class-name': own }: { 'comparator-class-name': string | undefined }, isGiven: IsGiven) =>
  own === undefined || !isGiven('eviction-policy')
    ? null
    : {
        element: 'comparator-class-name',
        message: 'the order is set twice, here and by eviction-policy',
        allowed: 'one of the two',
      }

type IsGiven = (element: string) => boolean

const percentRule = ({ size, 'max-size-policy': policy }: { size: number; 'max-size-policy': string }) =>
  policy.endsWith('PERCENTAGE') && size > 100
    ? { element: 'size', message: `"${size}" is no percentage`, allowed: 'a whole number from 0 to 100' }
    : null

const comparator = optional(without(java, text('an order of its own', '', nonEmpty)))

const eviction = section(
  'a limit on the size',
  {
    size: int('entries, MB or per cent; 0 = no limit', 0, intMax, 0),
    'max-size-policy': word('what `size` counts', sizePolicies, 'PER_NODE', {
      ENTRY_COUNT: 'it is for near caches; a map counts PER_NODE or PER_PARTITION',
    }),
    'eviction-policy': word('which entries go first', policies, 'NONE'),
    'comparator-class-name': comparator,
  },
  orderRule,
  percentRule,
)

const cacheEviction = section(
  'a limit on its size',
  {
    size: int('entries, MB or per cent', 0, intMax, 10_000),
    'max-size-policy': word('what `size` counts', ['ENTRY_COUNT', ...sizePolicies], 'ENTRY_COUNT'),
    'eviction-policy': word('which entries go first', policies, 'LRU'),
    'comparator-class-name': comparator,
  },
  orderRule,
  percentRule,
)

const nearCache = section('copies of entries at their readers', {
  name: text('of clients', 'default'),
  'in-memory-format': format,
  'serialize-keys': bool('keys are compared as bytes', false),
  'invalidate-on-change': bool('a written entry leaves it', true),
  'time-to-live-seconds': int('seconds until a copy is dropped; 0 = never', 0, intMax, 0),
  'max-idle-seconds': int('seconds without a read until a copy is dropped; 0 = never', 0, intMax, 0),
  'cache-local-entries': bool("copies of a member's own entries too", false),
  'local-update-policy': word('what a write does here', ['INVALIDATE', 'CACHE_ON_UPDATE'], 'INVALIDATE'),
  eviction: cacheEviction,
  preloader: section('keys are remembered over a restart', {
    enabled: bool('switches it on', false),
    directory: text('where'),
    'store-initial-delay-seconds': int('until the first time', 1, intMax, 600),
    'store-interval-seconds': int('between two times', 1, intMax, 600),
  }),
})

const mapStore = section(
  'a database behind the map',
  {
    enabled: bool('switches it on', true),
    'initial-mode': word('when keys are loaded', ['LAZY', 'EAGER'], 'LAZY'),
    offload: bool('not on the thread of the partition', true),
    'class-name': optional(text('the store', '', nonEmpty)),
    'factory-class-name': optional(text('what makes the store', '', nonEmpty)),
    'write-delay-seconds': int('0 = written before the call returns', 0, intMax, 0),
    'write-batch-size': int('entries written at once', 1, intMax, 1),
    'write-coalescing': bool('of several writes of a key only the last one is stored', true),
    properties,
  },
  ({ enabled, 'class-name': own, 'factory-class-name': factory }) => {
    const given = [own, factory].filter(name => name !== undefined).length
    if (given === 1 || (given === 0 && !enabled)) return null
    return { message: given === 0 ? 'it names no class' : 'it names two classes', allowed: 'class-name or factory-class-name' }
  },
)

const indexAttributesMax = 255

const indexes = list(
  'for queries',
  'index',
  section(
    'one index',
    {
      name: optional(text('made up when it is not given', '', nonEmpty)),
      type: word('what it can answer', ['SORTED', 'HASH', 'BITMAP'], 'SORTED'),
      attributes: list('what is indexed', 'attribute', text('name of an attribute', '', nonEmpty)),
      'bitmap-index-options': optional(
        section('of BITMAP', {
          'unique-key': text('attribute that tells entries apart', '__key'),
          'unique-key-transformation': word('what becomes of it', ['OBJECT', 'LONG', 'RAW'], 'OBJECT'),
        }),
      ),
      'btree-index': optional(opaque('of SORTED in native memory')),
    },
    ({ attributes, type }) => {
      const max = type === 'BITMAP' ? 1 : indexAttributesMax
      if (attributes.length >= 1 && attributes.length <= max) return null
      const message = `the index has ${attributes.length} attributes`
      return { element: 'attributes', message, allowed: max === 1 ? 'one, of a BITMAP index' : `1 to ${max}` }
    },
  ),
)

const listeners = list(
  'told of every change',
  'entry-listener',
  withText(
    'class-name',
    section('one listener', {
      'class-name': text('name of a Java class', '', nonEmpty),
      'include-value': bool('the event has the value', true),
      local: bool("of a member's own entries only", false),
    }),
  ),
)

const queryCaches = dict(
  'results of a query, kept up to date',
  'query-cache',
  section(
    'one cache',
    {
      predicate: optional(
        withText(
          'class-name',
          section('which entries', {
            type: word('what its text is', ['class-name', 'sql'], 'class-name'),
            'class-name': text('a class, or the text of the predicate'),
            sql: text('a condition'),
          }),
        ),
      ),
      'include-value': bool('values, or keys only', true),
      populate: bool('filled at the start', true),
      coalesce: bool('of several changes of a key only the last one is sent', false),
      'delay-seconds': int('until changes are sent', 0, intMax, 0),
      'batch-size': int('changes sent at once', 1, intMax, 1),
      'buffer-size': int('changes kept for each partition', 1, intMax, 16),
      'serialize-keys': bool('keys are kept as bytes', false),
      'in-memory-format': format,
      eviction: cacheEviction,
      'entry-listeners': listeners,
      indexes,
    },
    ({ predicate }) => (predicate === undefined ? { message: 'it has no predicate', allowed: 'predicate' } : null),
  ),
)

const persistence = section('entries on disk', {
  enabled: bool('switches it on', false),
  fsync: bool('before a call returns', false),
})

export const mapElements = {
  'backup-count': int('synchronous backups of every entry; with `async-backup-count` at most 6', 0, copiesMax, 1),
  'async-backup-count': int('asynchronous backups of every entry; with `backup-count` at most 6', 0, copiesMax, 0),
  'read-backup-data': bool('a member that holds a backup answers `get` itself', false),
  'time-to-live-seconds': int('seconds an entry lives after its last write; 0 = for ever', 0, intMax, 0),
  'max-idle-seconds': int('seconds an entry lives without being read or written; 0 = for ever', 0, intMax, 0),
  'in-memory-format': format,
  'statistics-enabled': bool('calls and hits are counted', true),
  'per-entry-stats-enabled': bool('creation, update and access times and hits are kept for every entry', false),
  eviction: without(later, eviction),
  indexes: without(later, indexes),
  'merge-policy': without(
    'there is nothing to merge: of a divided cluster only one side writes',
    withText(
      'class-name',
      section('what wins when two clusters become one', {
        'class-name': text('a class, or the simple name of a policy', 'PutIfAbsentMergePolicy', nonEmpty),
        'batch-size': int('entries merged at once', 1, intMax, 100),
      }),
    ),
  ),
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
    without(java, list('told when every copy of a partition is lost', 'partition-lost-listener', className)),
  ),
  'partition-strategy': optional(without(java, text('which part of a key decides about its partition', '', nonEmpty))),
  'partition-attributes': optional(
    without(later, list('attributes of a key that decide about its partition', 'attribute', text('its name', '', nonEmpty))),
  ),
  'query-caches': optional(without(later, queryCaches)),
  'metadata-policy': optional(
    without(later, word('when values are looked into', ['CREATE_ON_UPDATE', 'OFF'], 'CREATE_ON_UPDATE')),
  ),
  'cache-deserialized-values': optional(
    without(later, word('objects kept beside bytes', ['NEVER', 'INDEX-ONLY', 'ALWAYS'], 'INDEX-ONLY')),
  ),
  'split-brain-protection-ref': optional(without('writes have the majority they need anyway', text('name of a protection'))),
  'wan-replication-ref': optional(without(later, opaque('copies in another cluster'))),
  'hot-restart': optional(without(inMemory, persistence)),
  'data-persistence': optional(without(inMemory, persistence)),
  'tiered-store': optional(without(inMemory, opaque('entries on disk when memory is full'))),
  'user-code-namespace': optional(without(java, text('where its classes are'))),
}

// a rule sees the whole element: either count may stand first
export const mapSection = section('one map', mapElements, map => {
  const [sync, async] = [map['backup-count'], map['async-backup-count']]
  if (sync + async <= copiesMax) return null
  const message = `backup-count ${sync} and async-backup-count ${async} make ${sync + async}`
  return { element: 'async-backup-count', message, allowed: `at most ${copiesMax} together` }
})

export type MapValue = SectionValue<typeof mapElements>

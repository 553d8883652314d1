/** Sections of <map>, some of which stand in each other. */

import { evictionPolicies, indexesMax, inMemoryFormats, maxSizePolicies } from '../../api/config.js'
import { isPath, parsePath } from '../../base/attribute-path.js'
import { attributePath, nonEmpty } from './forms.js'
import { type Broken, bool, dict, int, intMax, list, opaque, optional, section, text, without, withText, word } from './kinds.js'
import { java } from './reasons.js'

export const format = word('how values are kept; they are equal when their bytes are, with both', inMemoryFormats, 'BINARY', {
  NATIVE: 'entries are outside of the garbage-collected heap with BINARY already',
})
const properties = dict('passed to the class', 'property', text('any text'))

const orderRule = (
  eviction: { 'comparator-class-name': string | undefined },
  isGiven: (name: string) => boolean,
): Broken | null => {
  const element = 'comparator-class-name'
  if (eviction[element] === undefined || !isGiven('eviction-policy')) return null
  return { element, message: 'the order is set twice, here and by eviction-policy', allowed: 'one of the two' }
}

const percentRule = (eviction: { size: number; 'max-size-policy': string }): Broken | null => {
  if (eviction.size <= 100 || !eviction['max-size-policy'].endsWith('PERCENTAGE')) return null
  return { element: 'size', message: `"${eviction.size}" is no percentage`, allowed: 'a whole number from 0 to 100' }
}

const comparator = optional(without(java, text('an order of its own', '', nonEmpty)))

export const eviction = section(
  'a limit on the size',
  {
    size: int('entries, MiB or per cent; 0 = no limit', 0, intMax, 0),
    'max-size-policy': word('what `size` counts', maxSizePolicies, 'PER_NODE', {
      ENTRY_COUNT: 'it is for near caches; a map counts PER_NODE or PER_PARTITION',
    }),
    'eviction-policy': word('which entries go first', evictionPolicies, 'NONE'),
    'comparator-class-name': comparator,
  },
  orderRule,
  percentRule,
)

const cacheEviction = section(
  'a limit on its size',
  {
    size: int('entries, MiB or per cent', 0, intMax, 10_000),
    'max-size-policy': word('what `size` counts', ['ENTRY_COUNT', ...maxSizePolicies], 'ENTRY_COUNT'),
    'eviction-policy': word('which entries go first', evictionPolicies, 'LRU'),
    'comparator-class-name': comparator,
  },
  orderRule,
  percentRule,
)

export const nearCache = section('copies of entries at their readers', {
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

export const mapStore = section(
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

/** Each has several ways to be written. */
const pathsOf = (attributes: readonly string[]): string[] => attributes.filter(isPath).map(attribute => parsePath(attribute).text)

interface Named {
  readonly name: string | undefined
  readonly type: string
  readonly attributes: readonly string[]
}

/** A cluster keeps one index of a name, and one without a name is named after its type and attributes. */
export const indexesRule = ({ indexes }: { indexes: readonly Named[] }): Broken | null => {
  const element = 'indexes'
  if (indexes.length > indexesMax) {
    return { element, message: `the map has ${indexes.length} indexes`, allowed: `at most ${indexesMax}` }
  }
  const names = indexes.map(({ name, type, attributes }) => name ?? [type.toLowerCase(), ...pathsOf(attributes)].join('_'))
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice === undefined) return null
  return { element, message: `the index "${twice}" comes twice`, allowed: 'a name of its own for each' }
}

export const indexes = list(
  'for queries',
  'index',
  section(
    'one index',
    {
      name: optional(text('made up when it is not given', '', nonEmpty)),
      type: word('what it can answer', ['SORTED', 'HASH', 'BITMAP'], 'SORTED'),
      attributes: list('what is indexed', 'attribute', text('name of an attribute, or a path', '', attributePath)),
      'bitmap-index-options': optional(
        section('of BITMAP', {
          'unique-key': text('attribute that tells entries apart', '__key'),
          'unique-key-transformation': word('what becomes of it', ['OBJECT', 'LONG', 'RAW'], 'OBJECT'),
        }),
      ),
      'btree-index': optional(opaque('of SORTED in native memory')),
    },
    ({ attributes }) => {
      const paths = pathsOf(attributes)
      const twice = paths.find((path, i) => paths.indexOf(path) < i)
      if (twice === undefined) return null
      return { element: 'attributes', message: `the attribute "${twice}" comes twice`, allowed: 'each attribute once' }
    },
    ({ attributes, type }) => {
      const max = type === 'BITMAP' ? 1 : indexAttributesMax
      if (attributes.length >= 1 && attributes.length <= max) return null
      const message = `the index has ${attributes.length} attributes`
      return { element: 'attributes', message, allowed: max === 1 ? 'one, of a BITMAP index' : `1 to ${max}` }
    },
  ),
)

export const listeners = list(
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

export const queryCaches = dict(
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

export const persistence = section('entries on disk', {
  enabled: bool('switches it on', false),
  fsync: bool('before a call returns', false),
})

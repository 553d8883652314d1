/** Entry processors that every member has, called by name as any client can: as JSON. */

import type { Row } from '../row.js'
import { sorted } from '../sorted.js'

const increment = (argument?: unknown) => ({ name: 'cobnut.increment', argument })
const compareAndSet = (expected: unknown, value: unknown) => ({ name: 'cobnut.compareAndSet', argument: { expected, value } })
const append = (argument: unknown) => ({ name: 'cobnut.append', argument })

const rows: readonly Row[] = [
  {
    name: 'increment of nothing',
    call: ({ map }) => map.executeOnKey('k', increment(5)),
    gives: 5,
    leaves: [['k', 5]],
    tells: ['added k: null -> 5'],
    view: { version: 0 },
  },
  {
    name: 'increment of a number',
    has: [['k', 40]],
    call: ({ map }) => map.executeOnKey('k', increment(2)),
    gives: 42,
    leaves: [['k', 42]],
    tells: ['updated k: 40 -> 42'],
    view: { version: 1 },
  },
  {
    name: 'a hundred increments at once are a hundred',
    call: async ({ map, others }) => {
      await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? map : others).executeOnKey('k', increment(1))))
    },
    leaves: [['k', 100]],
    tells: 'any',
  },
  {
    name: 'increment of a text throws, and changes nothing',
    has: [['k', 'text']],
    call: ({ map }) => map.executeOnKey('k', increment(1)),
    fails: 'HazelcastError',
  },
  {
    name: 'compareAndSet of the same',
    has: [['k', 'old']],
    call: ({ map }) => map.executeOnKey('k', compareAndSet('old', 'new')),
    gives: true,
    leaves: [['k', 'new']],
    tells: ['updated k: old -> new'],
  },
  {
    name: 'compareAndSet of another',
    has: [['k', 'old']],
    call: ({ map }) => map.executeOnKey('k', compareAndSet('other', 'new')),
    gives: false,
  },
  {
    name: 'compareAndSet to nothing removes',
    has: [['k', 'old']],
    call: ({ map }) => map.executeOnKey('k', compareAndSet('old', null)),
    gives: true,
    leaves: [],
    tells: ['removed k: old -> null'],
  },
  {
    name: 'append to a text',
    has: [['k', 'ab']],
    call: ({ map }) => map.executeOnKey('k', append('cd')),
    gives: 4,
    leaves: [['k', 'abcd']],
    tells: ['updated k: ab -> abcd'],
  },
  {
    name: 'executeOnKeys with some absent, and one twice',
    has: [['k', 1]],
    call: async ({ map }) => sorted(await map.executeOnKeys(['k', 'l', 'k'], increment(1))),
    gives: [
      ['k', 2],
      ['l', 1],
    ],
    leaves: [
      ['k', 2],
      ['l', 1],
    ],
    tells: ['updated k: 1 -> 2', 'added l: null -> 1'],
  },
  { name: 'executeOnKeys of nothing', has: [['k', 1]], call: ({ map }) => map.executeOnKeys([], increment(1)), gives: [] },
  {
    name: 'executeOnEntries',
    has: [
      ['k', 1],
      ['l', 2],
    ],
    call: async ({ map }) => sorted(await map.executeOnEntries(increment(10))),
    gives: [
      ['k', 11],
      ['l', 12],
    ],
    leaves: [
      ['k', 11],
      ['l', 12],
    ],
    tells: ['updated k: 1 -> 11', 'updated l: 2 -> 12'],
  },
  { name: 'executeOnEntries of nothing', call: ({ map }) => map.executeOnEntries(increment(1)), gives: [] },
  {
    name: 'a processor that no member has',
    has: [['k', 1]],
    call: ({ map }) => map.executeOnKey('k', { name: 'nobody.knows' }),
    fails: 'HazelcastSerializationError',
  },
  {
    name: 'a text is no processor',
    has: [['k', 1]],
    call: ({ map }) => map.executeOnKey('k', 'cobnut.increment'),
    fails: 'HazelcastSerializationError',
  },
]

export const processors: readonly Row[] = rows.map(row => ({ ...row, oursOnly: 'entry processors' }))

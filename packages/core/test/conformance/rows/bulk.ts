/** Calls that write many entries. */

import type { Entries, Row } from '../row.js'

const pairs: [unknown, unknown][] = [
  ['k', 'new'],
  ['l', 'too'],
]
const thousand = Array.from({ length: 1_000 }, (_, i): [unknown, unknown] => [`key-${i}`, `value-${i}`])
const there: Entries = [['k', 'old']]

export const bulk: readonly Row[] = (['putAll', 'setAll'] as const).flatMap((method): Row[] => [
  { name: `${method} of nothing`, has: there, call: ({ map }) => map[method]([]) },
  {
    name: `${method} over nothing`,
    call: ({ map }) => map[method](pairs),
    leaves: pairs,
    tells: ['added k: null -> new', 'added l: null -> too'],
  },
  {
    name: `${method} over a value`,
    has: there,
    call: ({ map }) => map[method](pairs),
    leaves: pairs,
    tells: ['updated k: old -> new', 'added l: null -> too'],
    ...(method === 'setAll'
      ? { inHazelcast: { tells: ['added k: null -> new', 'added l: null -> too'], because: 'events' } }
      : {}),
  },
  {
    name: `${method} with a key twice: the last one counts`,
    call: ({ map }) =>
      map[method]([
        ['k', 1],
        ['k', 2],
      ]),
    leaves: [['k', 2]],
    tells: ['added k: null -> 1', 'updated k: 1 -> 2'],
    ...(method === 'setAll' ? { inHazelcast: { tells: ['added k: null -> 1', 'added k: null -> 2'], because: 'events' } } : {}),
  },
  {
    name: `${method} of a thousand`,
    call: ({ map }) => map[method](thousand),
    leaves: thousand,
    tells: thousand.map(([k, v]) => `added ${k}: null -> ${v}`),
  },
])

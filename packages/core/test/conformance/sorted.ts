/** For what comes in no order of its own. */

import { inspect } from 'node:util'

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const sorted = <T>(items: Iterable<T>): T[] => [...items].sort((a, b) => compare(inspect(a), inspect(b)))

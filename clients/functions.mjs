// What the programs for other clients call on the members: `cobnut dev 3 --code clients/functions.mjs`.

import { Typed } from 'cobnut'

/** Clients send their fields in this order; an object of factory 10 and class 1. */
export const entryProcessors = {
  add: {
    factoryId: 10,
    classId: 1,
    readArgument: input => input.int32(),
    process: (entry, by) => {
      const sum = new Typed(entry.numberType ?? 'int', (entry.value ?? 0) + by)
      entry.setValue(sum, { keep: true })
      return sum
    },
  },
}

export const comparators = {
  byRemainder: {
    factoryId: 10,
    classId: 2,
    readArgument: input => input.int32(),
    compare: (a, b, divisor) => (a.value % divisor) - (b.value % divisor),
  },
}

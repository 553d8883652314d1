/** Functions and objects of an application, as every member of the tests' clusters registers them at its start. */

import type { InterceptorTable, MapInterceptor } from '../../src/api/interceptors.js'
import type { EntryProcessorTable, ProcessedEntry } from '../../src/api/processors.js'

/** Ids under which clients send `LockedIncrement`. */
export const factoryId = 77
export const classId = 3

export const entryProcessors: EntryProcessorTable = {
  /** Answers the new value; counts each caller's calls, so that a call that happened twice is seen. */
  note: {
    factoryId,
    classId,
    readArgument: input => input.string() ?? '',
    process(entry: ProcessedEntry<string, string[]>, item: string) {
      const items = [...(entry.value ?? []), item]
      entry.setValue(items)
      return items.length
    },
  },
  throws(): never {
    throw new RangeError('not today')
  },
  upper(entry: ProcessedEntry<string, string>) {
    entry.setValue(entry.value?.toUpperCase() ?? null)
    return entry.value
  },
}

const polite: MapInterceptor<string> = {
  interceptPut(_, value) {
    if (value === 'rude') throw new RangeError('be polite')
    return `${value}, please`
  },
  interceptGet: value => (value === null ? 'sorry' : undefined),
}

export const interceptors: InterceptorTable = { polite }

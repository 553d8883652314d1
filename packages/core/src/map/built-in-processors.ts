/**
 * Entry processors that every member knows. What they are given wrong they refuse by throwing, which changes nothing.
 *
 *   cobnut.increment       5, or {by, ttlMs, maxIdleMs, renew, type}     answers the new number
 *   cobnut.compareAndSet   {expected, value, ttlMs, maxIdleMs}           answers true if it was set
 *   cobnut.append          an item, or text to text                      answers the new length
 */

import type { EntryExpiry, EntryProcessor, ProcessedEntry } from '../api/processors.js'
import { Typed } from '../serialization/values.js'
import { writeValue } from '../serialization/write-value.js'

interface Lifetimes {
  readonly ttlMs?: number
  readonly maxIdleMs?: number
}

interface Increment extends Lifetimes {
  /** Default 1. */
  readonly by?: number | bigint
  /** Each call gives the entry its life again; else it is the first one's, as for a count in a window of time. */
  readonly renew?: boolean
  /** How a new entry is stored; one that is there keeps its width. Default: as `by` is. */
  readonly type?: NonNullable<ProcessedEntry['numberType']>
}

interface CompareAndSet extends Lifetimes {
  /** Null or left out: the entry has to be absent. */
  readonly expected?: unknown
  /** Null or left out: the entry is removed. */
  readonly value?: unknown
}

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint'

const lifetimes = ({ ttlMs = -1, maxIdleMs = -1 }: Lifetimes): EntryExpiry => ({ ttlMs, maxIdleMs })

const increment: EntryProcessor<unknown, unknown, number | bigint | Increment | null, number | bigint | Typed> = (
  entry,
  argument,
) => {
  const options: Increment = isNumber(argument) ? { by: argument } : (argument ?? {})
  const { by = 1, renew = false } = options
  const held = entry.value ?? (typeof by === 'bigint' ? 0n : 0)
  if (!isNumber(held)) throw new TypeError('the value is no number')
  if (!isNumber(by)) throw new TypeError('"by" is no number')
  const sum = sumOf(held, by)
  const type = entry.isPresent ? entry.numberType : options.type
  const stored = type === null || type === undefined ? sum : new Typed(type, sum)
  entry.setValue(stored, { ...lifetimes(options), keep: !renew })
  return stored
}

function sumOf(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  // a fraction has no place in a number of 64 bits: BigInt refuses it
  return BigInt(a) + BigInt(b)
}

const compareAndSet: EntryProcessor<unknown, unknown, CompareAndSet | null, boolean> = (entry, argument) => {
  const { expected = null, value = null, ...life } = argument ?? {}
  if (!isSame(entry.value, expected)) return false
  entry.setValue(value, lifetimes(life))
  return true
}

/** As stored; numbers by what they count, because a client's JSON cannot say how wide they are. */
function isSame(held: unknown, expected: unknown): boolean {
  if (held === null || expected === null) return held === expected
  // biome-ignore lint/suspicious/noDoubleEquals: 5 and 5n are the same number
  if (isNumber(held) && isNumber(expected)) return held == expected
  const [a, b] = [writeValue(held), writeValue(expected)]
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

const append: EntryProcessor<unknown, unknown, unknown, number> = (entry, item) => {
  const held = entry.value
  const isText = typeof item === 'string' && (held === null || typeof held === 'string')
  if (!isText && held !== null && !Array.isArray(held)) throw new TypeError('the value is no list, and no text to add text to')
  const grown = isText ? `${held ?? ''}${item}` : [...((held as unknown[] | null) ?? []), item]
  entry.setValue(grown, { keep: true })
  return grown.length
}

export const builtInProcessors: Readonly<Record<string, EntryProcessor>> = {
  'cobnut.increment': increment,
  'cobnut.compareAndSet': compareAndSet,
  'cobnut.append': append,
}

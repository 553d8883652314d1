/**
 * What is computed over many entries, in two steps: each partition makes a partial answer of its entries, and whoever
 * asked puts those together. Entries whose attribute is null count and are distinct, but have no part in sums, averages,
 * maxima and minima.
 */

import type { Aggregation } from '../api/query.js'
import { CobnutError } from '../base/errors.js'
import type { Data } from '../serialization/data.js'
import { BigDecimal, Typed } from '../serialization/values.js'
import { writeValue } from '../serialization/write-value.js'
import { bytesText, type Comparable, comparableOf, compareComparables } from './comparable.js'
import { entryData, identifiedData, writeNestedData } from './identified.js'
import { addDecimals, averageOf, numberIn, toDecimal, toDouble, toWhole, truncated } from './numbers.js'
import type { Opener } from './opener.js'
import { Many, parsePath } from './path.js'
import { attributeData, QueryEntry } from './query-entry.js'

/** Travels from a partition to whoever asked. */
export type Partial = readonly (Data | number)[]

export interface Aggregate {
  add(entry: QueryEntry): void
  partial(): Partial
  merge(partial: Partial): void
  /** As a client gets it; null = there is none. */
  result(): Data | null
}

/** @throws CobnutError QUERY */
export function aggregate({ compute, attribute }: Aggregation, opener: Opener): Aggregate {
  const path = parsePath(attribute ?? 'this')
  const each = (visit: (value: unknown, entry: QueryEntry) => void) => (entry: QueryEntry) => {
    const value = entry.attribute(path)
    for (const one of value instanceof Many ? value.items : [value]) visit(one, entry)
  }
  switch (compute) {
    case 'count':
      return new Count(each)
    case 'distinct':
      return new Distinct(each)
    case 'max':
    case 'min':
      return new Extreme(each, compute === 'max' ? 1 : -1, opener, (_, value) => value)
    case 'maxBy':
    case 'minBy':
      return new Extreme(each, compute === 'maxBy' ? 1 : -1, opener, ({ key, value }) => entryData(key, value))
    case 'doubleSum':
    case 'floatingPointSum':
      return new DoubleSum(each, sum => sum)
    case 'doubleAvg':
    case 'numberAvg':
      return new DoubleSum(each, (sum, count) => (count === 0 ? null : sum / count))
    case 'integerSum':
    case 'longSum':
      return new WholeSum(each, toWhole, long)
    case 'fixedPointSum':
      return new WholeSum(each, truncated, long)
    case 'integerAvg':
    case 'longAvg':
      return new WholeSum(each, toWhole, (sum, count) => (count === 0 ? null : Number(sum) / count))
    case 'bigIntegerSum':
      return new WholeSum(each, toWhole, sum => sum)
    case 'bigIntegerAvg':
      return new WholeSum(each, toWhole, (sum, count) => (count === 0 ? null : averageOf(new BigDecimal(sum, 0), count)))
    case 'bigDecimalSum':
      return new DecimalSum(each, sum => sum)
    case 'bigDecimalAvg':
      return new DecimalSum(each, (sum, count) => (count === 0 ? null : averageOf(sum, count)))
    default:
      throw new CobnutError('QUERY', `there is no aggregation ${String(compute)}`)
  }
}

type Each = (visit: (value: unknown, entry: QueryEntry) => void) => (entry: QueryEntry) => void
type Finish<S> = (sum: S, count: number) => unknown

function long(sum: bigint): Typed {
  if (BigInt.asIntN(64, sum) !== sum) throw new CobnutError('QUERY', `the sum ${sum} does not fit into 64 bits`)
  return new Typed('long', sum)
}

const dataOrNull = (value: unknown): Data | null => (value === null ? null : writeValue(value))

class Count implements Aggregate {
  readonly add: (entry: QueryEntry) => void
  #count = 0

  constructor(each: Each) {
    this.add = each(() => {
      this.#count++
    })
  }

  partial(): Partial {
    return [this.#count]
  }

  merge([count]: Partial): void {
    this.#count += count as number
  }

  result(): Data {
    return writeValue(new Typed('long', this.#count))
  }
}

const CANONICAL_SET = { factory: -29, kind: 19 }

class Distinct implements Aggregate {
  readonly add: (entry: QueryEntry) => void
  readonly #values = new Map<string, Data>()

  constructor(each: Each) {
    this.add = each(value => this.#note(attributeData(value)))
  }

  #note(data: Data): void {
    this.#values.set(bytesText(data), data)
  }

  partial(): Partial {
    return [...this.#values.values()]
  }

  merge(partial: Partial): void {
    for (const data of partial) this.#note(data as Data)
  }

  result(): Data {
    return identifiedData(CANONICAL_SET.factory, CANONICAL_SET.kind, out => {
      out.int32(this.#values.size)
      for (const data of this.#values.values()) writeNestedData(out, data)
    })
  }
}

interface Best {
  readonly at: Comparable
  readonly value: Data
  readonly answer: Data
}

/** The first one found of several that are equal. */
class Extreme implements Aggregate {
  readonly add: (entry: QueryEntry) => void
  readonly #sign: number
  readonly #opener: Opener
  #best: Best | null = null

  constructor(each: Each, sign: number, opener: Opener, answer: (entry: QueryEntry, value: Data) => Data) {
    this.#sign = sign
    this.#opener = opener
    this.add = each((value, entry) => {
      const at = comparableOf(value)
      if (!this.#isBetter(at)) return
      const data = attributeData(value)
      this.#best = { at, value: data, answer: answer(entry, data) }
    })
  }

  #isBetter(at: Comparable | null): at is Comparable {
    return at !== null && (this.#best === null || compareComparables(at, this.#best.at) * this.#sign > 0)
  }

  partial(): Partial {
    return this.#best === null ? [] : [this.#best.value, this.#best.answer]
  }

  merge([value, answer]: Partial): void {
    if (value === undefined) return
    const at = comparableOf(new QueryEntry(value as Data, value as Data, this.#opener).attribute(parsePath('this')))
    if (this.#isBetter(at)) this.#best = { at, value: value as Data, answer: answer as Data }
  }

  result(): Data | null {
    return this.#best?.answer ?? null
  }
}

class DoubleSum implements Aggregate {
  readonly add: (entry: QueryEntry) => void
  readonly #finish: Finish<number>
  #sum = 0
  #count = 0

  constructor(each: Each, finish: Finish<number>) {
    this.#finish = finish
    this.add = each(value => {
      const n = numberIn(value)
      if (n !== null) this.merge([1, toDouble(n)])
    })
  }

  partial(): Partial {
    return [this.#count, this.#sum]
  }

  merge([count, sum]: Partial): void {
    this.#count += count as number
    this.#sum += sum as number
  }

  result(): Data | null {
    return dataOrNull(this.#finish(this.#sum, this.#count))
  }
}

class WholeSum implements Aggregate {
  readonly add: (entry: QueryEntry) => void
  readonly #finish: Finish<bigint>
  #sum = 0n
  #count = 0

  constructor(each: Each, take: typeof toWhole, finish: Finish<bigint>) {
    this.#finish = finish
    this.add = each(value => {
      const n = numberIn(value)
      if (n === null) return
      this.#count++
      this.#sum += take(n)
    })
  }

  /** The sum as decimal digits. */
  partial(): Partial {
    return [this.#count, digitBytes(this.#sum)]
  }

  merge([count, sum]: Partial): void {
    this.#count += count as number
    this.#sum += BigInt(bytesText(sum as Data))
  }

  result(): Data | null {
    return dataOrNull(this.#finish(this.#sum, this.#count))
  }
}

class DecimalSum implements Aggregate {
  readonly add: (entry: QueryEntry) => void
  readonly #finish: Finish<BigDecimal>
  #sum = new BigDecimal(0n, 0)
  #count = 0

  constructor(each: Each, finish: Finish<BigDecimal>) {
    this.#finish = finish
    this.add = each(value => {
      const n = numberIn(value)
      if (n === null) return
      this.#count++
      this.#sum = addDecimals(this.#sum, toDecimal(n))
    })
  }

  partial(): Partial {
    return [this.#count, digitBytes(this.#sum.unscaled), this.#sum.scale]
  }

  merge([count, unscaled, scale]: Partial): void {
    this.#count += count as number
    this.#sum = addDecimals(this.#sum, new BigDecimal(BigInt(bytesText(unscaled as Data)), scale as number))
  }

  result(): Data | null {
    return dataOrNull(this.#finish(this.#sum, this.#count))
  }
}

const digitBytes = (n: bigint): Uint8Array => Uint8Array.from(n.toString(), c => c.charCodeAt(0))

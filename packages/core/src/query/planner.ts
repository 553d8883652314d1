/**
 * Finds entries by indexes. What it finds is at least all that meets the condition; whoever asks tests each of them, so
 * that an answer is the same with an index as without.
 */

import type { AttributeIndex, Bucket, IndexedEntry, Value } from './attribute-index.js'
import { BitSet } from './bit-set.js'
import type { Plan } from './predicate.js'

export interface IndexSource {
  readonly indexes: readonly AttributeIndex[]
  /** Entries that are not in the indexes, because an attribute of theirs cannot be read or has many values. */
  readonly loose: ReadonlySet<IndexedEntry>
  readonly all: BitSet
  readonly size: number
  byOrdinal(ordinal: number): IndexedEntry
}

export interface Found {
  readonly entries: Iterable<IndexedEntry>
  readonly size: number
  readonly used: readonly AttributeIndex[]
}

type Of<I extends Plan['is']> = Extract<Plan, { is: I }>

/** Null: looking at every entry is no worse. */
export function candidates(plan: Plan, source: IndexSource): Found | null {
  const found = new Planner(source).find(plan)
  if (found === null || found.size * 2 > source.size + 2) return null
  return { ...found, entries: source.loose.size === 0 ? found.entries : new Set([...source.loose, ...found.entries]) }
}

const nothing: Found = { entries: [], size: 0, used: [] }

class Planner {
  readonly #source: IndexSource

  constructor(source: IndexSource) {
    this.#source = source
  }

  find(plan: Plan): Found | null {
    switch (plan.is) {
      case 'nothing':
        return nothing
      case 'unknown':
        return null
      case 'oneOf':
        return this.#equal([plan])
      case 'range':
        return this.#sorted(plan.path.text, index => index.range(plan.from, plan.to))
      case 'prefix':
        return this.#sorted(plan.path.text, index => index.startingWith(plan.prefix))
      case 'not':
        return this.#byBits(plan)
      case 'and':
        return this.#smallest([
          ...mergedRanges(plan.of).map(one => this.find(one)),
          this.#equal(plan.of.filter(isOneOf)),
          this.#byBits(plan),
        ])
      case 'or': {
        const parts = plan.of.map(one => this.find(one))
        return parts.includes(null) ? this.#byBits(plan) : union(parts as Found[])
      }
    }
  }

  #smallest(found: readonly (Found | null)[]): Found | null {
    return found.reduce((a, b) => (a === null || (b !== null && b.size < a.size) ? b : a), null)
  }

  /** By the index that has most of the attributes, all of which have to be given. */
  #equal(given: readonly Of<'oneOf'>[]): Found | null {
    const values = new Map(given.map(({ path, values: some }) => [path.text, some]))
    const fitting = this.#source.indexes.filter(({ paths }) => paths.every(path => values.has(path.text)))
    const sizes = fitting.map(index => {
      const buckets = index.equal(index.paths.map(path => values.get(path.text) as readonly Value[]))
      return buckets === null ? null : inBuckets(index, buckets)
    })
    return this.#smallest(sizes)
  }

  #sorted(attribute: string, lookUp: (index: AttributeIndex) => Iterable<Bucket>): Found | null {
    const fitting = this.#source.indexes.filter(i => i.definition.type === 'SORTED' && i.paths[0]?.text === attribute)
    return this.#smallest(fitting.map(index => inBuckets(index, lookUp(index), this.#source.size / 2)))
  }

  // --- bitmaps

  #byBits(plan: Plan): Found | null {
    const used = new Set<AttributeIndex>()
    const bits = this.#bits(plan, true, used)
    if (used.size === 0) return null
    const { byOrdinal } = this.#source
    const entries = { [Symbol.iterator]: () => mapped(bits, ordinal => byOrdinal.call(this.#source, ordinal)) }
    return { entries, size: bits.size, used: [...used] }
  }

  /**
   * At least the entries that meet the condition (`upper`), or at most: the one is the rest of the other for what is negated.
   */
  #bits(plan: Plan, upper: boolean, used: Set<AttributeIndex>): BitSet {
    const { all } = this.#source
    switch (plan.is) {
      case 'nothing':
        return new BitSet()
      case 'oneOf': {
        const index = this.#source.indexes.find(i => i.definition.type === 'BITMAP' && i.paths[0]?.text === plan.path.text)
        if (index === undefined) return upper ? all : new BitSet()
        const buckets = index.equal([plan.values])
        if (buckets === null) return upper ? all : new BitSet()
        used.add(index)
        return buckets.reduce((bits, bucket) => bits.or(bucket.bits as BitSet), new BitSet())
      }
      case 'not': {
        const of = this.#bits(plan.of, !upper, used)
        return all.without(of)
      }
      case 'and':
      case 'or': {
        let bits: BitSet | null = null
        for (const one of plan.of) {
          const of = this.#bits(one, upper, used)
          bits = bits === null ? of : plan.is === 'and' ? bits.and(of) : bits.or(of)
        }
        return bits ?? (plan.is === 'and' ? all : new BitSet())
      }
      default:
        // nothing is known of it: at most all, and at least none
        return upper ? all : new BitSet()
    }
  }
}

/** What is above one value and below another of the same attribute is between the two, unless there are many of them. */
function mergedRanges(plans: readonly Plan[]): Plan[] {
  const ranges = new Map<string, Of<'range'>>()
  const others: Plan[] = []
  for (const plan of plans) {
    if (plan.is !== 'range' || plan.path.steps.includes(null)) {
      others.push(plan)
      continue
    }
    const other = ranges.get(plan.path.text) ?? plan
    ranges.set(plan.path.text, { ...plan, from: other.from ?? plan.from, to: other.to ?? plan.to })
  }
  return [...ranges.values(), ...others]
}

const isOneOf = (plan: Plan): plan is Of<'oneOf'> => plan.is === 'oneOf'

/** Null: more than `max` of them. */
function inBuckets(index: AttributeIndex, buckets: Iterable<Bucket>, max = Number.POSITIVE_INFINITY): Found | null {
  const found: Bucket[] = []
  let size = 0
  for (const bucket of buckets) {
    found.push(bucket)
    size += bucket.entries.size
    if (size > max) return null
  }
  const [only] = found
  if (only === undefined) return { ...nothing, used: [index] }
  const entries = found.length === 1 ? only.entries : new Set(found.flatMap(bucket => [...bucket.entries]))
  return { entries, size, used: [index] }
}

function union(parts: readonly Found[]): Found {
  const entries = new Set(parts.flatMap(({ entries: some }) => [...some]))
  return { entries, size: entries.size, used: [...new Set(parts.flatMap(({ used }) => used))] }
}

function* mapped<A, B>(items: Iterable<A>, to: (item: A) => B): Generator<B> {
  for (const item of items) yield to(item)
}

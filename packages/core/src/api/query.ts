/** Conditions on entries, and what is computed over those that meet them, as an application writes them down. */

import type { IndexType } from './config.js'

/**
 * A condition. `Predicates` makes them, a text in SQL form is one too. They are plain values: they can be kept, compared
 * and built from parts.
 *
 * An attribute is a path: `name`, `address.street`, `items[0].price`, `tags[any]`, `__key`, `__key.id`, or `this` for the
 * whole value. What is not there is null. A given value is turned into the type of the attribute before they are compared:
 * `'30'` meets the number 30.
 */
export type Condition =
  | { readonly is: 'true' | 'false' }
  | { readonly is: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly is: 'not'; readonly of: Condition }
  | { readonly is: 'equal' | 'notEqual' | Comparison; readonly attribute: string; readonly value: unknown }
  /** Both ends are inside. */
  | { readonly is: 'between'; readonly attribute: string; readonly from: unknown; readonly to: unknown }
  | { readonly is: 'in'; readonly attribute: string; readonly values: readonly unknown[] }
  /** `%` stands for any text, `_` for any one character, `\` before one of them for itself. `ilike` ignores case. */
  | { readonly is: 'like' | 'ilike'; readonly attribute: string; readonly pattern: string }
  /** The whole text has to match. */
  | { readonly is: 'regex'; readonly attribute: string; readonly pattern: string }
  /** The Java class of the value, as clients name it: `java.lang.String`. */
  | { readonly is: 'instanceOf'; readonly className: string }
  | { readonly is: 'sql'; readonly text: string }
  /** Only the partition that this key is in is asked. Not inside other conditions. */
  | { readonly is: 'partition'; readonly key: unknown; readonly of: Condition }

export type Comparison = 'greater' | 'greaterEqual' | 'less' | 'lessEqual'

/** A condition, or its text: `age > 30 AND name LIKE 'A%'`. */
export type Where = Condition | string

export type AggregationName =
  | 'count'
  | 'distinct'
  | 'bigDecimalAvg'
  | 'bigDecimalSum'
  | 'bigIntegerAvg'
  | 'bigIntegerSum'
  | 'doubleAvg'
  | 'doubleSum'
  | 'fixedPointSum'
  | 'floatingPointSum'
  | 'integerAvg'
  | 'integerSum'
  | 'longAvg'
  | 'longSum'
  | 'max'
  | 'maxBy'
  | 'min'
  | 'minBy'
  | 'numberAvg'

/** What is computed over the values of an attribute; of the whole value when it is null. `Aggregations` makes them. */
export interface Aggregation {
  readonly compute: AggregationName
  readonly attribute: string | null
}

/** What of each entry is given back: nothing but these attributes. One attribute gives its value, several a list. */
export type Projection = readonly string[]

export interface IndexConfig {
  /** Default: made of the map, the type and the attributes. */
  readonly name?: string
  /** SORTED answers equality and ranges, HASH and BITMAP equality only. Default SORTED. */
  readonly type?: IndexType
  /** 1 to 255; of a BITMAP index one. */
  readonly attributes: readonly string[]
  /** Of BITMAP: kept with the index; entries are told apart by their keys. Default `__key`. */
  readonly uniqueKey?: string
  readonly uniqueKeyTransformation?: 'OBJECT' | 'LONG' | 'RAW'
}

/** An index as the cluster has recorded it. */
export type IndexDefinition = Required<IndexConfig>

/**
 * Aggregations and projections as clients serialize them. Behind the attribute clients write the state that Java begins
 * with; it says nothing here.
 */

import type { Aggregation, AggregationName, Projection } from '../api/query.js'
import { CobnutError, DecodeError } from '../base/errors.js'
import { DATA_HEADER_BYTES, type Data, typeOf } from '../serialization/data.js'
import { DataInput } from '../serialization/data-input.js'
import { identifiedData, readIdentity } from './identified.js'

const aggregatorFactory = -29
const projectionFactory = -30

/** By class id. */
const names: readonly AggregationName[] = [
  'bigDecimalAvg',
  'bigDecimalSum',
  'bigIntegerAvg',
  'bigIntegerSum',
  'count',
  'distinct',
  'doubleAvg',
  'doubleSum',
  'fixedPointSum',
  'floatingPointSum',
  'integerAvg',
  'integerSum',
  'longAvg',
  'longSum',
  'max',
  'min',
  'numberAvg',
  'maxBy',
  'minBy',
]

const projectionClass = { single: 0, multi: 1, identity: 2 } as const

/** @throws CobnutError QUERY */
export function decodeAggregation(data: Data): Aggregation {
  return decoded('an aggregation', data, (factory, kind, input) => {
    const compute = factory === aggregatorFactory ? names[kind] : undefined
    return compute === undefined ? null : { compute, attribute: input.string() }
  })
}

export function encodeAggregation({ compute, attribute }: Aggregation): Data {
  const kind = names.indexOf(compute)
  if (kind === -1) throw new CobnutError('QUERY', `there is no aggregation ${String(compute)}`)
  return identifiedData(aggregatorFactory, kind, out => (attribute === null ? out.int32(-1) : out.string(attribute)))
}

/** The attributes, and whether each answer is a list of them; no attributes = the whole entry. */
export interface DecodedProjection {
  readonly attributes: Projection
  readonly asList: boolean
}

/** @throws CobnutError QUERY */
export function decodeProjection(data: Data): DecodedProjection {
  return decoded('a projection', data, (factory, kind, input) => {
    if (factory !== projectionFactory) return null
    if (kind === projectionClass.identity) return { attributes: [], asList: false }
    if (kind === projectionClass.single) return { attributes: [input.string() ?? ''], asList: false }
    if (kind !== projectionClass.multi) return null
    const count = input.count(4) ?? 0
    return { attributes: Array.from({ length: count }, () => input.string() ?? ''), asList: true }
  })
}

export function encodeProjection(attributes: Projection): Data {
  const [first] = attributes
  if (first === undefined) return identifiedData(projectionFactory, projectionClass.identity, () => undefined)
  if (attributes.length === 1) return identifiedData(projectionFactory, projectionClass.single, out => out.string(first))
  return identifiedData(projectionFactory, projectionClass.multi, out => {
    out.int32(attributes.length)
    for (const attribute of attributes) out.string(attribute)
  })
}

function decoded<T>(what: string, data: Data, read: (factory: number, kind: number, input: DataInput) => T | null): T {
  try {
    const input = new DataInput(data, DATA_HEADER_BYTES)
    const { factory, kind } = readIdentity(typeOf(data), input)
    const found = read(factory, kind, input)
    if (found === null) throw new CobnutError('QUERY', `there is no ${what.slice(3)} of factory ${factory} and class ${kind}`)
    return found
  } catch (error) {
    if (error instanceof DecodeError) throw new CobnutError('QUERY', `${what} cannot be read: ${error.message}`)
    throw error
  }
}

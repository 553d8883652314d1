/** Makes aggregations. Without an attribute they are of the whole value. */

import type { Aggregation, AggregationName } from '../api/query.js'

const of =
  (compute: AggregationName) =>
  (attribute?: string): Aggregation => ({ compute, attribute: attribute ?? null })

export const Aggregations = {
  count: of('count'),
  distinct: of('distinct'),
  bigDecimalAvg: of('bigDecimalAvg'),
  bigDecimalSum: of('bigDecimalSum'),
  bigIntegerAvg: of('bigIntegerAvg'),
  bigIntegerSum: of('bigIntegerSum'),
  doubleAvg: of('doubleAvg'),
  doubleSum: of('doubleSum'),
  fixedPointSum: of('fixedPointSum'),
  floatingPointSum: of('floatingPointSum'),
  integerAvg: of('integerAvg'),
  integerSum: of('integerSum'),
  longAvg: of('longAvg'),
  longSum: of('longSum'),
  max: of('max'),
  maxBy: of('maxBy'),
  min: of('min'),
  minBy: of('minBy'),
  numberAvg: of('numberAvg'),
} as const

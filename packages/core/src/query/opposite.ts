/** Conditions whose opposite is another than all that do not meet them, as Hazelcast has it. */

import type { Condition } from '../api/query.js'
import { parseSql } from './sql-text.js'

const opposites = {
  greater: 'lessEqual',
  greaterEqual: 'less',
  less: 'greaterEqual',
  lessEqual: 'greater',
} as const

/** Null: `not` around it means the same. What is null meets neither `greater` nor its opposite, `lessEqual`. */
export function oppositeOf(condition: Condition): Condition | null {
  switch (condition.is) {
    case 'and':
      return { is: 'or', of: condition.of.map(negated) }
    case 'or':
      return { is: 'and', of: condition.of.map(negated) }
    case 'not':
      return condition.of
    case 'sql':
      return oppositeOf(parseSql(condition.text))
    case 'greater':
    case 'greaterEqual':
    case 'less':
    case 'lessEqual':
      return { ...condition, is: opposites[condition.is] }
    default:
      return null
  }
}

const negated = (of: Condition): Condition => ({ is: 'not', of })

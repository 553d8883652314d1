/** Makes conditions. Nothing is checked here: the member that evaluates one refuses what makes no sense. */

import type { Comparison, Condition, Where } from '../api/query.js'

const asCondition = (where: Where): Condition => (typeof where === 'string' ? { is: 'sql', text: where } : where)

const compared =
  (is: 'equal' | 'notEqual' | Comparison) =>
  (attribute: string, value: unknown): Condition => ({ is, attribute, value })

export const Predicates = {
  alwaysTrue: (): Condition => ({ is: 'true' }),
  alwaysFalse: (): Condition => ({ is: 'false' }),
  and: (...of: readonly Where[]): Condition => ({ is: 'and', of: of.map(asCondition) }),
  or: (...of: readonly Where[]): Condition => ({ is: 'or', of: of.map(asCondition) }),
  not: (of: Where): Condition => ({ is: 'not', of: asCondition(of) }),
  /** `value` may be null: then the attribute has to be. */
  equal: compared('equal'),
  notEqual: compared('notEqual'),
  greaterThan: compared('greater'),
  greaterEqual: compared('greaterEqual'),
  lessThan: compared('less'),
  lessEqual: compared('lessEqual'),
  between: (attribute: string, from: unknown, to: unknown): Condition => ({ is: 'between', attribute, from, to }),
  in: (attribute: string, ...values: readonly unknown[]): Condition => ({ is: 'in', attribute, values }),
  like: (attribute: string, pattern: string): Condition => ({ is: 'like', attribute, pattern }),
  ilike: (attribute: string, pattern: string): Condition => ({ is: 'ilike', attribute, pattern }),
  regex: (attribute: string, pattern: string): Condition => ({ is: 'regex', attribute, pattern }),
  instanceOf: (className: string): Condition => ({ is: 'instanceOf', className }),
  sql: (text: string): Condition => ({ is: 'sql', text }),
  partition: (key: unknown, of: Where): Condition => ({ is: 'partition', key, of: asCondition(of) }),
} as const

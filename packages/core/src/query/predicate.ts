/** Conditions made ready to be asked of many entries. */

import type { Condition } from '../api/query.js'
import { CobnutError } from '../base/errors.js'
import { type Comparable, comparableOf, compareKeys, convert, type Kind } from './comparable.js'
import { isInstance } from './java-classes.js'
import { likePattern } from './like.js'
import { oppositeOf } from './opposite.js'
import { Many, type Path, parsePath } from './path.js'
import type { QueryEntry } from './query-entry.js'
import { compileRegex } from './regex.js'
import { parseSql } from './sql-text.js'

export interface Predicate {
  /** @throws CobnutError SCHEMA_UNKNOWN: a Compact value cannot be looked into here, now */
  test(entry: QueryEntry): boolean
  /** What indexes can know of it. */
  readonly plan: Plan
}

/** What a planner needs to see of a condition. `unknown` says nothing about which entries meet it. */
export type Plan =
  | { readonly is: 'unknown' | 'nothing' }
  | { readonly is: 'and' | 'or'; readonly of: readonly Plan[] }
  | { readonly is: 'not'; readonly of: Plan }
  | { readonly is: 'oneOf'; readonly path: Path; readonly values: readonly (Comparable | null)[] }
  | { readonly is: 'range'; readonly path: Path; readonly from: Bound | null; readonly to: Bound | null }
  | { readonly is: 'prefix'; readonly path: Path; readonly prefix: string }

export interface Bound {
  readonly value: Comparable
  readonly inclusive: boolean
}

const depthMax = 300

const unknown = { is: 'unknown' } as const

/** As in Hazelcast, a query has its negations moved inwards, where null meets nothing, and the filter of a listener has not. */
export type Use = 'query' | 'filter'

/** @throws CobnutError QUERY: the condition makes no sense */
export function compile(condition: Condition, use: Use = 'query', depth = 0): Predicate {
  if (depth > depthMax) throw new CobnutError('QUERY', `more than ${depthMax} conditions inside of each other`)
  const inner = (of: readonly Condition[]): Predicate[] => of.map(one => compile(one, use, depth + 1))
  switch (condition.is) {
    case 'true':
      return { test: () => true, plan: unknown }
    case 'false':
      return { test: () => false, plan: { is: 'nothing' } }
    case 'and': {
      const of = inner(condition.of)
      return { test: entry => of.every(one => one.test(entry)), plan: { is: 'and', of: of.map(one => one.plan) } }
    }
    case 'or': {
      const of = inner(condition.of)
      return { test: entry => of.some(one => one.test(entry)), plan: { is: 'or', of: of.map(one => one.plan) } }
    }
    case 'not': {
      const opposite = use === 'query' ? oppositeOf(condition.of) : null
      if (opposite !== null) return compile(opposite, use, depth + 1)
      const of = compile(condition.of, use, depth + 1)
      return { test: entry => !of.test(entry), plan: { is: 'not', of: of.plan } }
    }
    case 'sql':
      return compile(parseSql(condition.text), use, depth + 1)
    case 'instanceOf': {
      const { className } = condition
      return { test: entry => isInstance(entry.value, className), plan: unknown }
    }
    case 'partition':
      throw new CobnutError('QUERY', 'a partition predicate stands alone, not inside other conditions')
    default:
      return compileAttribute(condition)
  }
}

type AttributeCondition = Extract<Condition, { attribute: string }>

function compileAttribute(condition: AttributeCondition): Predicate {
  const path = parsePath(condition.attribute)
  const test = (meets: (value: unknown) => boolean, plan: Plan): Predicate => ({
    plan,
    test: entry => {
      const value = entry.attribute(path)
      return value instanceof Many ? value.items.some(meets) : meets(value)
    },
  })
  switch (condition.is) {
    case 'equal': {
      const given = comparableOf(condition.value)
      return test(equalTo(given), { is: 'oneOf', path, values: [given] })
    }
    case 'notEqual': {
      const equal = compileAttribute({ ...condition, is: 'equal' })
      return { test: entry => !equal.test(entry), plan: { is: 'not', of: equal.plan } }
    }
    case 'in': {
      const values = condition.values.map(comparableOf)
      const tests = values.map(equalTo)
      return test(value => tests.some(equal => equal(value)), { is: 'oneOf', path, values })
    }
    case 'between': {
      const [from, to] = [comparableOf(condition.from), comparableOf(condition.to)]
      if (from === null || to === null) return test(() => false, { is: 'nothing' })
      const [above, below] = [compared(from, order => order >= 0), compared(to, order => order <= 0)]
      const [start, end] = [bound(from, true), bound(to, true)]
      return test(value => above(value) && below(value), { is: 'range', path, from: start, to: end })
    }
    case 'greater':
    case 'greaterEqual':
    case 'less':
    case 'lessEqual': {
      const given = comparableOf(condition.value)
      if (given === null) return test(() => false, { is: 'nothing' })
      const inclusive = condition.is.endsWith('Equal')
      const isLess = condition.is.startsWith('less')
      const end = bound(given, inclusive)
      const fits = (order: number): boolean => (order === 0 ? inclusive : order < 0 === isLess)
      return test(compared(given, fits), { is: 'range', path, from: isLess ? null : end, to: isLess ? end : null })
    }
    case 'like':
    case 'ilike': {
      const { prefix, test: matches } = likePattern(condition.pattern, condition.is === 'ilike')
      return test(ofText(matches), prefix === '' ? unknown : { is: 'prefix', path, prefix })
    }
    case 'regex': {
      const matches = compileRegex(condition.pattern)
      return test(ofText(matches), unknown)
    }
  }
}

const bound = (value: Comparable, inclusive: boolean): Bound => ({ value, inclusive })

function equalTo(given: Comparable | null): (value: unknown) => boolean {
  if (given === null) return value => comparableOf(value) === null
  return compared(given, order => order === 0)
}

/** The given value as each kind would have it, made once for all entries. */
function compared(given: Comparable, fits: (order: number) => boolean): (value: unknown) => boolean {
  const byKind = new Map<Kind, Comparable | null>()
  return value => {
    const attribute = comparableOf(value)
    if (attribute === null) return false
    let other = byKind.get(attribute.kind)
    if (other === undefined) {
      other = convert(given, attribute.kind)
      byKind.set(attribute.kind, other)
    }
    return other !== null && fits(compareKeys(attribute.key, other.key))
  }
}

/** What is no text is compared as one, except for lists and objects. */
function ofText(matches: (text: string) => boolean): (value: unknown) => boolean {
  return value => {
    const attribute = comparableOf(value)
    if (attribute === null) return false
    const text = convert(attribute, 'text')
    return text !== null && matches(text.key as string)
  }
}

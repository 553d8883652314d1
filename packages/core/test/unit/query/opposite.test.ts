/** Negations, of what is there and of what is not. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Condition, Where } from '../../../src/api/query.js'
import { compile } from '../../../src/query/predicate.js'
import { Predicates as p } from '../../../src/query/predicates.js'
import { entryOf, own } from './support.js'

test('what is not there meets no comparison turned round, except for listeners', () => {
  const rows: [Where, boolean, boolean][] = [
    ['NOT (none > 1)', false, true],
    ['NOT (none >= 1)', false, true],
    ['NOT (none < 1)', false, true],
    ['NOT (none <= 1)', false, true],
    ['NOT (none > 1 OR age > 100)', false, true],
    ['NOT (none > 1 AND age = 30)', false, true],
    ['NOT (none > 1 AND age = 31)', true, true],
    ['NOT NOT (none > 1)', false, false],
    [p.not(p.sql('NOT (NOT (none > 1))')), false, true],
    ['NOT (age > 30)', true, true],
    ['NOT (age >= 30)', false, false],
    ['NOT (none BETWEEN 1 AND 2)', true, true],
    ['NOT (none = 1)', true, true],
  ]
  const entry = entryOf(own('k'), own({ age: 30 }))
  for (const [where, asQuery, asFilter] of rows) {
    const condition: Condition = typeof where === 'string' ? p.sql(where) : where
    assert.equal(compile(condition).test(entry), asQuery, JSON.stringify(where))
    assert.equal(compile(condition, 'filter').test(entry), asFilter, JSON.stringify(where))
  }
})

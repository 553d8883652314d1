/** Conditions, one by one: which values meet them, and that clients mean the same by them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Condition } from '../../../src/api/query.js'
import { comparableOf, comparableText, compareComparables, convert, kinds } from '../../../src/query/comparable.js'
import { likePattern } from '../../../src/query/like.js'
import { compile } from '../../../src/query/predicate.js'
import { decodePredicate, encodePredicate } from '../../../src/query/predicate-codec.js'
import { Predicates as p } from '../../../src/query/predicates.js'
import { compileRegex } from '../../../src/query/regex.js'
import { parseSql } from '../../../src/query/sql-text.js'
import { DataOutput } from '../../../src/serialization/data-output.js'
import { typeId } from '../../../src/serialization/type-ids.js'
import {
  BigDecimal,
  LocalDate,
  LocalDateTime,
  LocalTime,
  OffsetDateTime,
  Typed,
  Uuid,
} from '../../../src/serialization/values.js'
import { entryOf, hazelcast, meets, own, theirs } from './support.js'

const ann = { name: 'Ann', age: 30, height: 1.75, active: true, tags: ['a', 'b'], none: null, address: { zip: '00501' } }

const table: [Condition | string, boolean][] = [
  [p.alwaysTrue(), true],
  [p.alwaysFalse(), false],
  [p.equal('age', 30), true],
  [p.equal('age', 30n), true],
  [p.equal('age', '30'), true],
  [p.equal('age', 30.5), false],
  [p.equal('age', 'thirty'), false],
  [p.equal('age', new Typed('float', 30)), true],
  [p.equal('age', new BigDecimal(3000n, 2)), true],
  [p.equal('none', null), true],
  [p.equal('missing', null), true],
  [p.equal('age', null), false],
  [p.notEqual('age', null), true],
  [p.notEqual('none', 5), true],
  [p.notEqual('age', 30), false],
  [p.greaterThan('age', 29.9), true],
  [p.greaterThan('age', 30), false],
  [p.greaterEqual('age', 30), true],
  [p.lessThan('none', 100), false],
  [p.lessEqual('height', '1.75'), true],
  [p.lessThan('name', 'B'), true],
  [p.between('age', 30, 31), true],
  [p.between('age', 31, 30), false],
  [p.in('name', 'Bob', 'Ann'), true],
  [p.in('name'), false],
  [p.in('none', 1, null), true],
  [p.like('name', 'A%'), true],
  [p.like('name', 'a%'), false],
  [p.ilike('name', 'aN_'), true],
  [p.like('none', '%'), false],
  [p.like('age', '3_'), true],
  [p.regex('name', 'A.*'), true],
  [p.regex('name', 'A'), false],
  [p.equal('tags[any]', 'b'), true],
  [p.equal('tags[0]', 'b'), false],
  [p.equal('tags[9]', null), true],
  [p.notEqual('tags[any]', 'a'), false],
  [p.notEqual('tags[any]', 'none'), true],
  [p.equal('address.zip', 501), false],
  [p.equal('active', 'TRUE'), true],
  [p.equal('active', 1), true],
  [p.not(p.equal('age', 30)), false],
  [p.and(p.equal('age', 30), p.equal('name', 'Ann')), true],
  [p.and(), true],
  [p.or(), false],
  [p.or(p.equal('age', 1), 'name = Ann'), true],
  [p.equal('__key', 'k'), true],
  [p.instanceOf('com.hazelcast.core.HazelcastJsonValue'), true],
  [p.instanceOf('java.lang.String'), false],
  [p.instanceOf('java.lang.Object'), true],
  ['age > 29 AND age<=30', true],
  ["name='Ann' and not (age between 40 and 50)", true],
  ["name LIKE 'B%' OR name ilike 'ann'", true],
  ['active', true],
  ['NOT active', false],
  ["name in ('Bob' , Ann)", true],
  ['name NOT IN (Bob)', true],
  ['none IS NULL and age is not null', true],
  ['none = null', true],
  ["name REGEX '[A-Z].+'", true],
  ["name <> 'An''n'", true],
  ['age = 1 or age = 30 and name = Bob', false],
  ["address.zip = '00501'", true],
  ["tags[any] == 'a'", true],
]

test('each condition by a table', () => {
  for (const [where, expected] of table) assert.equal(meets(where, ann), expected, JSON.stringify(where, bigintText))
})

const bigintText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value)

test('values of other types than JSON', () => {
  const day = new LocalDate(2020, 2, 3)
  const rows: [unknown, Condition, boolean][] = [
    ['abc', p.greaterThan('this', 'abb'), true],
    [5n, p.equal('this', 5), true],
    [new Typed('long', 2n ** 60n), p.equal('this', 2 ** 60), true],
    [new Typed('long', 2n ** 60n + 1n), p.greaterThan('this', 2 ** 60), true],
    [new Typed('float', 0.1), p.equal('this', 0.1), true],
    [0.1, p.equal('this', '0.1'), true],
    [new BigDecimal(1n, 1), p.equal('this', 0.1), true],
    [new BigDecimal(10n, 2), p.equal('this', new BigDecimal(1n, 1)), true],
    [new BigDecimal(1n, -2_000_000_000), p.greaterThan('this', 5), true],
    [Number.NaN, p.equal('this', Number.NaN), true],
    [Number.NaN, p.greaterThan('this', 1), true],
    [new Date(1000), p.equal('this', 1000), true],
    [new Date(1000), p.lessThan('this', '1970-01-01T00:00:02Z'), true],
    [new Uuid('00000000-0000-0000-0000-00000000000A'), p.equal('this', '00000000-0000-0000-0000-00000000000a'), true],
    [day, p.equal('this', '2020-02-03'), true],
    [day, p.between('this', '2020-01-31', '2020-03-01'), true],
    [day, p.lessThan('this', new LocalDate(2020, 2, 4)), true],
    [day, p.equal('this', 'yesterday'), false],
    [new LocalTime(1, 2, 3, 0), p.greaterEqual('this', '01:02'), true],
    [new LocalDateTime(day, new LocalTime(1, 2, 3, 4)), p.greaterThan('this', '2020-02-03T01:02:03'), true],
    [new OffsetDateTime(new LocalDateTime(day, new LocalTime(1, 0, 0, 0)), 3600), p.equal('this', '2020-02-03T00:00:00Z'), true],
    [[1, 2], p.equal('this', [1, 2]), true],
    [[1, 2], p.greaterThan('this', [1]), true],
    [[1, 2], p.equal('this[any]', 2), true],
    [false, p.equal('this', 'no'), true],
    ['é', p.like('this', '_'), true],
  ]
  for (const [value, where, expected] of rows) assert.equal(meets(where, value), expected, JSON.stringify(where, bigintText))
})

test('conditions that make no sense are refused, and told where', () => {
  const texts: [string, RegExp][] = [
    ['', /an attribute is expected, at 0: the end/],
    ['age >', /a value is expected, at 5/],
    ['age > 1 age', /AND, OR or the end is expected, at 8: "age"/],
    ["name = 'Ann", /the closing quote is missing, at 7/],
    ['(a = 1', /a closing parenthesis is expected, at 6/],
    ['a IN 1', /an opening parenthesis is expected, at 5/],
    ['a IN (1', /a comma or a closing parenthesis/],
    ['a BETWEEN 1 OR 2', /AND is expected, at 12/],
    ['a NOT 5', /BETWEEN, IN, LIKE, ILIKE or REGEX is expected, at 6/],
    ['a IS 5', /NULL is expected, at 5/],
    ['and', /an attribute is expected/],
    ['a = and', /a value is expected/],
    ['a ! 1', /this has no meaning here/],
    ['a[ = 1', /is no path/],
    [`${'('.repeat(300)}a${')'.repeat(300)}`, /more than 200/],
    ["a REGEX '['", /ends too early/],
  ]
  for (const [text, why] of texts)
    assert.throws(
      () => compile(p.sql(text)),
      (e: Error & { code?: string }) => e.code === 'QUERY' && why.test(e.message),
      text,
    )
  assert.throws(() => compile(p.and(p.partition('k', p.alwaysTrue()))), { code: 'QUERY' })
})

test('precedence: NOT before AND before OR', () => {
  assert.deepEqual(parseSql('not a = 1 and b = 2 or c'), {
    is: 'or',
    of: [
      {
        is: 'and',
        of: [
          { is: 'not', of: { is: 'equal', attribute: 'a', value: '1' } },
          { is: 'equal', attribute: 'b', value: '2' },
        ],
      },
      { is: 'equal', attribute: 'c', value: 'true' },
    ],
  })
})

test('LIKE against a plain regular expression', () => {
  const chars = fc.constantFrom('a', 'b', '%', '_', '\\', '.')
  const texts = fc.string({ unit: chars, maxLength: 8 })
  fc.assert(
    fc.property(texts, texts, (pattern, text) => {
      let source = ''
      for (let i = 0; i < pattern.length; i++) {
        const c = pattern[i] as string
        const next = pattern[i + 1] ?? ''
        if (c === '\\' && next !== '' && '%_\\'.includes(next)) {
          source += `\\${next}`.replace('\\%', '%').replace('\\_', '_')
          i++
        } else source += c === '%' ? '[^]*' : c === '_' ? '[^]' : c === '\\' || c === '.' ? `\\${c}` : c
      }
      assert.equal(likePattern(pattern, false).test(text), new RegExp(`^${source}$`).test(text), `${pattern} ${text}`)
    }),
    { numRuns: 2000 },
  )
  const slow = likePattern('%a%a%a%a%a%a%a%a%a%ab', false)
  assert.equal(slow.test('a'.repeat(20_000)), false)
})

test('regular expressions against those of the language', () => {
  const patterns = [
    'a*b',
    '(a|b)*c?',
    'a{2,3}',
    'a{2}b{0,1}',
    'a{1,}',
    '[a-c]+',
    '[^a]b',
    '\\d+',
    '\\w*\\s\\w*',
    'a.c',
    '(?:ab)+',
    '^a.*b$',
    'x|',
    '()',
    '(a?){3}a{3}',
    '\\bab\\b',
    '[-a]+',
    '[\\]a]',
    'a+?b',
    '\\u0061+',
    '[a-b\\d]*',
    '\\.',
    '(?<n>a)b',
  ]
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '.', '-', ']', 'x'), maxLength: 7 })
  fc.assert(
    fc.property(fc.constantFrom(...patterns), texts, (pattern, text) => {
      assert.equal(compileRegex(pattern)(text), new RegExp(`^(?:${pattern})$`).test(text), `${pattern} on ${text}`)
    }),
    { numRuns: 5000 },
  )
  assert.equal(compileRegex('(?i)aB[c-d]')('AbD'), true)
  assert.equal(compileRegex('\\Qa.b\\E+')('a.bb'), true)
  assert.equal(compileRegex('(?s).')('\n'), true)
  assert.equal(compileRegex('.')('\n'), false)
  assert.equal(compileRegex('\\p{Lu}+')('ÀB'), true)
  for (const bad of [
    '(',
    ')',
    '[',
    'a{2,1}',
    '*a',
    '\\1',
    '(?=a)',
    'a++',
    '[b-a]',
    '\\p{Nope}',
    'a{1001}',
    '(((){1000}){1000}){1000}',
    'a\\',
    '\\y',
    '(('.repeat(300),
  ])
    assert.throws(() => compileRegex(bad), { code: 'QUERY' }, bad)
})

test('no regular expression takes long', () => {
  assert.equal(compileRegex('(a*)*b')('a'.repeat(5_000)), false)
  assert.equal(compileRegex('(a|aa)+$b')('a'.repeat(5_000)), false)
})

const keys = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.string({ maxLength: 4 }),
  fc.boolean(),
  fc.constant(null),
  fc.integer({ min: -9, max: 9 }).map(n => new Typed('float', n / 4)),
  fc.tuple(fc.bigInt({ min: -200n, max: 200n }), fc.integer({ min: -2, max: 2 })).map(([n, scale]) => new BigDecimal(n, scale)),
)

test('the order of values is total, and texts are equal where values are', () => {
  fc.assert(
    fc.property(keys, keys, keys, (x, y, z) => {
      const [a, b, c] = [comparableOf(x), comparableOf(y), comparableOf(z)]
      const sign = (n: number): number => Math.sign(n) + 0
      assert.equal(sign(compareComparables(a, b)), sign(-compareComparables(b, a)))
      assert.equal(compareComparables(a, a), 0)
      const sameKind = a !== null && b !== null && a.kind === b.kind
      if (sameKind && c !== null && c.kind === a.kind && compareComparables(a, b) <= 0 && compareComparables(b, c) <= 0) {
        assert.ok(compareComparables(a, c) <= 0)
      }
      if (sameKind) assert.equal(comparableText(a) === comparableText(b), compareComparables(a, b) === 0)
      for (const kind of kinds) if (a !== null) assert.equal(convert(a, kind)?.kind ?? kind, kind)
    }),
    { numRuns: 3000 },
  )
})

// --- the wire

const { Predicates: their } = hazelcast

test('conditions come and go as the official client serializes them', () => {
  const rows: [Condition, unknown][] = [
    [p.sql('a > 1'), their.sql('a > 1')],
    [p.and(p.alwaysTrue(), p.alwaysFalse()), their.and(their.alwaysTrue(), their.alwaysFalse())],
    [p.or(p.equal('a', 1), p.notEqual('b', 'x')), their.or(their.equal('a', 1), their.notEqual('b', 'x'))],
    [p.not(p.equal('a', true)), their.not(their.equal('a', true))],
    [p.between('a', 1, 2), their.between('a', 1, 2)],
    [p.greaterThan('a', 1), their.greaterThan('a', 1)],
    [p.greaterEqual('a', 1), their.greaterEqual('a', 1)],
    [p.lessThan('a', 1), their.lessThan('a', 1)],
    [p.lessEqual('a', 1), their.lessEqual('a', 1)],
    [p.in('a', 'x', 1, true), their.inPredicate('a', 'x', 1, true)],
    [p.instanceOf('java.lang.String'), their.instanceOf('java.lang.String')],
    [p.like('a', 'x%'), their.like('a', 'x%')],
    [p.ilike('a', 'x%'), their.ilike('a', 'x%')],
    [p.regex('a', 'x.*'), their.regex('a', 'x.*')],
  ]
  for (const [mine, other] of rows) {
    const bytes = theirs(other)
    assert.equal(Buffer.from(encodePredicate(mine)).toString('hex'), Buffer.from(bytes).toString('hex'), mine.is)
    assert.deepEqual(decodePredicate(bytes), mine)
  }
})

test("a condition of the Java client's builder is the one inside", () => {
  const built = (name: string, conditions: number): Uint8Array => {
    const out = new DataOutput(64)
    out.int32(0)
    out.int32(typeId.identified)
    out.byte(0)
    out.string(name)
    out.string('age')
    out.int32(conditions)
    for (let n = 0; n < conditions; n++) out.raw(encodePredicate(p.equal('age', 30)).subarray(4))
    return out.finish()
  }
  const builder = 'com.hazelcast.query.impl.PredicateBuilderImpl'
  assert.deepEqual(decodePredicate(built(builder, 1)), p.equal('age', 30))
  for (const data of [built(builder, 0), built(builder, 2), built('com.example.Mine', 1), built(builder, 1).slice(0, 40)]) {
    assert.throws(() => decodePredicate(data), { code: 'QUERY' })
  }
})

test('what is no predicate of this member is refused', () => {
  const good = theirs(their.and(their.equal('a', 'x'), their.inPredicate('b', 1, 2)))
  for (let cut = 8; cut < good.length; cut++) {
    const cutOff = good.slice(0, cut)
    assert.throws(() => decodePredicate(cutOff), { code: 'QUERY' })
  }
  const ofFactory = (factory: number, kind: number): Uint8Array => {
    const data = Uint8Array.from(good.slice(0, 17))
    new DataView(data.buffer).setInt32(9, factory)
    new DataView(data.buffer).setInt32(13, kind)
    return data
  }
  for (const data of [own('x'), own(null), ofFactory(-20, 99), ofFactory(5, 1), ofFactory(-20, 15)]) {
    assert.throws(() => decodePredicate(data), { code: 'QUERY' })
  }
})

test('a condition survives its way over the wire', () => {
  const leaf = fc.oneof(
    fc.record({
      is: fc.constantFrom('equal', 'notEqual', 'less', 'greaterEqual'),
      attribute: fc.constant('a.b'),
      value: fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null)),
    }),
    fc.record({ is: fc.constantFrom('like', 'regex'), attribute: fc.constant('a'), pattern: fc.string() }),
    fc.constant({ is: 'true' }),
  )
  const { tree } = fc.letrec(tie => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.record({ is: fc.constantFrom('and', 'or'), of: fc.array(tie('tree'), { maxLength: 3 }) }),
      fc.record({ is: fc.constant('not'), of: tie('tree') }),
    ),
  }))
  fc.assert(
    fc.property(tree, condition => {
      // the records of fast-check may have no prototype
      const plain = structuredClone(condition) as Condition
      assert.deepEqual(decodePredicate(encodePredicate(plain)), plain)
    }),
  )
})

test('the entry is read once for all conditions', () => {
  const entry = entryOf(own('k'), own(ann))
  assert.equal(compile(p.and('age > 1', 'height > 1', "name = 'Ann'")).test(entry), true)
})

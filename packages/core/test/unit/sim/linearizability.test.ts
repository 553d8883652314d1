import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Action, Call, Result } from '../../../sim/history.js'
import { checkKey, firstImpossible, type Verdict } from '../../../sim/linearizability.js'
import { onlyReads, type Register, step } from '../../../sim/register-model.js'

/** `[asked, answered, action, result]`; answered Infinity = the outcome is unknown. */
type Line = readonly [asked: number, answered: number, action: Action, result?: Result]

function callsOf(lines: readonly Line[]): Call[] {
  return lines.map(([asked, answered, action, result], i) => ({
    client: `c${i}`,
    key: 'k',
    action,
    askedMs: asked,
    askedOrder: asked,
    ttlMs: 0,
    answeredMs: answered,
    answeredOrder: answered,
    status: answered === Infinity ? 'open' : 'ok',
    result,
    error: null,
  }))
}

const verdict = (lines: readonly Line[]): Verdict => checkKey(callsOf(lines))
const put = (value: string): Action => ({ name: 'put', value })
const set = (value: string): Action => ({ name: 'set', value })
const append = (value: string): Action => ({ name: 'append', value })
const get: Action = { name: 'get' }

test('histories that one order explains', () => {
  assert.equal(verdict([]), 'linearizable')
  assert.equal(
    verdict([
      [1, 2, put('a'), null],
      [3, 4, get, 'a'],
    ]),
    'linearizable',
  )
  // overlapping calls may take effect in either order
  assert.equal(
    verdict([
      [1, 4, put('a'), 'b'],
      [2, 3, put('b'), null],
    ]),
    'linearizable',
  )
  // an unknown write may be seen late, or never
  assert.equal(
    verdict([
      [1, Infinity, set('a')],
      [2, 3, get, null],
      [4, 5, get, 'a'],
    ]),
    'linearizable',
  )
  assert.equal(
    verdict([
      [1, Infinity, set('a')],
      [2, 3, get, null],
      [4, 5, get, null],
    ]),
    'linearizable',
  )
})

const impossible: Record<string, readonly Line[]> = {
  'a read of what was never written': [[1, 2, get, 'a']],
  'a lost write': [
    [1, 2, set('a')],
    [3, 4, get, null],
  ],
  'a stale read': [
    [1, 2, set('a')],
    [3, 4, set('b')],
    [5, 6, get, 'a'],
  ],
  'a value that comes and goes': [
    [1, 9, set('a')],
    [2, 3, get, 'a'],
    [4, 5, get, null],
  ],
  'an unknown write seen and unseen': [
    [1, Infinity, set('a')],
    [2, 3, get, 'a'],
    [4, 5, get, null],
  ],
  'an old value that is not the old value': [
    [1, 2, put('a'), null],
    [3, 4, put('b'), null],
  ],
  'two winners of putIfAbsent': [
    [1, 4, { name: 'putIfAbsent', value: 'a' }, null],
    [2, 3, { name: 'putIfAbsent', value: 'b' }, null],
  ],
  'two winners of replaceIfSame': [
    [1, 2, set('a')],
    [3, 6, { name: 'replaceIfSame', expected: 'a', value: 'b' }, true],
    [4, 5, { name: 'replaceIfSame', expected: 'a', value: 'c' }, true],
  ],
  'removed twice': [
    [1, 2, set('a')],
    [3, 6, { name: 'remove' }, 'a'],
    [4, 5, { name: 'remove' }, 'a'],
  ],
  'deleted, and there again': [
    [1, 2, set('a')],
    [3, 4, { name: 'delete' }, true],
    [5, 6, { name: 'containsKey' }, true],
  ],
  'removeIfSame that lied': [
    [1, 2, set('a')],
    [3, 4, { name: 'removeIfSame', expected: 'a' }, false],
  ],
  'replace of something absent': [
    [1, 2, { name: 'replace', value: 'a' }, null],
    [3, 4, get, 'a'],
  ],
  'an append done twice': [
    [1, 2, append('x'), 'x,'],
    [3, 4, get, 'x,x,'],
  ],
  'a lost append': [
    [1, 2, append('x'), 'x,'],
    [3, 4, append('y'), 'y,'],
  ],
}

for (const [name, lines] of Object.entries(impossible)) {
  test(`finds ${name}`, () => {
    assert.equal(verdict(lines), 'violation')
    const last = firstImpossible(callsOf(lines))
    assert.ok(last !== null && last.status === 'ok')
  })
}

test('names the first answer that cannot be true', () => {
  const calls = callsOf([
    [1, 2, set('a')],
    [3, 4, get, 'a'],
    [5, 6, get, null],
    [7, 8, set('b')],
    [9, 10, get, 'b'],
  ])
  assert.equal(firstImpossible(calls)?.askedOrder, 5)
})

test('gives up rather than guess', () => {
  const sets = Array.from({ length: 12 }, (_, i): Line => [i, 100 + i, set(`${i}`)])
  assert.equal(checkKey(callsOf([...sets, [200, 201, get, 'never']]), null, 100), 'undecided')
})

/** Tries every order, with no cleverness. */
function bruteForce(calls: readonly Call[]): Verdict {
  const search = (rest: readonly Call[], held: Register): boolean => {
    if (rest.every(call => call.status === 'open')) return true
    const firstAnswer = Math.min(...rest.map(call => call.answeredOrder))
    return rest.some(call => {
      if (call.askedOrder > firstAnswer) return false
      const { next, result } = step(held, call.action)
      if (call.status === 'ok' && result !== undefined && result !== call.result) return false
      return search(
        rest.filter(other => other !== call),
        next,
      )
    })
  }
  return search(
    calls.filter(call => call.status === 'ok' || !onlyReads(call.action)),
    null,
  )
    ? 'linearizable'
    : 'violation'
}

const value = fc.constantFrom('a', 'b')
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ name: fc.constantFrom('get', 'remove', 'delete', 'containsKey', 'clear') }),
  fc.record({ name: fc.constantFrom('put', 'set', 'putIfAbsent', 'replace', 'append'), value }),
  fc.record({ name: fc.constant('replaceIfSame' as const), expected: value, value }),
  fc.record({ name: fc.constant('removeIfSame' as const), expected: value }),
)

/**
 * Histories near the border: the answers come from a real register at one instant of each call, and then one or none of
 * them is replaced.
 */
const history = fc
  .record({
    calls: fc.array(fc.record({ action, asked: fc.nat(12), length: fc.nat(8), at: fc.nat(100), isOpen: fc.nat(4) }), {
      maxLength: 6,
    }),
    lie: fc.option(fc.record({ which: fc.nat(5), result: fc.constantFrom<Result>(null, 'a', 'b', 'a,', true, false) })),
  })
  .map(({ calls, lie }) => {
    const timed = calls.map(({ action, asked, length, at, isOpen }, i) => {
      // Distinct orders: 10 to a step, plus the index.
      const from = asked * 10 + i
      const to = (asked + 1 + length) * 10 + i
      return { action, from, to, effect: from + ((to - from) * at) / 100, isOpen: isOpen === 0, index: i }
    })
    const results = new Map<number, Result>()
    let held: Register = null
    for (const call of [...timed].sort((a, b) => a.effect - b.effect || a.index - b.index)) {
      const { next, result } = step(held, call.action)
      held = next
      results.set(call.index, result)
    }
    const lines = timed.map(({ action, from, to, isOpen, index }): Line => {
      const result = lie !== null && lie.which === index ? lie.result : results.get(index)
      return [from, isOpen ? Infinity : to, action, result]
    })
    return callsOf(lines)
  })

test('agrees with trying every order', () => {
  const seen = { linearizable: 0, violation: 0, undecided: 0 }
  fc.assert(
    fc.property(history, calls => {
      const expected = bruteForce(calls)
      seen[expected]++
      assert.equal(checkKey(calls), expected)
    }),
    { numRuns: 4000, seed: 7 },
  )
  assert.ok(seen.violation > 100 && seen.linearizable > 1000, JSON.stringify(seen))
})

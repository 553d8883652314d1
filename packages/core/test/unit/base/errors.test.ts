import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvariantError, assert as invariant, unreachable } from '../../../src/base/assert.js'
import { CobnutError, DecodeError, type ErrorCode, errorTable, isCobnutError } from '../../../src/base/errors.js'

test('an error says by its row what it may have done and whether to try again', () => {
  const error = new CobnutError('MEMBER_LEFT')
  assert.equal(error.code, 'MEMBER_LEFT')
  assert.equal(error.outcome, 'unknown')
  assert.equal(error.retry, true)
  assert.equal(error.message, errorTable.MEMBER_LEFT.text)
})

test('one call can know its outcome better than the row', () => {
  const cause = new Error('socket')
  const error = new CobnutError('LINK_CLOSED', 'the link to b closed', { outcome: 'not-applied', cause, member: 'b' })
  assert.equal(error.outcome, 'not-applied')
  assert.equal(error.cause, cause)
  assert.equal(error.message, 'the link to b closed')
  assert.deepEqual(error.details, { member: 'b' })
})

test('errors are told apart by code, not by text', () => {
  const error: unknown = new CobnutError('TIMEOUT')
  assert.ok(isCobnutError(error))
  assert.ok(isCobnutError(error, 'TIMEOUT'))
  assert.ok(!isCobnutError(error, 'UNAVAILABLE'))
  assert.ok(!isCobnutError(new DecodeError('bad bytes')))
})

test('no row lets a caller retry by itself what certainly happened', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const { outcome, retry, text } = errorTable[code]
    assert.ok(!(outcome === 'applied' && retry), code)
    assert.match(code, /^[A-Z]+(_[A-Z]+)*$/)
    assert.notEqual(text, '')
  }
})

test('a broken invariant is an error of its own kind', () => {
  invariant(true, 'holds')
  assert.throws(() => invariant(0, 'zero is not a copy'), new InvariantError('zero is not a copy'))
  assert.throws(() => unreachable('x' as never, 'state'), new InvariantError('state: impossible value "x"'))
})

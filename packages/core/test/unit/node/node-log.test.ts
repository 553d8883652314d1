import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createNodeLog, logText } from '../../../src/node/node-log.js'
import { memoryLog } from './support.js'

describe('the log', () => {
  test('writes a line with time, level, event, the fields of its parents and its own', () => {
    const { log, lines } = memoryLog()
    log.child({ member: 'a' }).child({ map: 'm' }).warn('entry.lost', { key: 1 })
    const { ts, ...rest } = lines[0]!
    assert.match(ts, /^\d{4}-\d\d-\d\dT.*Z$/)
    assert.deepEqual(rest, { level: 'warn', event: 'entry.lost', member: 'a', map: 'm', key: 1 })
  })

  test('drops what is below its level', () => {
    const { log, lines } = memoryLog('warn')
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.error('d')
    assert.deepEqual(
      lines.map(line => line.event),
      ['c', 'd'],
    )
  })

  test('a field cannot pass for the event', () => {
    const { log, lines } = memoryLog()
    log.info('listener.threw', { event: 'membership', level: 3 })
    assert.equal(lines[0]?.event, 'listener.threw')
    assert.equal(lines[0]?.level, 'info')
    assert.equal(lines[0]?.event_, 'membership')
    assert.equal(lines[0]?.level_, 3)
  })

  test('a sink that throws does not stop the caller', () => {
    const log = createNodeLog('debug', () => {
      throw new Error('disk full')
    })
    log.error('anything')
  })

  test('any value becomes one line of JSON', () => {
    const { log, lines } = memoryLog()
    const circle: Record<string, unknown> = {}
    circle.self = circle
    log.info('odd', { big: 2n ** 70n, error: new RangeError('no\nway'), map: new Map([['a', 1n]]), set: new Set([1]) })
    log.info('circle', { circle })
    const [odd, round] = lines.map(line => logText(line))
    assert.ok(!odd!.includes('\n'))
    const parsed = JSON.parse(odd!)
    assert.equal(parsed.big, '1180591620717411303424')
    assert.equal(parsed.error.message, 'no\nway')
    assert.equal(parsed.error.name, 'RangeError')
    assert.deepEqual(parsed.map, { a: '1' })
    assert.deepEqual(parsed.set, [1])
    assert.equal(JSON.parse(round!).event, 'circle')
  })
})

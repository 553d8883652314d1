import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { createNodeClock } from '../../../src/node/node-clock.js'
import { until } from './support.js'

describe('the clock of the host', () => {
  test('goes on, as three opinions', async () => {
    const clock = createNodeClock()
    const before = [clock.monotonicMs(), clock.wallMs(), clock.uptimeMs()]
    await until('ten milliseconds to pass', () => clock.monotonicMs() - before[0]! >= 10)
    const after = [clock.monotonicMs(), clock.wallMs(), clock.uptimeMs()]
    for (const [i, ms] of after.entries()) assert.ok(ms >= before[i]!, `clock ${i} went back`)
  })

  test('a timer fires once, a repeated one again, a cancelled one never', async () => {
    const clock = createNodeClock()
    const fired = { once: 0, repeated: 0, cancelled: 0 }
    clock.after(1, () => fired.once++)
    const repeated = clock.every(1, () => fired.repeated++)
    clock.after(1, () => fired.cancelled++).cancel()
    await until('the third tick', () => fired.repeated >= 3)
    repeated.cancel()
    assert.equal(fired.once, 1)
    assert.equal(fired.cancelled, 0)
  })

  test('a delay longer than the system knows does not fire at once', async () => {
    const clock = createNodeClock()
    let fired = false
    const timer = clock.after(2 ** 40, () => {
      fired = true
    })
    await new Promise<void>(resolve => clock.after(20, resolve))
    timer.cancel()
    assert.equal(fired, false)
  })

  test('defer runs after what is ready, in order, and what is deferred meanwhile in the next turn', async () => {
    const clock = createNodeClock()
    const seen: string[] = []
    clock.defer(() => {
      seen.push('first')
      clock.defer(() => seen.push('third'))
    })
    clock.defer(() => seen.push('second'))
    queueMicrotask(() => seen.push('ready'))
    await until('all to run', () => seen.length === 4)
    assert.deepEqual(seen, ['ready', 'first', 'second', 'third'])
  })

  test('one that throws does not take the others with it', async () => {
    // in a process of its own: an error that nobody catches would fail this test, whatever it asserts
    const clock = new URL('../../../src/node/node-clock.js', import.meta.url).href
    const program = `
      const { createNodeClock } = await import(${JSON.stringify(clock)})
      process.once('uncaughtException', error => process.stdout.write(error.message))
      const { defer } = createNodeClock()
      defer(() => { throw new Error('thrown') })
      defer(() => process.stdout.write(', the next'))
      setImmediate(() => defer(() => process.stdout.write(', a later one')))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
    })
    assert.deepEqual(await once(child, 'close'), [0, null])
    assert.equal(text, 'thrown, the next, a later one')
  })
})

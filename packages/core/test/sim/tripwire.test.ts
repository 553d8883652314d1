import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TripwireError } from '../../sim/tripwire.js'
import { World } from '../../sim/world.js'

const reaching: Record<string, () => unknown> = {
  'Date.now': () => Date.now(),
  'new Date()': () => new Date(),
  'Math.random': () => Math.random(),
  'performance.now': () => performance.now(),
  'process.hrtime': () => process.hrtime.bigint(),
  setTimeout: () => setTimeout(() => undefined, 1),
  setInterval: () => setInterval(() => undefined, 1),
  setImmediate: () => setImmediate(() => undefined),
  'node:timers/promises': () => sleep(1),
  'node:crypto': () => randomBytes(4),
  'crypto.getRandomValues': () => crypto.getRandomValues(new Uint8Array(4)),
  'crypto.randomUUID': () => crypto.randomUUID(),
  WeakRef: () => new WeakRef({}),
}

for (const [name, reach] of Object.entries(reaching)) {
  test(`${name} trips, even where the error is swallowed, and in a continuation`, async () => {
    const swallowed = new World(1)
    void swallowed.host('a').start(() => {
      try {
        reach()
      } catch {
        // as a careless member would
      }
    })
    await assert.rejects(swallowed.run(10), TripwireError)
    const continued = new World(1)
    void continued.host('a').start(async () => {
      await null
      await null
      reach()
    })
    await assert.rejects(continued.run(10), TripwireError)
  })
}

test('outside of a run everything is as it was', async () => {
  const before = [Date, Date.now, Math.random, setTimeout, setImmediate, randomBytes, WeakRef]
  const world = new World(1)
  void world.host('a').start(env => env.clock.monotonicMs())
  await world.run(10)
  assert.deepEqual([Date, Date.now, Math.random, setTimeout, setImmediate, randomBytes, WeakRef], before)
  assert.ok(performance.now() > 0 && new Date() > new Date(0))
  assert.equal(Object.hasOwn(performance, 'now'), false)
})

test('what only computes does not trip', async () => {
  const world = new World(1)
  const text = world.host('a').start(() => new Date(0).toISOString())
  assert.equal(await world.settle(text, 10), '1970-01-01T00:00:00.000Z')
})

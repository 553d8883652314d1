import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Host } from '../../sim/host.js'
import { World } from '../../sim/world.js'
import { memberId } from '../../src/base/ids.js'
import { connected, dial, nothing, pingPong } from './toy-pipes.js'

test('a seed repeats itself to the last byte, and another seed does not', async () => {
  const [once, again, other] = [await pingPong(1, 500), await pingPong(1, 500), await pingPong(2, 500)]
  assert.equal(once.fingerprint(), again.fingerprint())
  assert.equal(once.nowMs, again.nowMs)
  assert.notEqual(once.fingerprint(), other.fingerprint())
})

test('every continuation runs before the next event, however long the chain', async () => {
  const world = new World(1)
  const order: string[] = []
  const host = world.host('a')
  const chain = host.start(async env => {
    env.clock.after(0, () => order.push('timer'))
    for (let i = 0; i < 10_000; i++) await null
    await new Promise<void>(resume => process.nextTick(resume))
    order.push('chain')
  })
  await world.settle(chain, 100)
  await world.run(100)
  assert.deepEqual(order, ['chain', 'timer'])
})

test('a crash resets its connections; a power loss tells nobody until the machine is back', async () => {
  const crashed = await connected(8)
  crashed.b.crash()
  await crashed.world.run(1000)
  assert.deepEqual(crashed.closed, ['near connection reset'])

  const dark = await connected(8)
  dark.b.crash('power')
  dark.near.write(new Uint8Array(10))
  await dark.world.run(60_000)
  assert.deepEqual(dark.closed, [])
  dark.b.restart()
  await dark.world.run(1000)
  assert.deepEqual(dark.closed, ['near connection reset'])
})

test('nothing of a crashed process runs any more, and its next incarnation is another', async () => {
  const world = new World(9)
  const host = world.host('a')
  let ticks = 0
  const old = host.env
  void host.start(env => env.clock.every(10, () => void ticks++))
  await world.run(100)
  const before = ticks
  assert.ok(before > 5)
  let downs = 0
  host.whenDown(() => void downs++)
  host.crash()
  old.clock.after(1, () => void ticks++)
  await world.run(100)
  assert.equal(ticks, before)
  assert.equal(downs, 1)
  host.restart()
  assert.notEqual(host.env, old)
  assert.notEqual(host.env.random.u32(), old.random.u32())
  assert.deepEqual(world.leaks(), [])
})

test('a paused process handles in order, later, what came meanwhile; clocks go on and its kernel accepts', async () => {
  const { world, a, b, near, heard } = await connected(10)
  const startMs = b.env.clock.monotonicMs()
  b.pause()
  for (let i = 0; i < 10; i++) {
    near.write(new Uint8Array([i]))
    await world.run(10)
  }
  const pipe = await world.settle(
    a.start(env => dial(env, b)),
    1000,
  )
  assert.ok(pipe)
  assert.deepEqual(heard, [])
  assert.ok(b.env.clock.monotonicMs() - startMs >= 100)
  assert.ok(b.resume() > 0)
  await world.run(10)
  assert.deepEqual(heard, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('death is proved on the same machine only, and only for what was announced', async () => {
  const world = new World(13)
  const [a, near, far] = [world.host('a', 'shared'), world.host('near', 'shared'), world.host('far')]
  const { token } = await world.settle(
    a.start(env => env.network.announce(memberId('one'))),
    100,
  )
  const ask = (host: Host, about: string): Promise<string> => {
    return world.settle(
      host.start(env => env.network.probe(about)),
      100,
    )
  }
  assert.equal(await ask(near, token), 'alive')
  a.pause()
  assert.equal(await ask(near, token), 'alive')
  a.crash()
  a.restart()
  assert.equal(await ask(near, token), 'dead')
  assert.equal(await ask(far, token), 'unknown')
  assert.equal(await ask(near, 'no such token'), 'unknown')
})

test('clocks drift within the bound, wall time jumps, timers never fire early', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const world = new World(seed, { clockDrift: 0.05 })
    const host = world.host('a')
    const { clock } = host.env
    const startMs = clock.monotonicMs()
    await world.run(10_000)
    const elapsedMs = clock.monotonicMs() - startMs
    assert.ok(elapsedMs >= 9_500 && elapsedMs <= 10_500 && elapsedMs !== 10_000)
    const wallMs = clock.wallMs()
    host.machine.jumpWall(-3_600_000)
    assert.ok(Math.abs(clock.wallMs() - wallMs + 3_600_000) < 1e-3)
    assert.ok(Math.abs(clock.monotonicMs() - startMs - elapsedMs) < 1e-9)
    const armedMs = clock.monotonicMs()
    let firedMs = 0
    clock.after(1000, () => {
      firedMs = clock.monotonicMs()
    })
    await world.run(400)
    host.machine.setRate(0.95)
    await world.run(1000)
    assert.ok(firedMs - armedMs >= 999.99 && firedMs - armedMs < 1020, `${firedMs - armedMs}`)
  }
})

test('a suspended machine: the monotonic clock stands still, uptime and wall time do not', async () => {
  const world = new World(14)
  const host = world.host('a')
  const { clock } = host.env
  const before = [clock.monotonicMs(), clock.uptimeMs(), clock.wallMs()] as const
  host.suspend()
  await world.run(5000)
  host.wake()
  assert.ok(Math.abs(clock.monotonicMs() - before[0]) < 1e-6)
  assert.ok(Math.abs(clock.uptimeMs() - before[1] - 5000) < 1e-6)
  assert.ok(Math.abs(clock.wallMs() - before[2] - 5000) < 1e-3)
})

test('deferred work runs after what is ready now', async () => {
  const world = new World(15)
  const order: string[] = []
  void world.host('a').start(async env => {
    env.clock.defer(() => order.push('deferred'))
    order.push('now')
    await null
    order.push('continued')
  })
  await world.run(1)
  assert.deepEqual(order, ['now', 'continued', 'deferred'])
})

test('what nobody catches ends the run and names the host', async () => {
  const boom = (): never => {
    throw new Error('boom')
  }
  const inTimer = new World(16)
  void inTimer.host('a').start(env => env.clock.after(5, boom))
  await assert.rejects(inTimer.run(100), /uncaught in a at .*boom/s)
  const inPromise = new World(17)
  void inPromise.host('b').start(env => {
    env.clock.after(5, () => void Promise.resolve().then(boom))
  })
  await assert.rejects(inPromise.run(100), /uncaught in b at .*boom/s)
})

test('leaks are named', async () => {
  const { world } = await connected(18)
  world.host('a').env.clock.after(1000, nothing)
  assert.deepEqual(world.leaks(), [
    'a: 1 timers',
    'a: pipe to 10.0.0.2:5701, open',
    'b: listener on port 5701',
    'b: pipe to 10.0.0.1:49152, open',
  ])
})

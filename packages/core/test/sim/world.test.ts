import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Host } from '../../sim/host.js'
import { World, type WorldOptions } from '../../sim/world.js'
import { memberId } from '../../src/base/ids.js'
import type { Env, Pipe } from '../../src/env/env.js'

const nothing = (): undefined => undefined

async function listen(env: Env, onPipe: (pipe: Pipe) => void): Promise<void> {
  await env.network.listen({ host: '0.0.0.0', port: 5701, portCount: 0, onPipe })
}

function dial(env: Env, to: Host, timeoutMs = 5000): Promise<Pipe> {
  return env.network.dial({ host: to.machine.address, port: 5701 }, timeoutMs)
}

/** Sends back what it gets. */
const echo = (env: Env): Promise<void> => {
  return listen(env, pipe => {
    pipe.start({ onData: chunk => void pipe.write(chunk.slice()), onDrain: nothing, onClose: nothing })
  })
}

async function play(env: Env, to: Host, rounds: number): Promise<number> {
  const pipe = await dial(env, to)
  return new Promise(resolve => {
    let seen = 0
    pipe.start({
      onData: async chunk => {
        seen += chunk.length
        await null
        await null
        if (seen >= rounds) resolve(seen)
        else pipe.write(new Uint8Array([seen & 255]))
      },
      onDrain: nothing,
      onClose: nothing,
    })
    pipe.write(new Uint8Array([0]))
  })
}

async function pingPong(seed: number, rounds: number, options: WorldOptions = {}): Promise<World> {
  const world = new World(seed, options)
  const [a, b] = [world.host('a'), world.host('b')]
  await world.settle(b.start(echo), 1000)
  assert.equal(
    await world.settle(
      a.start(env => play(env, b, rounds)),
      1e9,
    ),
    rounds,
  )
  return world
}

interface Listened {
  readonly world: World
  readonly a: Host
  readonly b: Host
  /** a's end. */
  readonly near: Pipe
  /** b's end, and what it heard. */
  readonly far: Pipe
  readonly heard: number[]
  readonly closed: string[]
}

/** A pipe from a to b. */
async function connected(seed: number, options: WorldOptions = {}): Promise<Listened> {
  const world = new World(seed, options)
  const [a, b] = [world.host('a'), world.host('b')]
  const heard: number[] = []
  const closed: string[] = []
  let far: Pipe | undefined
  await world.settle(
    b.start(env =>
      listen(env, pipe => {
        far = pipe
        pipe.start({
          onData: chunk => heard.push(...chunk),
          onDrain: nothing,
          onClose: reason => closed.push(`far ${reason}`),
        })
      }),
    ),
    1000,
  )
  const near = await world.settle(
    a.start(env => dial(env, b)),
    5000,
  )
  near.start({ onData: nothing, onDrain: nothing, onClose: reason => closed.push(`near ${reason}`) })
  assert.ok(await world.runUntil(() => far !== undefined, 1000))
  return { world, a, b, near, far: far as Pipe, heard, closed }
}

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

test('bytes arrive complete and in order, chopped and glued', async () => {
  const weather = { chopOneIn: 2, splitOneIn: 2, windowBytes: 700, tailOneIn: 5, tailMs: 50 }
  for (let seed = 1; seed <= 20; seed++) {
    const { world, a, near, heard } = await connected(seed, { weather })
    const sent: number[] = []
    void a.start(async env => {
      for (let i = 0; i < 50; i++) {
        const bytes = Uint8Array.from({ length: 1 + (i % 40) }, (_, at) => (i + at) & 255)
        sent.push(...bytes)
        near.write(bytes)
        if (i % 3 === 0) await new Promise<void>(resume => env.clock.after(1, resume))
      }
    })
    assert.ok(await world.runUntil(() => heard.length === 875, 10_000), `${heard.length} bytes`)
    assert.deepEqual(heard, sent)
  }
})

test('who keeps a chunk without copying it keeps garbage', async () => {
  const world = new World(1)
  const [a, b] = [world.host('a'), world.host('b')]
  let kept: Uint8Array | undefined
  const keep = (chunk: Uint8Array): void => {
    kept = chunk
  }
  await world.settle(
    b.start(env => listen(env, pipe => pipe.start({ onData: keep, onDrain: nothing, onClose: nothing }))),
    100,
  )
  void a.start(async env => (await dial(env, b)).write(new Uint8Array([1, 2, 3])))
  assert.ok(await world.runUntil(() => kept !== undefined, 100))
  assert.deepEqual([...(kept as Uint8Array)], Array(kept?.length).fill(0xdb))
})

test('a writer who is not read is told to stop, and to go on', async () => {
  const { world, near, far, heard } = await connected(3, { weather: { windowBytes: 1000 } })
  let drained = 0
  near.start({ onData: nothing, onDrain: () => void drained++, onClose: nothing })
  far.pause()
  assert.equal(near.write(new Uint8Array(900)), true)
  assert.equal(near.write(new Uint8Array(30_000)), false)
  await world.run(1000)
  assert.equal(heard.length, 0)
  assert.equal(near.bufferedBytes, 29_900)
  assert.equal(drained, 0)
  far.resume()
  assert.ok(await world.runUntil(() => heard.length === 30_900, 10_000))
  assert.equal(near.bufferedBytes, 0)
  assert.equal(drained, 1)
})

test('end sends what is buffered; both sides hear of the close once', async () => {
  const { world, near, heard, closed } = await connected(4, { weather: { windowBytes: 100 } })
  near.write(new Uint8Array(1000))
  near.end()
  assert.equal(near.write(new Uint8Array(1)), true)
  assert.ok(await world.runUntil(() => closed.length === 2, 1000))
  assert.equal(heard.length, 1000)
  assert.deepEqual(closed.sort(), ['far ended', 'near ended'])
  assert.deepEqual(world.leaks(), ['b: listener on port 5701'])
})

test('after end nothing is heard any more, and a silent other side is given up', async () => {
  const { world, near, far, closed } = await connected(4)
  const heard: number[] = []
  near.start({ onData: chunk => heard.push(...chunk), onDrain: nothing, onClose: reason => closed.push(`near ${reason}`) })
  world.network.link('a', 'b').cut()
  near.end()
  far.write(new Uint8Array([1]))
  await world.run(900)
  assert.deepEqual([heard, closed], [[], []])
  await world.run(200)
  assert.deepEqual(closed, ['near destroyed'])
})

test('destroy drops what is buffered; both sides hear of the close once', async () => {
  const { world, near, heard, closed } = await connected(5, { weather: { windowBytes: 100 } })
  near.write(new Uint8Array(1000))
  near.destroy()
  near.destroy()
  await world.run(1000)
  assert.ok(heard.length <= 100)
  assert.deepEqual(closed.sort(), ['far connection reset', 'near destroyed'])
})

test('a cut link holds bytes until it is healed', async () => {
  const { world, near, heard } = await connected(6)
  const link = world.network.link('a', 'b')
  link.cut()
  near.write(new Uint8Array([1, 2]))
  near.write(new Uint8Array([3]))
  await world.run(60_000)
  assert.deepEqual(heard, [])
  assert.ok(link.held > 0)
  link.heal()
  assert.ok(await world.runUntil(() => heard.length === 3, 4000))
  assert.deepEqual(heard, [1, 2, 3])
})

test('a link cut in one direction carries the other one, until the window is full', async () => {
  const { world, near, heard } = await connected(7, { weather: { windowBytes: 1000 } })
  world.network.link('b', 'a').cut()
  near.write(new Uint8Array(5000))
  await world.run(10_000)
  assert.equal(heard.length, 1000)
  world.network.link('b', 'a').heal()
  assert.ok(await world.runUntil(() => heard.length === 5000, 10_000))
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

test('nobody listening refuses at once; a dead machine and a cut link let the dialler wait', async () => {
  const world = new World(11)
  const [a, b] = [world.host('a'), world.host('b')]
  const dialling = (): Promise<Pipe> => a.start(env => dial(env, b, 3000))
  await assert.rejects(world.settle(dialling(), 100), /refused/)
  b.crash('power')
  await assert.rejects(world.settle(dialling(), 3100), /no answer within 3000/)
  b.restart()
  await world.settle(b.start(echo), 100)
  const link = world.network.link('b', 'a')
  link.cut()
  await assert.rejects(world.settle(dialling(), 3100), /no answer within 3000/)
  const waiting = dialling()
  await world.run(500)
  link.heal()
  assert.ok(await world.settle(waiting, 2000))
})

test('ports: the next free one of a range, and an error when there is none', async () => {
  const world = new World(12)
  const [a, b] = [world.host('a', 'shared'), world.host('b', 'shared')]
  const open = (host: Host, portCount: number): Promise<number> => {
    const onPipe = nothing
    return host.start(async env => (await env.network.listen({ host: '0.0.0.0', port: 5701, portCount, onPipe })).address.port)
  }
  assert.equal(await world.settle(open(a, 2), 100), 5701)
  assert.equal(await world.settle(open(b, 2), 100), 5702)
  await assert.rejects(world.settle(open(b, 2), 100), { code: 'ADDRESS_IN_USE' })
  a.crash()
  assert.equal(await world.settle(open(b, 1), 100), 5701)
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

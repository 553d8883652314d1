import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Host } from '../../sim/host.js'
import { World } from '../../sim/world.js'
import type { Pipe } from '../../src/env/env.js'
import { connected, dial, echo, listen, nothing } from './toy-pipes.js'

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

test('what was on its way when a link was cut still comes before what was written afterwards', async () => {
  const { world, a, near, heard } = await connected(5, { weather: { baseMs: 50, jitterMs: 0 } })
  const link = world.network.link('a', 'b')
  void a.start(async () => void near.write(Uint8Array.of(1)))
  await world.run(10)
  link.cut()
  void a.start(async () => void near.write(Uint8Array.of(2)))
  await world.run(200)
  assert.deepEqual(heard, [])
  link.heal()
  assert.ok(await world.runUntil(() => heard.length === 2, 60_000))
  assert.deepEqual(heard, [1, 2])
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
  const healedMs = world.nowMs
  assert.ok(await world.runUntil(() => heard.length === 3, 4000))
  assert.deepEqual(heard, [1, 2, 3])
  const { resentUntilMs } = world.network.stats
  assert.ok(healedMs < resentUntilMs && resentUntilMs <= world.nowMs, `${healedMs} < ${resentUntilMs} <= ${world.nowMs}`)
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

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Host } from '../../sim/host.js'
import { World, type WorldOptions } from '../../sim/world.js'
import type { Env } from '../../src/env/env.js'

/** A process that answers every byte it gets, and one that plays `rounds` of ping-pong with it. */
async function echo(env: Env): Promise<void> {
  await env.network.listen({
    host: '0.0.0.0',
    port: 5701,
    portCount: 0,
    onPipe: pipe =>
      pipe.start({ onData: chunk => void pipe.write(chunk.slice()), onDrain: () => undefined, onClose: () => undefined }),
  })
}

async function play(env: Env, to: Host, rounds: number): Promise<number> {
  const pipe = await env.network.dial({ host: to.machine.address, port: 5701 }, 5000)
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
      onDrain: () => undefined,
      onClose: () => undefined,
    })
    pipe.write(new Uint8Array([0]))
  })
}

async function pingPong(seed: number, rounds: number, options: WorldOptions = {}): Promise<World> {
  const world = new World(seed, options)
  const a = world.host('a')
  const b = world.host('b')
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

test('two processes talk, and a seed repeats itself to the last byte', async () => {
  const [once, again, other] = [await pingPong(1, 500), await pingPong(1, 500), await pingPong(2, 500)]
  assert.equal(once.fingerprint(), again.fingerprint())
  assert.equal(once.nowMs, again.nowMs)
  assert.notEqual(once.fingerprint(), other.fingerprint())
})

/** Small processes for tests of the world: one that echoes, and pairs that are connected. */

import assert from 'node:assert/strict'
import type { Host } from '../../sim/host.js'
import { World, type WorldOptions } from '../../sim/world.js'
import type { Env, Pipe } from '../../src/env/env.js'

export const nothing = (): undefined => undefined

export async function listen(env: Env, onPipe: (pipe: Pipe) => void): Promise<void> {
  await env.network.listen({ host: '0.0.0.0', port: 5701, portCount: 0, onPipe })
}

export function dial(env: Env, to: Host, timeoutMs = 5000): Promise<Pipe> {
  return env.network.dial({ host: to.machine.address, port: 5701 }, timeoutMs)
}

/** Sends back what it gets. */
export const echo = (env: Env): Promise<void> => {
  return listen(env, pipe => {
    pipe.start({ onData: chunk => void pipe.write(chunk.slice()), onDrain: nothing, onClose: nothing })
  })
}

async function play(env: Env, to: Host, rounds: number): Promise<number> {
  const pipe = await dial(env, to)
  return new Promise(resolve => {
    let seen = 0
    const answer = async (): Promise<void> => {
      await null
      await null
      if (seen >= rounds) resolve(seen)
      else pipe.write(new Uint8Array([seen & 255]))
    }
    pipe.start({
      onData: chunk => {
        seen += chunk.length
        void answer()
      },
      onDrain: nothing,
      onClose: nothing,
    })
    pipe.write(new Uint8Array([0]))
  })
}

export async function pingPong(seed: number, rounds: number, options: WorldOptions = {}): Promise<World> {
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

export interface Listened {
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
export async function connected(seed: number, options: WorldOptions = {}): Promise<Listened> {
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

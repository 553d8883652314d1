import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { describe, test } from 'node:test'
import { CobnutError } from '../../../src/base/errors.js'
import type { Listener, Pipe } from '../../../src/env/env.js'
import { bytes, localhost, network, Sink, until } from './support.js'

interface Pair {
  readonly near: Pipe
  readonly far: Pipe
  readonly listener: Listener
}

/** A connection that has said `hello`, which the far end has not read yet. */
async function pair(): Promise<Pair> {
  let accepted: (pipe: Pipe) => void = () => {}
  const far = new Promise<Pipe>(resolve => {
    accepted = resolve
  })
  const listener = await network().listen({ host: localhost, port: 0, portCount: 1, onPipe: pipe => accepted(pipe) })
  const near = await network().dial(listener.address, 1_000)
  near.write(bytes('hello'))
  return { near, far: await far, listener }
}

const isCode = (code: string) => (error: unknown) => error instanceof CobnutError && error.code === code

describe('pipes over TCP', () => {
  test('carry bytes both ways, the ones that were looked at included', async () => {
    const { near, far, listener } = await pair()
    const [a, b] = [new Sink(near), new Sink(far)]
    far.write(bytes('answer'))
    near.write(bytes(' again'))
    await until('both', () => a.text === 'answer' && b.text === 'hello again')
    assert.deepEqual(near.remote, listener.address)
    assert.deepEqual(far.remote, near.local)
    await listener.close()
  })

  test('tell each end exactly once that they closed', async () => {
    const { near, far, listener } = await pair()
    const [a, b] = [new Sink(near), new Sink(far)]
    near.write(bytes(' last words'))
    near.end()
    near.end()
    near.destroy()
    await until('both ends', () => a.reasons.length > 0 && b.reasons.length > 0)
    near.destroy()
    far.destroy()
    near.write(bytes('nobody hears'))
    await listener.close()
    assert.deepEqual(a.reasons, ['closed here'])
    assert.equal(b.reasons.length, 1)
  })

  test('end: what was written arrives, also at an end that has something to say itself', async () => {
    const { near, far, listener } = await pair()
    const b = new Sink(far)
    const megabyte = 'x'.repeat(1024 * 1024)
    far.write(bytes(megabyte))
    near.write(bytes(megabyte))
    near.end()
    await until('the end', () => b.reasons.length === 1)
    assert.equal(b.text.length, 5 + megabyte.length)
    assert.deepEqual(b.reasons, ['closed by the other side'])
    await listener.close()
  })

  test('a close before anybody listened is told to who comes later', async () => {
    const { near, far, listener } = await pair()
    near.destroy()
    far.destroy()
    await listener.close()
    const [a, b] = [new Sink(near), new Sink(far)]
    await until('both', () => a.reasons.length > 0 && b.reasons.length > 0)
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    assert.deepEqual([a.reasons.length, b.reasons.length], [1, 1])
  })

  test('a reset has a reason', async () => {
    let far: Pipe | undefined
    const listener = await network().listen({
      host: localhost,
      port: 0,
      portCount: 1,
      onPipe: pipe => {
        far = pipe
      },
    })
    const socket = net.connect(listener.address.port, localhost)
    socket.write('x')
    await until('the pipe', () => far !== undefined)
    const sink = new Sink(far!)
    await until('the byte', () => sink.text === 'x')
    socket.resetAndDestroy()
    await until('the close', () => sink.reasons.length === 1)
    assert.match(sink.reasons[0]!, /ECONNRESET/)
    await listener.close()
  })

  test('back-pressure: a writer is told to wait, and then to go on', async () => {
    const { near, far, listener } = await pair()
    const a = new Sink(near)
    const block = new Uint8Array(256 * 1024)
    let written = 5
    let likes = true
    while (likes) {
      likes = near.write(block)
      written += block.length
    }
    assert.ok(near.bufferedBytes > 0)
    assert.equal(a.drains, 0)
    const b = new Sink(far)
    await until('the drain', () => a.drains === 1)
    await until('all', () => b.text.length === written)
    assert.equal(near.bufferedBytes, 0)
    near.destroy()
    await listener.close()
  })

  test('what a reader has taken of a large piece is seen while the rest is under way', async () => {
    const { near, far, listener } = await pair()
    new Sink(near)
    const seen = new Set<number>()
    let arrived = 0
    far.start({
      onData: chunk => {
        arrived += chunk.length
        seen.add(near.bufferedBytes)
      },
      onDrain: () => undefined,
      onClose: () => undefined,
    })
    const pieceBytes = 32 * 1024 * 1024
    near.write(new Uint8Array(pieceBytes))
    near.write(new Uint8Array(1))
    await until('all', () => arrived === 5 + pieceBytes + 1)
    assert.ok(seen.size > 4, `${[...seen]}`)
    near.destroy()
    await listener.close()
  })

  test('what is written in one piece is sent whole before the end', async () => {
    const { near, far, listener } = await pair()
    new Sink(near)
    const b = new Sink(far)
    near.write(new Uint8Array(4 * 1024 * 1024))
    near.end()
    await until('the end', () => b.reasons.length === 1)
    assert.equal(b.text.length, 5 + 4 * 1024 * 1024)
    await listener.close()
  })

  test('nothing is read before start, nor while paused', async () => {
    const { near, far, listener } = await pair()
    const b = new Sink(far)
    await until('hello', () => b.text === 'hello')
    far.pause()
    near.write(bytes(' paused'))
    await until('it to leave', () => near.bufferedBytes === 0)
    // a second connection that goes all the way shows that the loop has turned
    await (await network().dial(listener.address, 1_000)).end()
    assert.equal(b.text, 'hello')
    far.resume()
    await until('the rest', () => b.text === 'hello paused')
    near.destroy()
    await listener.close()
  })

  test('a second receiver takes over', async () => {
    const { near, far, listener } = await pair()
    const first = new Sink(far)
    await until('hello', () => first.text === 'hello')
    const second = new Sink(far)
    near.write(bytes('for the second'))
    near.end()
    await until('the close', () => second.reasons.length === 1)
    assert.equal(second.text, 'for the second')
    assert.deepEqual([first.text, first.reasons.length], ['hello', 0])
    await listener.close()
  })
})

describe('listening and dialling', () => {
  test('a port that is taken leads to the next one, and a range that is taken to an error naming it', async () => {
    const onPipe = (pipe: Pipe): void => pipe.destroy()
    const first = await network().listen({ host: localhost, port: 0, portCount: 1, onPipe })
    const { port } = first.address
    const second = await network().listen({ host: localhost, port, portCount: 20, onPipe })
    assert.ok(second.address.port > port && second.address.port < port + 20)
    await assert.rejects(network().listen({ host: localhost, port, portCount: 1, onPipe }), error => {
      assert.ok(isCode('ADDRESS_IN_USE')(error))
      assert.match(String(error), new RegExp(`${port} to ${port} is free on ${localhost}`))
      return true
    })
    await Promise.all([first.close(), second.close()])
  })

  test('an address of another machine cannot be bound', async () => {
    const listening = network().listen({ host: '198.51.100.1', port: 0, portCount: 1, onPipe: () => {} })
    await assert.rejects(listening, isCode('CONFIG_INVALID'))
  })

  test('a refused dial says so; a silent one ends with its time', async () => {
    const listener = await network().listen({ host: localhost, port: 0, portCount: 1, onPipe: () => {} })
    await listener.close()
    await assert.rejects(network().dial(listener.address, 1_000), error => {
      assert.ok(isCode('LINK_CLOSED')(error))
      assert.equal((error as CobnutError).details.refused, true)
      assert.equal((error as CobnutError).outcome, 'not-applied')
      return true
    })
    await assert.rejects(network().dial({ host: 'no-such-host.invalid', port: 1 }, 2_000), error => {
      assert.notEqual((error as CobnutError).details.refused, true)
      return isCode('LINK_CLOSED')(error)
    })
    // an address that the documentation of networks reserves: nobody answers
    await assert.rejects(network().dial({ host: '192.0.2.254', port: 9 }, 30), isCode('LINK_CLOSED'))
  })

  test('closing the listener closes its connections, also one that does not read', async () => {
    const { near, far, listener } = await pair()
    const a = new Sink(near)
    near.pause()
    for (let i = 0; i < 64; i++) far.write(new Uint8Array(256 * 1024))
    await listener.close()
    await assert.rejects(network().dial(listener.address, 1_000), isCode('LINK_CLOSED'))
    near.resume()
    await until('the near end', () => a.reasons.length === 1)
  })

  test('a connection that says nothing is closed without anybody being told', async t => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let pipes = 0
    const listener = await network().listen({ host: localhost, port: 0, portCount: 1, onPipe: () => pipes++ })
    const socket = net.connect(listener.address.port, localhost)
    socket.on('error', () => {})
    await once(socket, 'connect')
    // the other side accepts in the same loop, one turn later at most
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    const closed = once(socket, 'close')
    t.mock.timers.tick(10_000)
    await closed
    assert.equal(pipes, 0)
    t.mock.timers.reset()
    await listener.close()
  })
})

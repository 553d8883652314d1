import assert from 'node:assert/strict'
import http from 'node:http'
import net from 'node:net'
import { describe, test } from 'node:test'
import type { Listener } from '../../../src/env/env.js'
import { localhost, network, Sink, until } from './support.js'

interface Shared {
  readonly listener: Listener
  readonly sinks: Sink[]
}

async function withShared(run: (shared: Shared) => Promise<void>, server?: http.Server): Promise<void> {
  const own = network()
  if (server !== undefined) own.attachHttp(server)
  const sinks: Sink[] = []
  const listener = await own.listen({ host: localhost, port: 0, portCount: 1, onPipe: pipe => void sinks.push(new Sink(pipe)) })
  try {
    await run({ listener, sinks })
  } finally {
    await listener.close()
  }
}

const echoServer = (): http.Server =>
  http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => response.end(`${request.method} ${request.url} ${Buffer.concat(chunks).length}`))
  })

describe('one port for everything', () => {
  test('every method of HTTP reaches the HTTP server, with its body', () =>
    withShared(async ({ listener, sinks }) => {
      const base = `http://${localhost}:${listener.address.port}`
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        const body = method === 'GET' ? {} : { body: 'x'.repeat(200_000) }
        const response = await fetch(`${base}/${method}`, { method, ...body })
        assert.equal(await response.text(), `${method} /${method} ${method === 'GET' ? 0 : 200_000}`)
      }
      assert.equal((await fetch(base, { method: 'HEAD' })).status, 200)
      assert.equal(sinks.length, 0)
    }, echoServer()))

  test('a method that comes in single bytes is recognised all the same', () =>
    withShared(async ({ listener }) => {
      const socket = net.connect(listener.address.port, localhost)
      let answer = ''
      socket.on('data', chunk => {
        answer += chunk
      })
      for (const byte of 'GET /slow HTTP/1.0\r\n\r\n') {
        socket.write(byte)
        await new Promise(resolve => setImmediate(resolve))
      }
      await until('an answer', () => answer.endsWith('GET /slow 0'))
      socket.destroy()
    }, echoServer()))

  for (const start of ['CP2', 'P', 'POSTER'.slice(0, 3), 'GETTING', 'GE\x01\x02']) {
    test(`${JSON.stringify(start)} ${start.startsWith('PO') || start === 'P' ? 'and then something else' : ''} is a pipe`, () =>
      withShared(async ({ listener, sinks }) => {
        const socket = net.connect(listener.address.port, localhost)
        socket.write(start)
        await new Promise(resolve => setImmediate(resolve))
        socket.write('\0rest')
        await until('all bytes', () => sinks[0]?.text === `${start}\0rest`)
        socket.destroy()
      }, echoServer()))
  }

  test('without an HTTP server HTTP is turned away', () =>
    withShared(async ({ listener, sinks }) => {
      await assert.rejects(fetch(`http://${localhost}:${listener.address.port}/`))
      assert.equal(sinks.length, 0)
    }))
})

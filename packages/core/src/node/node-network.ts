/**
 * TCP as the seam wants it. One port for everything: a connection that begins like HTTP goes to the attached HTTP server,
 * every other one is a pipe. This is where TLS will sit: around the socket, before the first byte is looked at.
 */

import type { Server as HttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'
import { CobnutError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import type { Address, DeathProof, Incarnation, Listener, ListenOptions, Log, Network, Pipe } from '../env/env.js'
import { DeathWitness } from './death-witness.js'
import { plainHost, SocketPipe } from './socket-pipe.js'

const httpMethods = ['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'PATC', 'OPTI']
const methodBytes = 4
/** Connections at once on one port; one more is closed as it comes. Each costs a few kilobytes. */
const connectionsMax = 10_000
/** A connection that says nothing is closed after so long. */
const silentMs = 10_000
/** When the listener closes: time for the last answers to leave. */
const lingerMs = 1_000

export class NodeNetwork implements Network {
  readonly #log: Log
  readonly #witness = new DeathWitness()
  #http: HttpServer | null = null

  constructor(log: Log) {
    this.#log = log
  }

  /** Gets every connection that begins with an HTTP method; without one they are closed. */
  attachHttp(server: HttpServer): void {
    this.#http = server
  }

  async listen({ host, port, portCount, onPipe }: ListenOptions): Promise<Listener> {
    const last = port === 0 ? 0 : Math.min(port + Math.max(portCount, 1) - 1, 65_535)
    for (let at = port; at <= last; at++) {
      const sockets = new Set<Socket>()
      const server = createServer({ pauseOnConnect: true }, socket => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
        this.#welcome(socket, onPipe)
      })
      if (!(await isListening(server, host, at))) continue
      this.#limit(server)
      const bound = server.address() as AddressInfo
      return { address: { host: plainHost(bound.address), port: bound.port }, close: () => closed(server, sockets) }
    }
    throw new CobnutError('ADDRESS_IN_USE', `no port from ${port} to ${last} is free on ${host}`, { host, port, last })
  }

  #limit(server: Server): void {
    server.maxConnections = connectionsMax
    let saidMs = Number.NEGATIVE_INFINITY
    server.on('drop', drop => {
      const nowMs = performance.now()
      if (nowMs - saidMs < 1_000) return
      saidMs = nowMs
      this.#log.warn('connection.dropped', { remote: drop?.remoteAddress, connectionsMax })
    })
    // what goes wrong with a single connection (no file descriptor left, say) does not end the others
    server.on('error', error => this.#log.error('listener.failed', { error: error.message }))
  }

  /** Looks at the first bytes and puts them back. */
  #welcome(socket: Socket, onPipe: (pipe: Pipe) => void): void {
    const timer = setTimeout(() => socket.destroy(), silentMs)
    // 'close' follows; whoever takes the socket over listens for the reason
    socket.on('error', () => {})
    const cancel = (): void => clearTimeout(timer)
    socket.once('close', cancel)
    // bytes that do not settle it are kept here: put back at once, they would count as new ones
    let read: Buffer = Buffer.alloc(0)
    const look = (): void => {
      const chunk = socket.read() as Buffer | null
      if (chunk !== null) read = Buffer.concat([read, chunk])
      const isHttp = looksLikeHttp(read)
      if (isHttp === null) {
        socket.once('readable', look)
        return
      }
      socket.unshift(read)
      cancel()
      socket.off('close', cancel)
      if (!isHttp) onPipe(new SocketPipe(socket))
      else if (this.#http === null) socket.destroy()
      else this.#http.emit('connection', socket)
    }
    socket.once('readable', look)
  }

  dial(to: Address, timeoutMs: number): Promise<Pipe> {
    return new Promise((resolve, reject) => {
      const socket = new Socket()
      const where = `${to.host}:${to.port}`
      const fail = (text: string, details: { readonly cause?: Error; readonly refused?: boolean } = {}): void => {
        clearTimeout(timer)
        socket.off('error', onError)
        // destroyed sockets may still have something to say
        socket.on('error', () => {})
        socket.destroy()
        reject(new CobnutError('LINK_CLOSED', `${where}: ${text}`, { ...details, outcome: 'not-applied' }))
      }
      const timer = setTimeout(() => fail(`no connection within ${timeoutMs} ms`), timeoutMs)
      const onError = (error: Error): void => fail(error.message, { cause: error, refused: isRefusal(error) })
      socket.once('error', onError)
      socket.connect({ host: to.host, port: to.port }, () => {
        clearTimeout(timer)
        socket.off('error', onError)
        resolve(new SocketPipe(socket))
      })
    })
  }

  announce(id: MemberId): Promise<Incarnation> {
    return this.#witness.announce(id)
  }

  probe(token: string): Promise<DeathProof> {
    return this.#witness.probe(token)
  }
}

/** Null: too few bytes to say. */
function looksLikeHttp(bytes: Buffer): boolean | null {
  const start = bytes.toString('latin1', 0, methodBytes)
  if (!httpMethods.some(method => method.startsWith(start))) return false
  return bytes.length < methodBytes ? null : true
}

/** Of a name with several addresses, each one has to say so. */
function isRefusal(error: Error): boolean {
  const all = error instanceof AggregateError ? error.errors : [error]
  return all.every((e: unknown) => e instanceof Error && 'code' in e && e.code === 'ECONNREFUSED')
}

/** False: the port is taken. */
function isListening(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else {
        const text = `cannot listen on ${host}:${port}: ${error.message}`
        reject(new CobnutError('CONFIG_INVALID', text, { cause: error, host, port }))
      }
    }
    server.once('error', onError)
    // exclusive: in a worker of node:cluster, two members may not share one port without knowing
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', onError)
      resolve(true)
    })
  })
}

function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, lingerMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    for (const socket of sockets) socket.destroySoon()
  })
}

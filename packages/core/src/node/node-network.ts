/**
 * TCP, and TLS around it, as the seam wants it. One port for everything: a connection that begins like HTTP goes to the
 * attached HTTP server, every other one is a pipe. Where <ssl> is configured, what is not encrypted gets a pipe as well,
 * which says so: a member can then be told why it is turned away. HTTP is told here.
 */

import type { Server as HttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'
import type { Server as TlsServer } from 'node:tls'
import { CobnutError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import type { Address, DeathProof, Incarnation, Listener, ListenOptions, Log, Network, Pipe, Standing } from '../env/env.js'
import { DeathWitness } from './death-witness.js'
import { plainHost, SocketPipe } from './socket-pipe.js'
import type { TlsGate } from './tls-gate.js'

const httpMethods = ['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'PATC', 'OPTI']
const methodBytes = 4
/** A handshake of TLS begins so; nothing else that is spoken here does. */
const tlsHandshake = 0x16
/** What TLS says to somebody whom it does not understand: fatal, handshake failure. */
const tlsAlert = Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28)
const httpsOnly = '{"code":"TLS_REQUIRED","message":"this port speaks TLS: ask with https"}'
const httpsHead = `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${httpsOnly.length}`
const httpsAnswer = `${httpsHead}\r\nconnection: close\r\n\r\n${httpsOnly}`
/** Connections at once on one port; one more is closed as it comes. Each costs a few kilobytes. */
const connectionsMax = 10_000
/** A connection that says nothing is closed after so long. */
const silentMs = 10_000
/** When the listener closes: time for the last answers to leave. */
const lingerMs = 1_000

export class NodeNetwork implements Network {
  readonly #log: Log
  readonly #tls: TlsGate | null
  readonly #witness = new DeathWitness()
  #http: HttpServer | null = null

  /** @param tls null: nothing is encrypted */
  constructor(log: Log, tls: TlsGate | null = null) {
    this.#log = log
    this.#tls = tls
  }

  /** Gets every connection that begins with an HTTP method; without one they are closed. */
  attachHttp(server: HttpServer): void {
    this.#http = server
  }

  async listen({ host, port, portCount, onPipe }: ListenOptions): Promise<Listener> {
    const last = port === 0 ? 0 : Math.min(port + Math.max(portCount, 1) - 1, 65_535)
    for (let at = port; at <= last; at++) {
      const sockets = new Set<Socket>()
      const known = (socket: Socket): void => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      }
      const secure = this.#tls?.server(({ socket, standing }) => {
        known(socket)
        this.#welcome(socket, { onPipe, standing, secure: null })
      })
      const server = createServer({ pauseOnConnect: true }, socket => {
        known(socket)
        this.#welcome(socket, { onPipe, standing: secure === undefined ? 'open' : 'unencrypted', secure: secure ?? null })
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
  #welcome(socket: Socket, entrance: EntranceOptions): void {
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
      const kind = kindOf(read)
      if (kind === null) {
        socket.once('readable', look)
        return
      }
      socket.unshift(read)
      cancel()
      socket.off('close', cancel)
      this.#handOver(socket, kind, entrance)
    }
    socket.once('readable', look)
  }

  #handOver(socket: Socket, kind: 'tls' | 'http' | 'other', { onPipe, standing, secure }: EntranceOptions): void {
    if (kind === 'tls' && secure !== null) secure.emit('connection', socket)
    else if (kind === 'tls') {
      this.#log.warn('connection.encrypted', { remote: remoteOf(socket), reason: 'it speaks TLS, and <ssl> is not enabled here' })
      closeWith(socket, tlsAlert)
    } else if (kind === 'other') onPipe(new SocketPipe(socket, standing))
    else if (standing === 'unencrypted') {
      this.#log.warn('connection.notEncrypted', { remote: remoteOf(socket), reason: 'HTTP without TLS: <ssl> is enabled here' })
      closeWith(socket, Buffer.from(httpsAnswer, 'latin1'))
    } else if (this.#http === null) socket.destroy()
    else this.#http.emit('connection', socket)
  }

  dial(to: Address, timeoutMs: number): Promise<Pipe> {
    return new Promise((resolve, reject) => {
      let socket = new Socket()
      const where = `${to.host}:${to.port}`
      const fail = (error: CobnutError): void => {
        clearTimeout(timer)
        socket.off('error', onError)
        // destroyed sockets may still have something to say
        socket.on('error', () => {})
        socket.destroy()
        reject(error)
      }
      const timer = setTimeout(() => fail(unreachable(where, `no connection within ${timeoutMs} ms`)), timeoutMs)
      const onError = (error: Error): void => {
        const text = error instanceof CobnutError ? `${where}: ${error.message}` : error.message
        if (error instanceof CobnutError) fail(new CobnutError(error.code, text, { cause: error }))
        else fail(unreachable(where, text, { cause: error, refused: isRefusal(error) }))
      }
      const done = (standing: Standing): void => {
        clearTimeout(timer)
        socket.off('error', onError)
        resolve(new SocketPipe(socket, standing))
      }
      socket.once('error', onError)
      socket.connect({ host: to.host, port: to.port }, () => {
        if (this.#tls === null) return done('open')
        const raw = socket
        const replaced = (secured: Socket): void => {
          raw.off('error', onError)
          raw.on('error', () => {})
          socket = secured
        }
        this.#tls.dial(raw, to.host, replaced).then(({ standing }) => {
          if (socket.destroyed) onError(new Error('closed during the handshake of TLS'))
          else done(standing)
        }, onError)
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

interface EntranceOptions {
  readonly onPipe: (pipe: Pipe) => void
  readonly standing: Standing
  /** Where handshakes of TLS go; null: nowhere. */
  readonly secure: TlsServer | null
}

/** Null: too few bytes to say. */
function kindOf(bytes: Buffer): 'tls' | 'http' | 'other' | null {
  if (bytes[0] === tlsHandshake) return 'tls'
  const start = bytes.toString('latin1', 0, methodBytes)
  if (!httpMethods.some(method => method.startsWith(start))) return 'other'
  return bytes.length < methodBytes ? null : 'http'
}

const remoteOf = (socket: Socket): string => `${plainHost(socket.remoteAddress)}:${socket.remotePort}`

/** Last words to somebody who is not read: what has come is dropped first, for a close with bytes unread loses them. */
function closeWith(socket: Socket, words: Uint8Array): void {
  socket.resume()
  socket.end(words)
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

const unreachable = (where: string, text: string, details: { readonly cause?: Error; readonly refused?: boolean } = {}) =>
  new CobnutError('LINK_CLOSED', `${where}: ${text}`, { ...details, outcome: 'not-applied' })

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

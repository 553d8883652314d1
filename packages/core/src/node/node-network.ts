/** TCP as the seam wants it. A connection that begins like HTTP goes to the attached HTTP server: one port for everything. */

import type { Server as HttpServer } from 'node:http'
import { createServer, type Server, Socket } from 'node:net'
import { CobnutError } from '../base/errors.js'
import type { MemberId } from '../base/ids.js'
import type { Address, DeathProof, Incarnation, Listener, ListenOptions, Network, Pipe, PipeReceiver } from '../env/env.js'
import { announceIncarnation, probeIncarnation } from './death-proof.js'

const httpMethods = ['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'PATC', 'OPTI']
const methodBytes = 4
/** A connection that says nothing is closed. */
const silentMs = 10_000
/** Beyond this, new connections are refused at once. */
const connectionsMax = 10_000

export class NodeNetwork implements Network {
  #http: HttpServer | null = null

  /** Gets every connection that begins with an HTTP method. */
  attachHttp(server: HttpServer): void {
    this.#http = server
  }

  async listen({ host, port, portCount, onPipe }: ListenOptions): Promise<Listener> {
    const last = port === 0 ? 0 : port + Math.max(portCount, 1) - 1
    for (let at = port; at <= last; at++) {
      const sockets = new Set<Socket>()
      const server = createServer({ pauseOnConnect: true }, socket => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
        this.#welcome(socket, onPipe)
      })
      server.maxConnections = connectionsMax
      if (!(await isListening(server, host, at))) continue
      const bound = server.address() as { address: string; port: number }
      return { address: { host: bound.address, port: bound.port }, close: () => closed(server, sockets) }
    }
    throw new CobnutError('ADDRESS_IN_USE', `no port from ${port} to ${last} is free on ${host}`, { host, port, last })
  }

  #welcome(socket: Socket, onPipe: (pipe: Pipe) => void): void {
    const timer = setTimeout(() => socket.destroy(), silentMs)
    socket.on('error', () => {})
    socket.once('close', () => clearTimeout(timer))
    const look = (): void => {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) {
        socket.once('readable', look)
        return
      }
      // a method is longer than our prefixes: one byte of difference is enough to know that it is none
      const start = chunk.subarray(0, methodBytes).toString('latin1')
      const maybeHttp = httpMethods.some(m => m.startsWith(start) || start.startsWith(m))
      socket.unshift(chunk)
      if (maybeHttp && chunk.length < methodBytes) {
        socket.once('readable', look)
        return
      }
      clearTimeout(timer)
      if (!maybeHttp) onPipe(new SocketPipe(socket))
      else if (this.#http === null) socket.destroy()
      else this.#http.emit('connection', socket)
    }
    socket.once('readable', look)
  }

  dial(to: Address, timeoutMs: number): Promise<Pipe> {
    return new Promise((resolve, reject) => {
      const socket = new Socket()
      const timer = setTimeout(() => {
        socket.destroy()
        reject(new CobnutError('LINK_CLOSED', `no connection to ${to.host}:${to.port} within ${timeoutMs} ms`))
      }, timeoutMs)
      const onError = (error: Error): void => {
        clearTimeout(timer)
        reject(error)
      }
      socket.once('error', onError)
      socket.connect({ host: to.host, port: to.port }, () => {
        clearTimeout(timer)
        socket.off('error', onError)
        resolve(new SocketPipe(socket))
      })
    })
  }

  announce(id: MemberId): Promise<Incarnation> {
    return announceIncarnation(id)
  }

  probe(token: string): Promise<DeathProof> {
    return probeIncarnation(token)
  }
}

/** False: the port is taken. */
function isListening(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen({ host, port }, () => resolve(true))
  })
}

function closed(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    for (const socket of sockets) socket.destroySoon()
  })
}

class SocketPipe implements Pipe {
  readonly remote: Address
  readonly local: Address
  readonly #socket: Socket
  #receiver: PipeReceiver | null = null
  #reason = 'closed by the other side'

  constructor(socket: Socket) {
    this.#socket = socket
    // frames are small and each one is waited for: never hold one back for the next
    socket.setNoDelay(true)
    this.remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
    this.local = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 }
    socket.on('error', error => {
      this.#reason = error.message
    })
  }

  start(receiver: PipeReceiver): void {
    const first = this.#receiver === null
    this.#receiver = receiver
    if (!first) return
    const socket = this.#socket
    socket.on('close', () => this.#receiver?.onClose(this.#reason))
    socket.on('drain', () => this.#receiver?.onDrain())
    socket.on('data', (chunk: Buffer) => this.#receiver?.onData(chunk))
    socket.resume()
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.writable ? this.#socket.write(bytes) : true
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    // what the other side still sends is not waited for
    this.#socket.destroySoon()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

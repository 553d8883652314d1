/** A TCP connection, or TLS over one, as a `Pipe`. Bytes go through without copies in both directions. */

import type { Socket } from 'node:net'
import type { Address, Pipe, PipeReceiver, Standing } from '../env/env.js'

/** Idle time after which the system asks whether the other host still knows the connection. */
const keepAliveMs = 30_000
/** After `end`, how long the other side may take to read the rest and close. Longer would hold up a member that stops. */
const lingerMs = 1_000

export class SocketPipe implements Pipe {
  readonly remote: Address
  readonly local: Address
  readonly standing: Standing
  readonly #socket: Socket
  #receiver: PipeReceiver | null = null
  #reason = 'closed by the other side'
  #ended = false
  #closed = false
  #linger: NodeJS.Timeout | null = null

  /** `socket` is connected, and nobody reads from it. */
  constructor(socket: Socket, standing: Standing) {
    this.#socket = socket
    this.standing = standing
    // frames are gathered before they come here, and each is waited for: never hold one back for the next
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveMs)
    this.remote = { host: plainHost(socket.remoteAddress), port: socket.remotePort ?? 0 }
    this.local = { host: plainHost(socket.localAddress), port: socket.localPort ?? 0 }
    socket.on('error', error => {
      if (!this.#ended) this.#reason = error.message
    })
    socket.once('close', () => {
      this.#closed = true
      if (this.#linger !== null) clearTimeout(this.#linger)
      this.#receiver?.onClose(this.#reason)
    })
  }

  start(receiver: PipeReceiver): void {
    const first = this.#receiver === null
    this.#receiver = receiver
    if (!first) return
    const socket = this.#socket
    if (this.#closed) {
      // there was nobody to be told
      setImmediate(() => this.#receiver?.onClose(this.#reason))
      return
    }
    socket.on('drain', () => this.#receiver?.onDrain())
    socket.on('data', (chunk: Buffer) => {
      // a plain view: pieces of a Buffer are Buffers, which take longer to make
      if (!this.#ended) this.#receiver?.onData(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
    })
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
    if (this.#ended || this.#socket.destroyed) return
    this.#close()
    // To close with bytes unread would reset the connection, and the other side would lose our last words: what still
    // comes is read and dropped until the other side has closed as well.
    this.#socket.end()
    this.#socket.resume()
    this.#linger = setTimeout(() => this.#socket.destroy(), lingerMs)
  }

  destroy(): void {
    if (!this.#ended) this.#close()
    this.#socket.destroy()
  }

  #close(): void {
    this.#ended = true
    if (!this.#socket.destroyed) this.#reason = 'closed here'
  }
}

/** An IPv4 address on a socket of both families is an IPv4 address. */
export function plainHost(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.)/, '') ?? ''
}

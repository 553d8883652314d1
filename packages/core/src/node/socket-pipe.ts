/** A TCP connection, or TLS over one, as a `Pipe`. Bytes go through without copies in both directions. */

import type { Socket } from 'node:net'
import type { Address, Pipe, PipeReceiver, Standing } from '../env/env.js'

/** Idle time after which the system asks whether the other host still knows the connection. */
const keepAliveMs = 30_000
/** After `end`, how long the other side may take to read the rest and close. Longer would hold up a member that stops. */
const lingerMs = 1_000
/**
 * What a socket gets at once. It tells of bytes only when all that it has are gone: with more, a peer that reads steadily would
 * look like one that reads nothing; with less, it would wait for us.
 */
const windowBytes = 256 * 1024

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
  /** Written, and not yet given to the socket. */
  readonly #queue: Uint8Array[] = []
  #queuedBytes = 0

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
      this.#empty()
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
    socket.on('drain', () => {
      if (this.#fill()) this.#receiver?.onDrain()
    })
    socket.on('data', (chunk: Buffer) => {
      // a plain view: pieces of a Buffer are Buffers, which take longer to make
      if (!this.#ended) this.#receiver?.onData(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
    })
    socket.resume()
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#socket.writable) return true
    this.#queue.push(bytes)
    this.#queuedBytes += bytes.length
    return this.#fill()
  }

  get bufferedBytes(): number {
    return this.#queuedBytes + this.#socket.writableLength
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
    this.#fill(Number.POSITIVE_INFINITY)
    // To close with bytes unread would reset the connection, and the other side would lose our last words: what still
    // comes is read and dropped until the other side has closed as well.
    this.#socket.end()
    this.#socket.resume()
    this.#linger = setTimeout(() => this.#socket.destroy(), lingerMs)
  }

  destroy(): void {
    if (!this.#ended) this.#close()
    this.#empty()
    this.#socket.destroy()
  }

  /** Gives the socket as much as it should have. False: there is more, and `drain` follows. */
  #fill(mostBytes = windowBytes): boolean {
    const socket = this.#socket
    for (;;) {
      const [first] = this.#queue
      if (first === undefined) return !socket.writableNeedDrain
      const room = mostBytes - socket.writableLength
      if (room <= 0) return false
      if (first.length <= room) this.#queue.shift()
      else this.#queue[0] = first.subarray(room)
      const taken = first.length <= room ? first : first.subarray(0, room)
      this.#queuedBytes -= taken.length
      socket.write(taken)
    }
  }

  #empty(): void {
    this.#queue.length = 0
    this.#queuedBytes = 0
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

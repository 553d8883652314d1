/**
 * The network between the members of a chaos run: everybody reaches member `i` through a proxy that stands before it. A proxy
 * learns from the first frame who has dialled, so that the links between two members can be cut, one way or both, slowed down
 * and reset without touching those of others.
 */

import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { Reader } from '../src/codec/reader.js'
import { memberPrefix, memberTable } from '../src/protocol/member-table.js'

const host = '127.0.0.1'
const lookEachMs = 5
/** More than this is not read ahead of a link that does not let it through. */
const heldBytesMax = 1024 * 1024

/** Bytes in one direction of one connection. */
class Flow {
  readonly #from: Socket
  readonly #to: Socket
  readonly #queue: { readonly bytes: Uint8Array; readonly dueMs: number }[] = []
  #bytes = 0
  #hasEnded = false

  constructor(from: Socket, to: Socket) {
    this.#from = from
    this.#to = to
  }

  add(bytes: Uint8Array, delayMs: number): void {
    this.#queue.push({ bytes, dueMs: performance.now() + delayMs })
    this.#bytes += bytes.length
    if (this.#bytes > heldBytesMax) this.#from.pause()
  }

  end(): void {
    this.#hasEnded = true
  }

  /** Lets through what is due. */
  move(): void {
    const now = performance.now()
    for (let first = this.#queue[0]; first !== undefined && first.dueMs <= now; first = this.#queue[0]) {
      this.#queue.shift()
      this.#bytes -= first.bytes.length
      this.#to.write(first.bytes)
    }
    if (this.#bytes <= heldBytesMax) this.#from.resume()
    if (this.#hasEnded && this.#queue.length === 0) this.#to.end()
  }
}

interface Connection {
  /** Index of the member that dialled; null: a client, or nobody knows yet. */
  by: number | null
  readonly to: number
  readonly sockets: readonly Socket[]
  readonly flows: readonly [there: Flow, back: Flow]
}

export class Links {
  readonly ports: number[] = []
  readonly #targets: readonly number[]
  readonly #servers: Server[] = []
  readonly #connections = new Set<Connection>()
  readonly #cut = new Set<string>()
  readonly #delayMs = new Map<string, number>()
  #timer: NodeJS.Timeout | null = null

  /** `targets`: the ports at which the members really listen. */
  static async open(targets: readonly number[]): Promise<Links> {
    const links = new Links(targets)
    for (const [index] of targets.entries()) links.ports.push(await links.#listen(index))
    links.#timer = setInterval(() => links.#look(), lookEachMs)
    return links
  }

  private constructor(targets: readonly number[]) {
    this.#targets = targets
  }

  /** What `from` says does not reach `to`; it waits at the proxy. */
  cut(from: number, to: number): void {
    this.#cut.add(`${from}>${to}`)
  }

  delay(from: number, to: number, ms: number): void {
    this.#delayMs.set(`${from}>${to}`, ms)
  }

  heal(): void {
    this.#cut.clear()
    this.#delayMs.clear()
    this.#look()
  }

  /** Breaks every connection of these members with others; returns how many there were. */
  reset(members: readonly number[]): number {
    const hit = [...this.#connections].filter(({ by, to }) => members.includes(to) || (by !== null && members.includes(by)))
    for (const { sockets } of hit) for (const socket of sockets) socket.resetAndDestroy()
    return hit.length
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    for (const { sockets } of this.#connections) for (const socket of sockets) socket.destroy()
    await Promise.all(this.#servers.map(server => new Promise(done => server.close(done))))
  }

  #listen(index: number): Promise<number> {
    const server = createServer(socket => this.#accept(socket, index))
    this.#servers.push(server)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, host, () => resolve((server.address() as { port: number }).port))
    })
  }

  #accept(near: Socket, to: number): void {
    const far = createConnection(this.#targets[to] as number, host)
    const sockets = [near, far]
    const connection: Connection = { by: null, to, sockets, flows: [new Flow(near, far), new Flow(far, near)] }
    this.#connections.add(connection)
    const over = (): void => {
      this.#connections.delete(connection)
      for (const socket of sockets) socket.destroy()
    }
    for (const [i, socket] of sockets.entries()) {
      const flow = connection.flows[i] as Flow
      socket.setNoDelay(true)
      socket.on('error', over)
      socket.on('close', over)
      socket.on('end', () => flow.end())
      socket.on('data', bytes => {
        if (i === 0) connection.by ??= this.#dialler(bytes)
        const link = i === 0 ? `${connection.by}>${to}` : `${to}>${connection.by}`
        flow.add(bytes, this.#delayMs.get(link) ?? 0)
        if (!this.#cut.has(link)) flow.move()
      })
    }
  }

  /** Which member says hello in these first bytes of a connection. */
  #dialler(bytes: Uint8Array): number | null {
    const head = memberPrefix.length + 6
    if (bytes.length < head || new TextDecoder().decode(bytes.subarray(0, memberPrefix.length)) !== memberPrefix) return null
    try {
      const index = this.ports.indexOf(memberTable.hello.decode(new Reader(bytes.subarray(head))).port)
      return index < 0 ? null : index
    } catch {
      return null
    }
  }

  #look(): void {
    for (const { by, to, flows } of this.#connections) {
      if (!this.#cut.has(`${by}>${to}`)) flows[0].move()
      if (!this.#cut.has(`${to}>${by}`)) flows[1].move()
    }
  }
}

/**
 * One end of a simulated TCP connection. Bytes arrive in order and complete until the connection closes; beyond that
 * everything that TCP allows happens: chunks are chopped and glued, a full window stops the writer, a reset overtakes
 * bytes, a cut link holds them.
 *
 *     write -> unsent -> (window) -> in flight on the link -> arrived in the peer's kernel -> onData
 *                            ^                                                                   |
 *                            +----------------------- acknowledged ------------------------------+
 */

import type { Address, Pipe, PipeReceiver } from '../src/env/env.js'
import type { Link } from './link.js'
import type { Process, Resource } from './process.js'
import type { Timeline } from './timeline.js'

/** `write` answers false above so many bytes, as Node's streams do. */
const HIGH_WATER_BYTES = 16 * 1024
/** Largest chunk that `onData` gets, as Node's sockets do it. */
const CHUNK_BYTES_MAX = 64 * 1024
/** What a chunk is overwritten with after `onData`: who kept it without copying notices. */
const SCRIBBLE = 0xdb
/** After `end`, how long the other side may take to read the rest and close, as production allows it. */
const LINGER_MS = 1000

interface Segment {
  readonly kind: 'data' | 'end' | 'reset'
  readonly parts: Uint8Array[]
  size: number
  /** Place among all that this end sends. */
  readonly order: number
}

export class SimPipe implements Pipe, Resource {
  readonly standing = 'open'
  readonly remote: Address
  readonly local: Address
  readonly #process: Process
  readonly #timeline: Timeline
  readonly #link: Link
  #peer!: SimPipe
  #receiver: PipeReceiver | null = null
  #state: 'open' | 'ending' | 'closed' = 'open'
  #closeReason: string | null = null
  #closeTold = false
  // sending
  readonly #unsent: Uint8Array[] = []
  #unsentBytes = 0
  #inFlightBytes = 0
  #wantsDrain = false
  #endSent = false
  #joinable: Segment | null = null
  #lastArrivalMs = 0
  #segments = 0
  /** Arrived before something that was sent before: a cut has stopped that one. The peer gets it in its turn. */
  readonly #early = new Map<number, Segment>()
  #delivered = 0
  readonly #held: Segment[] = []
  #heldAckBytes = 0
  /** A reset overtook what was in flight: it will not arrive. */
  #flightLost = false
  // receiving
  readonly #arrived: Uint8Array[] = []
  #arrivedBytes = 0
  #peerClosed: 'end' | 'reset' | null = null
  #isPaused = false
  /** Something came while the machine had no power; its sender repeats it until somebody answers. */
  #missed = false
  #readPosted = false

  private constructor(process: Process, link: Link, local: Address, remote: Address) {
    this.#process = process
    this.#timeline = process.timeline
    this.#link = link
    this.local = local
    this.remote = remote
    process.resources.add(this)
  }

  /** Both ends of a new connection. */
  static connect(dialer: Process, acceptor: Process, there: Link, back: Link, from: Address, to: Address): [SimPipe, SimPipe] {
    const near = new SimPipe(dialer, there, from, to)
    const far = new SimPipe(acceptor, back, to, from)
    near.#peer = far
    far.#peer = near
    return [near, far]
  }

  get bufferedBytes(): number {
    return this.#unsentBytes
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== 'open' || !this.#process.isAlive) return true
    if (this.#peerClosed === 'reset') {
      this.#process.post(() => this.#close('connection reset'))
      return true
    }
    if (bytes.length > 0) {
      this.#unsent.push(bytes)
      this.#unsentBytes += bytes.length
      this.#pump()
    }
    if (this.#unsentBytes <= HIGH_WATER_BYTES) return true
    this.#wantsDrain = true
    return false
  }

  start(receiver: PipeReceiver): void {
    this.#receiver = receiver
    this.#postRead()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#postRead()
  }

  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#pump()
    this.#timeline.after(LINGER_MS, () => this.destroy())
  }

  destroy(): void {
    if (this.#state === 'closed' || !this.#process.isAlive) return
    this.#hangUp()
    this.#process.post(() => this.#close('destroyed'))
  }

  /** As a middlebox that forgot the connection, or an administrator who cut it: both ends are told. */
  breakDown(): void {
    if (this.#state === 'closed') return
    for (const end of [this, this.#peer]) {
      end.#flightLost = true
      end.#process.post(() => end.#close('connection reset'))
    }
  }

  describe(): string {
    const reader = this.#receiver === null ? ', nobody reads' : this.#isPaused ? ', not read now' : ''
    return `pipe to ${this.remote.host}:${this.remote.port}, ${this.#state}${reader}`
  }

  onProcessGone(silently: boolean): void {
    if (silently) this.#state = 'closed'
    else this.#hangUp()
  }

  onMachineUp(): void {
    if (this.#missed) this.#send('reset')
  }

  /** Sending side: the kernel's own rest of a connection that its process no longer wants. */
  #hangUp(): void {
    this.#state = 'closed'
    this.#unsent.length = 0
    this.#unsentBytes = 0
    if (this.#link.oneIn(4)) this.#flightLost = true
    this.#send('reset')
  }

  #pump(): void {
    const windowBytes = this.#link.weather.windowBytes
    while (this.#unsent.length > 0 && this.#inFlightBytes < windowBytes) {
      const first = this.#unsent[0]!
      const room = windowBytes - this.#inFlightBytes
      const part = first.length <= room ? first : first.subarray(0, room)
      if (part === first) this.#unsent.shift()
      else this.#unsent[0] = first.subarray(room)
      this.#unsentBytes -= part.length
      this.#inFlightBytes += part.length
      this.#sendData(part)
    }
    if (this.#unsentBytes > 0) return
    if (this.#wantsDrain) {
      this.#wantsDrain = false
      this.#process.post(() => {
        if (this.#state === 'open') this.#receiver?.onDrain()
      })
    }
    if (this.#state === 'ending' && !this.#endSent) {
      this.#endSent = true
      this.#send('end')
    }
  }

  #sendData(part: Uint8Array): void {
    const tail = this.#joinable
    if (tail !== null && tail.size < CHUNK_BYTES_MAX && !this.#link.oneIn(this.#link.weather.splitOneIn)) {
      tail.parts.push(part)
      tail.size += part.length
      return
    }
    this.#joinable = this.#send('data', [part], part.length)
  }

  #send(kind: Segment['kind'], parts: Uint8Array[] = [], size = 0): Segment {
    const segment = { kind, parts, size, order: this.#segments++ }
    this.#joinable = null
    if (this.#link.isCut || this.#held.length > 0) this.#hold(segment)
    else this.#schedule(segment, this.#link.latencyMs(segment.size))
    return segment
  }

  #schedule(segment: Segment, delayMs: number): void {
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#timeline.nowMs + delayMs)
    this.#timeline.at(this.#lastArrivalMs, () => this.#arrive(segment))
  }

  #hold(segment: Segment): void {
    this.#held.push(segment)
    if (this.#held.length === 1) this.#link.hold(afterMs => this.#release(afterMs))
  }

  #release(afterMs: number): void {
    for (const segment of this.#held.splice(0)) this.#schedule(segment, afterMs)
  }

  #arrive(segment: Segment): void {
    if (this.#joinable === segment) this.#joinable = null
    if (this.#link.isCut || this.#held.length > 0) {
      this.#hold(segment)
      return
    }
    this.#early.set(segment.order, segment)
    for (let next = this.#early.get(this.#delivered); next !== undefined; next = this.#early.get(this.#delivered)) {
      this.#early.delete(this.#delivered++)
      if (!this.#flightLost || next.kind !== 'data') this.#peer.#receive(next)
    }
  }

  #receive(segment: Segment): void {
    if (!this.#process.machine.isUp) {
      this.#missed = true
      return
    }
    if (this.#state === 'closed') {
      // Nobody is there any more: the kernel answers so. Only a sender that does not know it yet listens.
      if (segment.kind !== 'reset' && this.#peer.#state !== 'closed') this.#send('reset')
      return
    }
    if (segment.kind === 'data') {
      for (const part of segment.parts) this.#arrived.push(part)
      this.#arrivedBytes += segment.size
    } else this.#peerClosed = segment.kind
    this.#wakeReader()
  }

  #wakeReader(): void {
    if (this.#readPosted || this.#receiver === null || this.#isPaused) return
    this.#readPosted = true
    this.#process.enter(() => this.#read())
  }

  #postRead(): void {
    if (this.#readPosted || this.#receiver === null) return
    if (this.#arrivedBytes === 0 && this.#peerClosed === null && this.#closeReason === null) return
    this.#readPosted = true
    this.#process.post(() => this.#read())
  }

  #read(): void {
    this.#readPosted = false
    const receiver = this.#receiver
    if (receiver === null) return
    if (this.#closeReason !== null) {
      this.#close(this.#closeReason)
      return
    }
    if (this.#isPaused || this.#state === 'closed') return
    if (this.#arrivedBytes > 0) {
      const chunk = this.#takeChunk()
      this.#timeline.fingerprint.bytes(chunk)
      this.#peer.#acknowledge(chunk.length, this.#link)
      // who has said good-bye is not interested in the answer
      if (this.#state === 'open') receiver.onData(chunk)
      chunk.fill(SCRIBBLE)
      this.#postRead()
    } else if (this.#peerClosed === 'reset') {
      this.#close('connection reset')
    } else if (this.#peerClosed === 'end') {
      if (!this.#endSent) this.#send('end')
      this.#close('ended')
    }
  }

  /** Glues what has arrived, and now and then leaves a part of it for later. */
  #takeChunk(): Uint8Array {
    let size = Math.min(this.#arrivedBytes, CHUNK_BYTES_MAX)
    if (size > 1 && this.#link.oneIn(this.#link.weather.chopOneIn)) size = 1 + this.#link.random.below(size - 1)
    const chunk = new Uint8Array(size)
    let at = 0
    let taken = 0
    while (at < size) {
      const first = this.#arrived[taken]!
      const part = first.length <= size - at ? first : first.subarray(0, size - at)
      chunk.set(part, at)
      at += part.length
      if (part === first) taken++
      else this.#arrived[taken] = first.subarray(part.length)
    }
    this.#arrived.splice(0, taken)
    this.#arrivedBytes -= size
    return chunk
  }

  /** The peer's process has read `bytes` of ours; word of it comes over `back`, if that is not cut. */
  #acknowledge(bytes: number, back: Link): void {
    if (back.isCut) {
      if (this.#heldAckBytes === 0) back.hold(() => this.#acknowledge(this.#takeHeldAcks(), back))
      this.#heldAckBytes += bytes
      return
    }
    if (this.#unsentBytes === 0) {
      this.#inFlightBytes -= bytes
      return
    }
    this.#timeline.after(back.latencyMs(0), () => {
      this.#inFlightBytes -= bytes
      if (this.#state !== 'closed') this.#pump()
    })
  }

  #takeHeldAcks(): number {
    const bytes = this.#heldAckBytes
    this.#heldAckBytes = 0
    return bytes
  }

  /** The process learns that it is over: once, and not before it listens. */
  #close(reason: string): void {
    this.#state = 'closed'
    this.#closeReason ??= reason
    this.#unsent.length = 0
    this.#unsentBytes = 0
    this.#arrived.length = 0
    this.#arrivedBytes = 0
    this.#process.resources.delete(this)
    if (this.#receiver === null || this.#closeTold) return
    this.#closeTold = true
    this.#receiver.onClose(this.#closeReason)
  }
}

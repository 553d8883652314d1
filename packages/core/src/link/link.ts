/**
 * One connection between two members, after the prefix: frames both ways. What is sent in one turn of the loop leaves in
 * one write. Bytes that mean nothing close this link, and only this link.
 *
 *      0        4      6
 *      +--------+------+------------------
 *      | length | type | fields of the row      length = bytes after the length field
 *      |  u32   | u16  |
 *      +--------+------+------------------
 */

import { joinedBytes } from '../base/bytes.js'
import { DecodeError } from '../base/errors.js'
import { Reader } from '../codec/reader.js'
import { Writer } from '../codec/writer.js'
import type { Clock, Pipe } from '../env/env.js'
import { type MemberMessage, type MemberMessageName, memberTable } from '../protocol/member-table.js'

/** A frame beyond this is refused before anything is allocated for it. A record holds one entry's value, so this bounds values. */
const frameBytesMax = 256 * 1024 * 1024
/** Of somebody who has not said yet who it is. */
const strangersFrameBytesMax = 64 * 1024

const nameOf: ReadonlyMap<number, MemberMessageName> = new Map(
  (Object.keys(memberTable) as MemberMessageName[]).map(name => [memberTable[name].typeCode, name]),
)

export type AnyMessage = { [N in MemberMessageName]: { readonly name: N; readonly message: MemberMessage<N> } }[MemberMessageName]

export interface LinkReceiver {
  /** Byte fields are views that end with the call. */
  onMessage(link: Link, any: AnyMessage): void
  onClose(link: Link, reason: string): void
}

export class Link {
  readonly #pipe: Pipe
  readonly #clock: Clock
  readonly #receiver: LinkReceiver
  readonly #out = new Writer(16 * 1024)
  #deferred = false
  #closed = false
  #sentBytes = 0
  /** Of these, what the other side has said that it has. */
  #arrivedBytes = 0
  /** When more of it was there, or nothing was under way. */
  #movedMs = 0
  #heardBytes = 0
  /** Of these, what the other side has been told. */
  #toldBytes = 0
  /** Pieces of a frame that is not complete yet; joined once, when `#missing` more bytes have come. */
  #pieces: Uint8Array[] = []
  #missing = 0
  #frameBytesMax = strangersFrameBytesMax

  constructor(pipe: Pipe, clock: Clock, receiver: LinkReceiver) {
    this.#pipe = pipe
    this.#clock = clock
    this.#receiver = receiver
    pipe.start({
      onData: chunk => this.#onData(chunk),
      onDrain: () => {},
      onClose: reason => this.#onClose(reason),
    })
  }

  /** Bytes of this connection that somebody else has read. */
  feed(bytes: Uint8Array): void {
    this.#onData(bytes)
  }

  /** The handshake is over: larger frames are welcome. */
  trust(): void {
    this.#frameBytesMax = frameBytesMax
  }

  get remote(): string {
    return `${this.#pipe.remote.host}:${this.#pipe.remote.port}`
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Given to this link and not yet taken by the system. */
  get backlogBytes(): number {
    return this.#pipe.bufferedBytes + this.#out.length
  }

  /** Of all messages so far. What was given to the link first leaves first. */
  get sentBytes(): number {
    return this.#sentBytes
  }

  /** Tells the other side how much of what it has sent is here, unless it knows. */
  tellHeard(): void {
    if (this.#toldBytes === this.#heardBytes) return
    this.#toldBytes = this.#heardBytes
    this.send('heard', { bytes: this.#heardBytes })
  }

  onHeard(bytes: number): void {
    if (bytes <= this.#arrivedBytes) return
    this.#arrivedBytes = bytes
    this.#movedMs = this.#clock.monotonicMs()
  }

  /** For so long something has been under way, and nothing of it has arrived; of a link whose other side tells what it hears. */
  get stuckMs(): number {
    return this.#arrivedBytes < this.#sentBytes ? this.#clock.monotonicMs() - this.#movedMs : 0
  }

  /** Bytes in front of the first frame. */
  sendPrefix(prefix: string): void {
    for (let i = 0; i < prefix.length; i++) this.#out.u8(prefix.charCodeAt(i))
    this.#flushLater()
  }

  send<N extends MemberMessageName>(name: N, message: MemberMessage<N>): void {
    if (this.#closed) return
    if (this.#arrivedBytes === this.#sentBytes) this.#movedMs = this.#clock.monotonicMs()
    const row = memberTable[name]
    const at = this.#out.length
    this.#out.u32(0)
    this.#out.u16(row.typeCode)
    ;(row.encode as (out: Writer, message: MemberMessage<N>) => void)(this.#out, message)
    this.#out.patchU32(at, this.#out.length - at - 4)
    this.#sentBytes += this.#out.length - at
    this.#flushLater()
  }

  #flushLater(): void {
    if (this.#deferred) return
    this.#deferred = true
    this.#clock.defer(() => {
      this.#deferred = false
      if (!this.#closed && this.#out.length > 0) this.#pipe.write(this.#out.take())
    })
  }

  #onData(chunk: Uint8Array): void {
    this.#heardBytes += chunk.length
    try {
      this.#read(chunk)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.close(`bad bytes: ${error.message}`)
    }
  }

  #read(chunk: Uint8Array): void {
    let bytes = chunk
    if (this.#pieces.length > 0) {
      this.#missing -= chunk.length
      if (this.#missing > 0) {
        this.#pieces.push(chunk.slice())
        return
      }
      bytes = joinedBytes([...this.#pieces, chunk])
      this.#pieces = []
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let at = 0
    while (!this.#closed && bytes.length - at >= 6) {
      const length = view.getUint32(at, true)
      if (length < 2 || length > this.#frameBytesMax)
        throw new DecodeError(`frame of ${length} bytes; allowed are 2 to ${this.#frameBytesMax}`)
      if (bytes.length - at - 4 < length) break
      const code = view.getUint16(at + 4, true)
      const name = nameOf.get(code)
      if (name === undefined) throw new DecodeError(`message type ${code} is not known`)
      const reader = new Reader(bytes.subarray(at + 6, at + 4 + length))
      const message = memberTable[name].decode(reader)
      at += 4 + length
      this.#receiver.onMessage(this, { name, message } as AnyMessage)
    }
    const left = bytes.length - at
    if (this.#closed || left === 0) return
    this.#pieces = [bytes.slice(at)]
    this.#missing = left < 4 ? 1 : 4 + view.getUint32(at, true) - left
  }

  #onClose(reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#receiver.onClose(this, reason)
  }

  close(reason: string): void {
    if (this.#closed) return
    // what was sent in this turn (a refusal, say) still leaves
    if (this.#out.length > 0) this.#pipe.write(this.#out.take())
    this.#closed = true
    this.#pipe.end()
    this.#receiver.onClose(this, reason)
  }
}

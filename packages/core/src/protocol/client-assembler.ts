/**
 * Chunks of a connection in, whole messages out. Copies every chunk once; messages are then read in place.
 *
 *     #bytes   | read | message being received ...      | free |
 *                     #from         #scanned        #to
 *
 * A message is complete when a frame with the final flag is. Frames that were found complete are not looked at again,
 * so that a message in ten thousand chunks costs no more than one in a single chunk.
 */

import { joinedBytes } from '../base/bytes.js'
import { DecodeError } from '../base/errors.js'
import { FRAME_HEADER_BYTES, frameFlag, int32At } from './client-frame.js'

/** The message lies in `source[from, to)`; the bytes stay as they are. */
type OnMessage = (source: Uint8Array, from: number, to: number) => void

/** Large enough for any honest login, small enough that strangers cannot fill the memory. */
const STRANGER_MESSAGE_BYTES_MAX = 8_192
/** One request: the largest `putAll` batch or value. */
const MESSAGE_BYTES_MAX = 128 * 1024 * 1024
/** Messages that one client may have begun to send in fragments. */
const FRAGMENTED_MAX = 64

export class MessageAssembler {
  readonly #onMessage: OnMessage
  #bytesMax = STRANGER_MESSAGE_BYTES_MAX
  #bytes = new Uint8Array(0)
  #from = 0
  #scanned = 0
  #to = 0
  readonly #fragments = new Map<string, Uint8Array[]>()
  #fragmentBytes = 0
  #paused = false
  #handsOn = false
  #closed = false

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage
  }

  /** The client has said who it is: larger messages, and such in fragments, are welcome from now on. */
  trust(): void {
    this.#bytesMax = MESSAGE_BYTES_MAX
  }

  /** From now on, also within a chunk, messages wait here. Whoever pauses sees to it that few chunks still come. */
  pause(): void {
    this.#paused = true
  }

  /** Hands on what has waited. Throws as `receive` does. */
  resume(): void {
    this.#paused = false
    this.#handOn()
  }

  /** No message is handed on any more, not even one that is complete. */
  close(): void {
    this.#closed = true
    this.#bytes = new Uint8Array(0)
    this.#fragments.clear()
  }

  /** Throws DecodeError when the bytes are no messages, or too long a one. */
  receive(chunk: Uint8Array): void {
    this.#append(chunk)
    this.#handOn()
  }

  #handOn(): void {
    // a message that is being handed on may pause, and its answer resume: the loop that runs already goes on then
    if (this.#handsOn) return
    this.#handsOn = true
    try {
      this.#handOnAll()
    } finally {
      this.#handsOn = false
    }
  }

  #handOnAll(): void {
    while (!this.#closed && !this.#paused) {
      const next = this.#scanned
      if (this.#to - next < FRAME_HEADER_BYTES) return
      const length = int32At(this.#bytes, next)
      if (length < FRAME_HEADER_BYTES) throw new DecodeError(`a frame of ${length} bytes`)
      if (next + length - this.#from > this.#bytesMax) {
        throw new DecodeError(`a message of more than ${this.#bytesMax} bytes`)
      }
      if (next + length > this.#to) return
      this.#scanned = next + length
      if ((this.#bytes[next + 5]! & (frameFlag.final >>> 8)) !== 0) this.#complete()
    }
  }

  #append(chunk: Uint8Array): void {
    const held = this.#to - this.#from
    if (held === 0) {
      this.#bytes = new Uint8Array(chunk)
      this.#from = this.#scanned = 0
      this.#to = chunk.length
      return
    }
    if (this.#to + chunk.length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(held * 2, held + chunk.length))
      grown.set(this.#bytes.subarray(this.#from, this.#to))
      this.#bytes = grown
      this.#scanned -= this.#from
      this.#from = 0
      this.#to = held
    }
    this.#bytes.set(chunk, this.#to)
    this.#to += chunk.length
  }

  #complete(): void {
    const from = this.#from
    this.#from = this.#scanned
    const flags = this.#bytes[from + 4]! | (this.#bytes[from + 5]! << 8)
    if ((flags & frameFlag.unfragmented) === frameFlag.unfragmented) this.#onMessage(this.#bytes, from, this.#scanned)
    else this.#fragment(flags, from, this.#scanned)
  }

  /** The first frame of a fragment holds only the 8-byte id of the message it belongs to. */
  #fragment(flags: number, from: number, to: number): void {
    if (this.#bytesMax === STRANGER_MESSAGE_BYTES_MAX) throw new DecodeError('a fragment from a client that is not logged in')
    const head = int32At(this.#bytes, from)
    if (head !== FRAME_HEADER_BYTES + 8) throw new DecodeError(`a fragment whose first frame has ${head} bytes`)
    const id = `${int32At(this.#bytes, from + 6)}:${int32At(this.#bytes, from + 10)}`
    const begins = (flags & frameFlag.beginFragment) !== 0
    const held = this.#fragments.get(id)
    if (begins === (held !== undefined)) throw new DecodeError('fragments out of order')
    if (begins && this.#fragments.size === FRAGMENTED_MAX)
      throw new DecodeError(`more than ${FRAGMENTED_MAX} fragmented messages`)
    this.#fragmentBytes += to - from - head
    if (this.#fragmentBytes > this.#bytesMax) throw new DecodeError(`fragments of more than ${this.#bytesMax} bytes`)
    const parts = held ?? []
    parts.push(this.#bytes.slice(from + head, to))
    if ((flags & frameFlag.endFragment) === 0) {
      this.#fragments.set(id, parts)
      return
    }
    this.#fragments.delete(id)
    const whole = joinedBytes(parts)
    this.#fragmentBytes -= whole.length
    this.#onMessage(whole, 0, whole.length)
  }
}

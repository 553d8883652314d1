/**
 * Builds messages, many in a row, into few large chunks that a pipe can take over.
 *
 *     chunk   | taken before | gathered now | free ...          a new chunk only when the rest is too small
 *
 * Nothing is copied twice: fields go straight into the chunk, large contents are handed on as they are.
 */

import { FRAME_HEADER_BYTES, frameFlag, putInt32 } from './client-frame.js'

/** Room for some hundred small answers; larger only wastes memory of clients that say little. */
const CHUNK_BYTES = 32_768
/** From here on, one more write to the pipe is cheaper than a copy. */
const PASS_ON_BYTES = 16_384

export class MessageWriter {
  /** Where `fixedAt` points into: the frame whose fixed fields are to be written now. */
  target = new Uint8Array(0)
  fixedAt = 0
  #at = 0
  /** Begin of what has been gathered in `target` and is not in `#done` yet. */
  #from = 0
  #done: Uint8Array[] = []
  #doneBytes = 0
  #lastTarget = this.target
  #lastAt = 0
  readonly #text = new TextEncoder()

  get gatheredBytes(): number {
    return this.#doneBytes + this.#at - this.#from
  }

  /** Everything gathered since the last call; the caller owns it. */
  take(): Uint8Array[] {
    this.#cut()
    const all = this.#done
    this.#done = []
    this.#doneBytes = 0
    return all
  }

  /** First frame of a message, `headBytes` long before the fixed fields; the bytes of the head behind the id are zero. */
  begin(flags: number, type: number, idLow: number, idHigh: number, headBytes: number, fixedBytes: number): void {
    const at = this.#frame(frameFlag.unfragmented | flags, headBytes + fixedBytes)
    const to = this.target
    putInt32(to, at, type)
    putInt32(to, at + 4, idLow)
    putInt32(to, at + 8, idHigh)
    to.fill(0, at + 12, at + headBytes)
    this.fixedAt = at + headBytes
  }

  /** Marks the last frame written as the last of the message. */
  finish(): void {
    this.#lastTarget[this.#lastAt + 5]! |= frameFlag.final >>> 8
  }

  beginStruct(): void {
    this.#frame(frameFlag.beginStruct, 0)
  }

  endStruct(): void {
    this.#frame(frameFlag.endStruct, 0)
  }

  null(): void {
    this.#frame(frameFlag.null, 0)
  }

  /** A frame of fixed fields: `fixedAt` is where the first one goes. */
  fixed(bytes: number): void {
    this.fixedAt = this.#frame(0, bytes)
  }

  /** Content that will not change any more. */
  bytes(content: Uint8Array): void {
    if (content.length < PASS_ON_BYTES) {
      const at = this.#frame(0, content.length)
      this.target.set(content, at)
      return
    }
    this.#reserve(FRAME_HEADER_BYTES)
    this.#header(0, content.length)
    this.#cut()
    this.#done.push(content)
    this.#doneBytes += content.length
  }

  string(text: string): void {
    // A UTF-16 unit is three bytes of UTF-8 at most.
    if (text.length * 3 >= PASS_ON_BYTES) {
      this.bytes(this.#text.encode(text))
      return
    }
    this.#reserve(FRAME_HEADER_BYTES + text.length * 3)
    const { written } = this.#text.encodeInto(text, this.target.subarray(this.#at + FRAME_HEADER_BYTES))
    this.#header(0, written)
    this.#at += written
  }

  #frame(flags: number, bytes: number): number {
    this.#reserve(FRAME_HEADER_BYTES + bytes)
    this.#header(flags, bytes)
    const at = this.#at
    this.#at += bytes
    return at
  }

  #header(flags: number, bytes: number): void {
    const to = this.target
    const at = this.#at
    putInt32(to, at, FRAME_HEADER_BYTES + bytes)
    to[at + 4] = flags
    to[at + 5] = flags >>> 8
    this.#lastTarget = to
    this.#lastAt = at
    this.#at = at + FRAME_HEADER_BYTES
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.target.length) return
    this.#cut()
    this.target = new Uint8Array(Math.max(CHUNK_BYTES, bytes))
    this.#from = 0
    this.#at = 0
  }

  #cut(): void {
    if (this.#at === this.#from) return
    this.#done.push(this.target.subarray(this.#from, this.#at))
    this.#doneBytes += this.#at - this.#from
    this.#from = this.#at
  }
}

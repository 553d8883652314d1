/**
 * Walks the frames of one message. One reader serves a whole connection: `open` sets it on the next message.
 *
 * What `bytes()` returns is a view: it stays as it is, but keeps the whole received chunk in memory. Copy what is kept
 * for long. Throws DecodeError wherever the frames do not fit the table.
 */

import { DecodeError } from '../base/errors.js'
import { FRAME_HEADER_BYTES, frameFlag, int32At, REQUEST_HEAD_BYTES } from './client-frame.js'

const EMPTY = new Uint8Array(0)

export class MessageReader {
  type = 0
  /** The correlation id in two halves: it is only ever echoed. */
  idLow = 0
  idHigh = 0
  /** Of a request: what the client believes the partition is; negative = none. */
  partition = -1
  /** The bytes that `fixedAt` and `fixedEnd` point into: fixed fields of the message or of the structure being read. */
  source: Uint8Array = EMPTY
  fixedAt = 0
  fixedEnd = 0
  #next = 0
  #end = 0
  #flags = 0
  #from = 0
  #to = 0

  /** Sets the reader on the message in `source[from, to)` and takes its first frame. */
  open(source: Uint8Array, from: number, to: number, headBytes: number): void {
    this.source = source
    this.#next = from
    this.#end = to
    this.#take()
    if (this.#to - this.#from < headBytes) throw new DecodeError('the first frame is too short for a message')
    this.type = int32At(source, this.#from)
    this.idLow = int32At(source, this.#from + 4)
    this.idHigh = int32At(source, this.#from + 8)
    this.partition = headBytes >= REQUEST_HEAD_BYTES ? int32At(source, this.#from + 12) : -1
    this.fixedAt = this.#from + headBytes
    this.fixedEnd = this.#to
  }

  bytes(): Uint8Array {
    this.#take()
    if ((this.#flags & (frameFlag.null | frameFlag.beginStruct | frameFlag.endStruct)) !== 0) throw this.#unexpected('content')
    return this.source.subarray(this.#from, this.#to)
  }

  /** True, and the frame is taken, if the next one stands for a value that is not there. */
  takeNull(): boolean {
    return this.#takeIf(frameFlag.null)
  }

  /** True, and the frame is taken, if the next one closes a structure. */
  takeEnd(): boolean {
    return this.#takeIf(frameFlag.endStruct)
  }

  /** The next frame closes a structure, and stays. */
  seesEnd(): boolean {
    return (this.#peek() & frameFlag.endStruct) !== 0
  }

  takeBegin(): void {
    this.#take()
    if ((this.#flags & frameFlag.beginStruct) === 0) throw this.#unexpected('the begin of a structure')
  }

  /** Makes the next frame the one that fixed fields are read from. */
  takeFixed(): void {
    this.#take()
    this.fixedAt = this.#from
    this.fixedEnd = this.#to
  }

  /** Skips what a newer peer may have added, up to the end of the structure. */
  skipToEnd(): void {
    for (let depth = 1; depth > 0; ) {
      this.#take()
      if ((this.#flags & frameFlag.beginStruct) !== 0) depth++
      else if ((this.#flags & frameFlag.endStruct) !== 0) depth--
    }
  }

  #takeIf(flag: number): boolean {
    if ((this.#peek() & flag) === 0) return false
    this.#take()
    return true
  }

  #peek(): number {
    if (this.#next + FRAME_HEADER_BYTES > this.#end) throw new DecodeError('the message ends where a field has to be')
    return this.source[this.#next + 4]! | (this.source[this.#next + 5]! << 8)
  }

  #take(): void {
    this.#flags = this.#peek()
    const length = int32At(this.source, this.#next)
    if (length < FRAME_HEADER_BYTES || this.#next + length > this.#end) throw new DecodeError(`a frame of ${length} bytes`)
    this.#from = this.#next + FRAME_HEADER_BYTES
    this.#next += length
    this.#to = this.#next
  }

  #unexpected(wanted: string): DecodeError {
    return new DecodeError(`flags ${this.#flags.toString(16)} where ${wanted} was expected`)
  }
}

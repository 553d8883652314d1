/**
 * What clients say, recorded: the login, and messages of every type that `hazelcast-client` sent while it played the conformance
 * suite. `npm run fuzz -- --record` makes the file anew.
 *
 * One message a line, in hexadecimal digits; the first one is the login.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const conversationFile = fileURLToPath(new URL('../../../test/fuzz/conversation.hex', import.meta.url))

/** Sent first on every connection: the protocol. */
export const PROTOCOL = Buffer.from('CP2')
const FINAL = 0x2000
/** Where a message has its correlation id. */
export const ID_AT = 10

export interface Conversation {
  readonly login: Buffer
  readonly messages: readonly Buffer[]
}

export function readConversation(): Conversation {
  const [login, ...messages] = readFileSync(conversationFile, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => Buffer.from(line, 'hex'))
  if (login === undefined || messages.length === 0) throw new Error(`${conversationFile} holds no conversation`)
  return { login, messages }
}

/** The frames of a whole message, headers included. */
export function framesOf(message: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < message.length; ) {
    const length = message.readInt32LE(at)
    frames.push(message.subarray(at, at + length))
    at += length
  }
  return frames
}

/** Cuts a stream of chunks into messages, by their lengths and the mark on the last frame of each. */
export class MessageCutter {
  readonly #onMessage: (message: Buffer) => void
  #held: Buffer = Buffer.alloc(0)

  constructor(onMessage: (message: Buffer) => void) {
    this.#onMessage = onMessage
  }

  push(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    let begin = 0
    for (let at = 0; at + 6 <= this.#held.length; ) {
      const length = this.#held.readInt32LE(at)
      if (length < 6) throw new Error(`a frame of ${length} bytes`)
      if (at + length > this.#held.length) break
      const isFinal = (this.#held.readUInt16LE(at + 4) & FINAL) !== 0
      at += length
      if (!isFinal) continue
      this.#onMessage(this.#held.subarray(begin, at))
      begin = at
    }
    this.#held = this.#held.subarray(begin)
  }
}

/**
 * One hostile connection after the other. A frame counts when the member has answered its message, or has closed the connection
 * for it: what was still on its way then does not.
 */

import { connect, type Socket } from 'node:net'
import type { Prng } from '../../src/base/prng.js'
import { type Conversation, ID_AT, MessageCutter, PROTOCOL } from './conversation.js'
import { broken, type Mutated, randomBytes, twisted } from './mutate.js'

const LOGIN_ID = 0
/** Twisted messages that a connection says at most before it says a broken one. */
const TWISTED_MAX = 400
const UNANSWERED_MAX = 400
/** Some messages are never answered, such as one that waits for a lock: what stands still is given up. */
const STILL_MS = 300

export interface Tally {
  frames: number
  messages: number
  connections: number
}

export class Attacker {
  readonly #port: number
  readonly #conversation: Conversation
  readonly #random: Prng
  readonly #tally: Tally
  #id = LOGIN_ID

  constructor(port: number, conversation: Conversation, random: Prng, tally: Tally) {
    this.#port = port
    this.#conversation = conversation
    this.#random = random
    this.#tally = tally
  }

  /** Resolves when the connection has ended, by whichever side. */
  attack(): Promise<void> {
    const kind = this.#random.below(20)
    if (kind === 0) return this.#noise()
    return this.#speak({ asStranger: kind === 1 })
  }

  /** Bytes from the first one on that are no protocol at all, or only its name. */
  #noise(): Promise<void> {
    const random = this.#random
    const begin = random.pick([PROTOCOL, Buffer.alloc(0), Buffer.from('GET '), Buffer.from('CN1')])
    const bytes = Buffer.concat([begin, randomBytes(random, 1 + random.below(2_000))])
    return this.#connection(socket => {
      socket.end(bytes)
      socket.on('data', () => undefined)
      socket.on('close', () => {
        this.#tally.frames++
      })
    })
  }

  /**
   * Logs in, says many twisted messages, and when those are answered broken ones, one after the other, until the member has had
   * enough. A stranger says broken logins only.
   */
  #speak({ asStranger }: { asStranger: boolean }): Promise<void> {
    const { login, messages } = this.#conversation
    const random = this.#random
    let twistedLeft = asStranger ? 0 : random.below(TWISTED_MAX)
    // one in four breaks while the member is busy with what came before
    const breaksEarly = random.chance(1, 4)
    const unanswered = new Map<number, number>()
    let heardAtMs = performance.now()
    const next = (): Mutated => {
      this.#id = (this.#id + 1) & 0x7fff_ffff
      if (asStranger) return broken(login, this.#id, random, messages)
      if (twistedLeft-- > 0) return twisted(random.pick(messages), this.#id, random)
      return broken(random.pick(messages), this.#id, random, messages)
    }
    return this.#connection(socket => {
      const say = (): void => {
        const room =
          twistedLeft > 0 ? Math.min(twistedLeft, UNANSWERED_MAX - unanswered.size) : Number(unanswered.size === 0 || breaksEarly)
        const batch = Array.from({ length: room }, () => {
          const { bytes, frames } = next()
          unanswered.set(this.#id, frames)
          return bytes
        })
        if (batch.length > 0) socket.write(Buffer.concat(batch))
      }
      const cutter = new MessageCutter(message => {
        const id = message.readInt32LE(ID_AT)
        const frames = unanswered.get(id)
        if (frames === undefined) return
        unanswered.delete(id)
        this.#tally.frames += frames
        this.#tally.messages++
      })
      socket.on('data', chunk => {
        heardAtMs = performance.now()
        cutter.push(chunk)
        if (unanswered.size < UNANSWERED_MAX / 2) say()
      })
      const timer = setInterval(() => {
        if (performance.now() - heardAtMs > STILL_MS) socket.destroy()
      }, STILL_MS)
      socket.on('close', () => {
        clearInterval(timer)
        this.#tally.frames++
      })
      socket.write(PROTOCOL)
      if (!asStranger) socket.write(login)
      say()
    })
  }

  #connection(use: (socket: Socket) => void): Promise<void> {
    this.#tally.connections++
    return new Promise(resolve => {
      const socket = connect(this.#port, '127.0.0.1')
      // a reset is what it deserves
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
      use(socket)
    })
  }
}

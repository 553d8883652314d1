/**
 * The one port: the first three bytes of a connection say who speaks. Where encryption is configured, nobody is let in
 * without it, and no member without a certificate.
 */

import type { Clock, Log, Pipe, Standing } from '../env/env.js'
import { memberPrefix } from '../protocol/member-table.js'

/** Clients of the open binary protocol. */
const clientPrefix = 'CP2'
const prefixBytes = 3
/** A connection that says nothing is closed. */
const silentMs = 10_000

/** Why a member is not listened to. */
const against: Readonly<Partial<Record<Standing, string>>> = {
  unencrypted: '<ssl> is enabled here, and a member that does not use it wants to talk: enable it for all members or for none',
  encrypted: 'a member has to show a certificate that the CA of <ssl> has signed, also where clients need none',
}

export interface Entrances {
  onMember(pipe: Pipe, rest: Uint8Array): void
  /** A member that must not come in, and may be told why. */
  onUntrusted(pipe: Pipe, reason: string): void
  onClient(pipe: Pipe, rest: Uint8Array): void
}

export class Entrance {
  readonly #clock: Clock
  readonly #log: Log
  readonly #to: Entrances
  /** They have not said yet who they are. */
  readonly #silent = new Set<Pipe>()

  constructor(clock: Clock, log: Log, to: Entrances) {
    this.#clock = clock
    this.#log = log
    this.#to = to
  }

  welcome(pipe: Pipe): void {
    let read = new Uint8Array(0)
    let done = false
    const timer = this.#clock.after(silentMs, () => pipe.destroy())
    this.#silent.add(pipe)
    const isOver = (): void => {
      timer.cancel()
      this.#silent.delete(pipe)
    }
    pipe.start({
      onData: chunk => {
        if (done) return
        const all = new Uint8Array(read.length + chunk.length)
        all.set(read)
        all.set(chunk, read.length)
        read = all
        if (read.length < prefixBytes) return
        done = true
        isOver()
        const prefix = String.fromCharCode(...read.subarray(0, prefixBytes))
        const rest = read.subarray(prefixBytes)
        const remote = `${pipe.remote.host}:${pipe.remote.port}`
        const reason = against[pipe.standing]
        if (prefix === memberPrefix) {
          if (reason === undefined) this.#to.onMember(pipe, rest)
          else this.#to.onUntrusted(pipe, reason)
        } else if (prefix !== clientPrefix) {
          this.#log.warn('connection.unknown', { remote, prefix: JSON.stringify(prefix) })
          pipe.destroy()
        } else if (pipe.standing === 'unencrypted') {
          this.#log.warn('connection.notEncrypted', { remote, reason: 'a client without TLS: <ssl> is enabled here' })
          pipe.destroy()
        } else this.#to.onClient(pipe, rest)
      },
      onDrain: () => {},
      onClose: isOver,
    })
  }

  /** The member stops, and nobody comes in any more. */
  close(): void {
    for (const pipe of [...this.#silent]) pipe.destroy()
  }
}

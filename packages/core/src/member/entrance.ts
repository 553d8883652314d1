/** The one port: the first three bytes of a connection say who speaks. */

import type { Clock, Log, Pipe } from '../env/env.js'
import { memberPrefix } from '../protocol/member-table.js'

/** Clients of the open binary protocol. */
const clientPrefix = 'CP2'
const prefixBytes = 3
/** A connection that says nothing is closed. */
const silentMs = 10_000

export interface Entrances {
  onMember(pipe: Pipe, rest: Uint8Array): void
  onClient(pipe: Pipe, rest: Uint8Array): void
}

export function welcome(pipe: Pipe, clock: Clock, log: Log, to: Entrances): void {
  let read = new Uint8Array(0)
  let done = false
  const timer = clock.after(silentMs, () => pipe.destroy())
  pipe.start({
    onData: chunk => {
      if (done) return
      const all = new Uint8Array(read.length + chunk.length)
      all.set(read)
      all.set(chunk, read.length)
      read = all
      if (read.length < prefixBytes) return
      done = true
      timer.cancel()
      const prefix = String.fromCharCode(...read.subarray(0, prefixBytes))
      const rest = read.subarray(prefixBytes)
      if (prefix === memberPrefix) to.onMember(pipe, rest)
      else if (prefix === clientPrefix) to.onClient(pipe, rest)
      else {
        const { host, port } = pipe.remote
        log.warn('connection.unknown', { remote: `${host}:${port}`, prefix: JSON.stringify(prefix) })
        pipe.destroy()
      }
    },
    onDrain: () => {},
    onClose: () => timer.cancel(),
  })
}

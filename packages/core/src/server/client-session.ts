/**
 * One connection of one client: messages in, calls to the handlers, answers out.
 *
 * Every request is answered, by what was asked for or by an error; a client would wait two minutes for silence. Bytes
 * that are no messages end the connection, and only this one. Whoever has not logged in within `LOGIN_MS`, or is silent
 * for the heartbeat timeout, is shown out.
 */

import type { ClientStatistics } from '../api/member.js'
import { InvariantError } from '../base/assert.js'
import { CobnutError, DecodeError } from '../base/errors.js'
import type { Clock, Log, Pipe, PipeReceiver } from '../env/env.js'
import { MessageAssembler } from '../protocol/client-assembler.js'
import { errorHolders } from '../protocol/client-errors.js'
import { REQUEST_HEAD_BYTES } from '../protocol/client-frame.js'
import { messageName } from '../protocol/client-names.js'
import { MessageReader } from '../protocol/client-reader.js'
import type { EventRow } from '../protocol/client-row.js'
import type { Handler, HandlerIndex } from './handlers.js'
import { OpenRequests } from './open-requests.js'
import type { CallId, ClientIdentity, Release, Session } from './session.js'
import { SessionOutput } from './session-output.js'

/** How long a stranger may take to say who it is, and a session that is being ended to close its side. */
const LOGIN_MS = 10_000
/** Listeners of one client; an application that adds one per call without removing any is stopped here. */
const REGISTRATIONS_MAX = 10_000

export interface SessionOptions {
  readonly pipe: Pipe
  readonly clock: Clock
  readonly log: Log
  readonly handlers: HandlerIndex
  readonly heartbeatTimeoutMs: number
  readonly newId: () => string
  readonly onWelcome: (identity: ClientIdentity, before: ClientIdentity | null) => void
  readonly onClosed: (session: ClientSession) => void
}

type Stage = 'stranger' | 'client' | 'ending' | 'closed'
export class ClientSession implements PipeReceiver, Session {
  readonly #options: SessionOptions
  readonly #pipe: Pipe
  readonly #output: SessionOutput
  readonly #reader = new MessageReader()
  readonly #assembler = new MessageAssembler((source, from, to) => this.#onMessage(source, from, to))
  readonly #held = new Map<string, Release>()
  readonly #requests = new OpenRequests()
  readonly connectedAtMs: number
  /** When the client last took this member for the owner of a partition, in monotonic ms. */
  routedMs = 0
  #stage: Stage = 'stranger'
  #stageSinceMs: number
  #lastHeardMs: number
  #isTurnedAway = false
  #paused = false
  #closeReason = ''
  identity: ClientIdentity | null = null
  statistics: ClientStatistics | null = null

  constructor(options: SessionOptions) {
    this.#options = options
    this.#pipe = options.pipe
    this.#output = new SessionOutput(options.pipe, options.clock, {
      onAnswered: (id, bytes) => {
        this.#requests.end(id.open, bytes)
        this.#setReading()
      },
      onChoked: () => this.#setReading(),
      onOverrun: () => this.close('does not read its events'),
    })
    this.connectedAtMs = options.clock.wallMs()
    this.#stageSinceMs = this.#lastHeardMs = options.clock.monotonicMs()
  }

  get remote(): { readonly host: string; readonly port: number } {
    return this.#pipe.remote
  }

  start(alreadyRead: Uint8Array): void {
    this.#pipe.start(this)
    if (alreadyRead.length > 0) this.onData(alreadyRead)
  }

  /** From now on larger messages and everything beside the login are welcome. */
  welcome(identity: ClientIdentity): void {
    const before = this.identity
    this.identity = identity
    this.#options.onWelcome(identity, before)
    this.#enter('client')
    this.#assembler.trust()
  }

  event<E>(row: EventRow<E>, id: CallId, value: E): void {
    this.#guarded(() => this.#output.event(row, id, value))
  }

  /** Keeps a registration until the client gives it up or leaves; returns the id that the client knows it by. */
  hold(release: Release): string {
    const id = this.#options.newId()
    const full = this.#held.size === REGISTRATIONS_MAX
    if (full || this.#stage === 'closed') this.#undo(release)
    else this.#held.set(id, release)
    if (full) throw new CobnutError('OVERLOADED', `this client has ${REGISTRATIONS_MAX} listeners`)
    return id
  }

  async release(id: string | null): Promise<boolean> {
    const release = id === null ? undefined : this.#held.get(id)
    if (id === null || release === undefined) return false
    this.#held.delete(id)
    return release()
  }

  /** Called every second or so: shows out who is silent, does not log in, or does not read. */
  checkAlive(nowMs: number): void {
    const { heartbeatTimeoutMs } = this.#options
    this.#output.look()
    const choked = this.#output.chokedSinceMs
    this.#requests.tick()
    this.#guarded(() => this.#setReading())
    if (this.#stage === 'ending' && nowMs - this.#stageSinceMs > LOGIN_MS) this.close('did not close its side')
    else if (this.#stage === 'stranger' && nowMs - this.#stageSinceMs > LOGIN_MS) this.close(`no login within ${LOGIN_MS} ms`)
    else if (choked !== null && nowMs - choked > heartbeatTimeoutMs) this.close(`read nothing for ${heartbeatTimeoutMs} ms`)
    // While we do not read we cannot hear either.
    else if (!this.#paused && nowMs - this.#lastHeardMs > heartbeatTimeoutMs) this.close(`silent for ${heartbeatTimeoutMs} ms`)
  }

  get isWaiting(): boolean {
    return this.#requests.size > 0
  }

  /** From now on requests do nothing, and the client is told to repeat them elsewhere. */
  turnAway(): void {
    this.#isTurnedAway = true
  }

  /** Sends what has been answered, then closes. */
  end(reason: string): void {
    if (this.#stage === 'ending' || this.#stage === 'closed') return
    this.#closeReason = reason
    this.#enter('ending')
    this.#assembler.close()
    this.#output.flush()
    this.#output.close()
    this.#pipe.end()
  }

  /** Closes at once. */
  close(reason: string): void {
    if (this.#stage === 'closed') return
    this.#closeReason ||= reason
    this.#leave()
    this.#pipe.destroy()
  }

  onData(chunk: Uint8Array): void {
    this.#lastHeardMs = this.#options.clock.monotonicMs()
    if (this.#stage === 'ending' || this.#stage === 'closed') return
    this.#guarded(() => this.#assembler.receive(chunk))
  }

  onDrain(): void {
    this.#guarded(() => this.#output.onDrain())
  }

  onClose(reason: string): void {
    this.#closeReason ||= reason
    this.#leave()
  }

  #onMessage(source: Uint8Array, from: number, to: number): void {
    const reader = this.#reader
    reader.open(source, from, to, REQUEST_HEAD_BYTES)
    const handler = this.#options.handlers.get(reader.type)
    const open = this.#requests.begin(handler?.row)
    const id = { low: reader.idLow, high: reader.idHigh, partition: reader.partition, open }
    this.#setReading()
    if (id.partition >= 0) this.routedMs = this.#lastHeardMs
    if (this.#isTurnedAway) {
      this.#fail(handler, reader.type, id, new CobnutError('MEMBER_STOPPED', 'this member leaves', { outcome: 'not-applied' }))
    } else if (this.#stage === 'stranger' && handler?.login !== true) {
      this.#fail(handler, reader.type, id, new CobnutError('AUTHENTICATION_FAILED', 'the first message has to be a login'))
      this.end('spoke before the login')
    } else if (handler === undefined) {
      const name = messageName(reader.type)
      this.#fail(handler, reader.type, id, new CobnutError('UNSUPPORTED', `${name} is not supported by this member`))
    } else if (this.#requests.areTooManySlow && !handler.frees) {
      this.#fail(
        handler,
        reader.type,
        id,
        new CobnutError('OVERLOADED', 'too many calls of this client wait, for locks or members'),
      )
    } else {
      this.#run(handler, id)
    }
  }

  #run(handler: Handler, id: CallId): void {
    const fail = (error: unknown): void => this.#fail(handler, handler.row.code, id, error)
    let answer: unknown
    try {
      answer = handler.run(handler.row.request.read(this.#reader), this, id)
    } catch (error) {
      if (error instanceof DecodeError) throw error
      fail(error)
      return
    }
    if (answer instanceof Promise) answer.then(value => this.#answer(handler, id, value), fail)
    else this.#answer(handler, id, answer)
  }

  #answer(handler: Handler, id: CallId, value: unknown): void {
    this.#guarded(() => this.#output.answer(handler.row, id, value))
    if (handler.login && this.#stage === 'stranger') this.end('login refused')
  }

  #fail(handler: Handler | undefined, type: number, id: CallId, error: unknown): void {
    const what = handler?.name ?? messageName(type)
    if (error instanceof InvariantError) {
      // Out of the promise it came through, to whoever stops the member.
      this.#options.clock.defer(() => {
        throw error
      })
      return
    }
    if (!(error instanceof CobnutError)) {
      this.#options.log.error('client.request.crashed', { what, error: error instanceof Error ? error.stack : String(error) })
    }
    const { host, port } = this.#pipe.local
    const errors = errorHolders(error, { repeatable: handler?.row.repeatable ?? true, where: `${host}:${port}`, what })
    this.#guarded(() => this.#output.fail(errors, id))
  }

  #setReading(): void {
    const pause = this.#output.chokedSinceMs !== null || this.#requests.areTooManyBusy
    if (pause === this.#paused) return
    this.#paused = pause
    if (pause) {
      this.#pipe.pause()
      this.#assembler.pause()
    } else {
      this.#lastHeardMs = this.#options.clock.monotonicMs()
      this.#pipe.resume()
      this.#assembler.resume()
    }
  }

  /** What goes wrong between the bytes and the handlers ends this session and nothing else, unless an invariant broke. */
  #guarded(step: () => void): void {
    try {
      step()
    } catch (error) {
      if (error instanceof DecodeError) {
        this.close(`unreadable: ${error.message}`)
        return
      }
      if (error instanceof InvariantError) throw error
      this.#options.log.error('client.session.crashed', { error: error instanceof Error ? error.stack : String(error) })
      this.close('an error in this member')
    }
  }

  #enter(stage: Stage): void {
    this.#stage = stage
    this.#stageSinceMs = this.#options.clock.monotonicMs()
  }

  #leave(): void {
    if (this.#stage === 'closed') return
    this.#enter('closed')
    this.#assembler.close()
    this.#output.close()
    const held = [...this.#held.values()]
    this.#held.clear()
    for (const release of held) this.#undo(release)
    this.#options.log.info('client.left', { reason: this.#closeReason, client: this.identity?.uuid, name: this.identity?.name })
    this.#options.onClosed(this)
  }

  #undo(release: Release): void {
    Promise.resolve()
      .then(release)
      .catch((error: unknown) => this.#options.log.warn('client.listener.kept', { error: String(error) }))
  }
}

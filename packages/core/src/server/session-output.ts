/**
 * What goes out to one client. Messages are gathered and handed to the pipe once everything that is ready has been
 * handled, so that a hundred answers cost one write.
 *
 * A client that does not read costs a bounded amount of memory: when the pipe is full the session begins nothing more, so that only
 * the answers of what was under way come on top, and `OpenRequests` sees to it that these are not much. Events cannot be held back,
 * and a large answer is no fault of the listeners; but when so much of them comes on top, the client is too slow for them.
 */

import type { Clock, Pipe } from '../env/env.js'
import { type ErrorHolder, writeError } from '../protocol/client-errors.js'
import { type EventRow, type Row, writeEvent, writeResponse } from '../protocol/client-row.js'
import { MessageWriter } from '../protocol/client-writer.js'
import type { CallId } from './session.js'

/** The events that may come while there is already so much. */
const OUTBOUND_BYTES_MAX = 16 * 1024 * 1024
/** Above this, and not drained, a client is not listened to: smaller would stop and go under healthy load. */
const CHOKED_BYTES = 256 * 1024
/** Gathering more than this before a write gains nothing. */
const FLUSH_BYTES = 256 * 1024

export interface OutputEvents {
  /** An answer of so many bytes has been written; its request no longer counts as open. */
  onAnswered(id: CallId, bytes: number): void
  /** `chokedSinceMs` has changed. */
  onChoked(): void
  /** The client cannot keep up with its events: this one was dropped, so the session has to end. */
  onOverrun(): void
}

export class SessionOutput {
  readonly #pipe: Pipe
  readonly #clock: Clock
  readonly #events: OutputEvents
  readonly #writer = new MessageWriter()
  #scheduled = false
  #closed = false
  /** Since when the pipe has been full and the client has taken nothing, in monotonic ms; null when it is not full. */
  #chokedSinceMs: number | null = null
  #writtenBytes = 0
  /** Of those, what had left at the last look. */
  #takenBytes = 0
  /** Of events written while there was more than the client should have before it. */
  #eventBytesOnTop = 0

  constructor(pipe: Pipe, clock: Clock, events: OutputEvents) {
    this.#pipe = pipe
    this.#clock = clock
    this.#events = events
  }

  get chokedSinceMs(): number | null {
    return this.#chokedSinceMs
  }

  answer<A>(row: Row<unknown, A>, id: CallId, value: A): void {
    if (this.#closed) return
    const before = this.#writer.gatheredBytes
    writeResponse(this.#writer, row, id.low, id.high, value)
    this.#answered(id, this.#writer.gatheredBytes - before)
  }

  fail(errors: readonly ErrorHolder[], id: CallId): void {
    if (this.#closed) return
    const before = this.#writer.gatheredBytes
    writeError(this.#writer, errors, id.low, id.high)
    this.#answered(id, this.#writer.gatheredBytes - before)
  }

  event<E>(row: EventRow<E>, id: CallId, value: E): void {
    if (this.#closed) return
    const isFull = this.#pipe.bufferedBytes + this.#writer.gatheredBytes > OUTBOUND_BYTES_MAX
    const before = this.#writer.gatheredBytes
    writeEvent(this.#writer, row, id.low, id.high, value)
    this.#eventBytesOnTop = isFull ? this.#eventBytesOnTop + this.#writer.gatheredBytes - before : 0
    if (this.#eventBytesOnTop > OUTBOUND_BYTES_MAX) this.#events.onOverrun()
    else this.#schedule()
  }

  /** Hands what is gathered to the pipe now. */
  flush(): void {
    this.#scheduled = false
    if (this.#closed) return
    let drained = true
    for (const bytes of this.#writer.take()) {
      drained = this.#pipe.write(bytes)
      this.#writtenBytes += bytes.length
    }
    if (drained || this.#chokedSinceMs !== null || this.#pipe.bufferedBytes < CHOKED_BYTES) return
    this.#chokedSinceMs = this.#clock.monotonicMs()
    this.#takenBytes = this.#writtenBytes - this.#pipe.bufferedBytes
    this.#events.onChoked()
  }

  /** Called every second or so: whoever takes a part of it reads, however much is still to come. */
  look(): void {
    const takenBytes = this.#writtenBytes - this.#pipe.bufferedBytes
    if (this.#chokedSinceMs === null || takenBytes === this.#takenBytes) return
    this.#chokedSinceMs = this.#clock.monotonicMs()
    this.#takenBytes = takenBytes
  }

  onDrain(): void {
    if (this.#chokedSinceMs === null) return
    this.#chokedSinceMs = null
    this.#events.onChoked()
  }

  close(): void {
    this.#closed = true
  }

  #answered(id: CallId, bytes: number): void {
    // first the look at the pipe: with the request gone from the count, the session would begin the next one
    this.#schedule()
    this.#events.onAnswered(id, bytes)
  }

  #schedule(): void {
    if (this.#writer.gatheredBytes >= FLUSH_BYTES) {
      this.flush()
    } else if (!this.#scheduled) {
      this.#scheduled = true
      this.#clock.defer(() => this.flush())
    }
  }
}

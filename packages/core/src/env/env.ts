/**
 * The seam to the world. Everything a member needs from outside comes through `Env`: clock, network, chance, log.
 * Production hands in `node/`; the simulator hands in virtual time and seeded pipes, and the same `Member` runs in it.
 */

import type { MemberId } from '../base/ids.js'
import type { Prng } from '../base/prng.js'

export interface Env {
  readonly clock: Clock
  readonly network: Network
  /** Seeded in the simulator, from the system's entropy in production. Fork it, do not share it. */
  readonly random: Prng
  readonly keys: Keys
  readonly log: Log
}

/** For proving to know a secret without saying it. */
export interface Keys {
  /** Bytes that nobody can guess, whatever else of this member he has seen: `random` promises less. */
  unguessable(bytes: number): Uint8Array
  /** 32 bytes from a password, made slowly (some 50 ms): so slow is guessing it from what went over the network. */
  stretched(password: string, salt: string): Uint8Array
  /** HMAC-SHA-256: 32 bytes. */
  mac(key: Uint8Array, message: Uint8Array): Uint8Array
}

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Milliseconds with fractions since some fixed point; never goes back. Leases and timeouts use only this. */
  monotonicMs(): number
  /** Milliseconds since 1970 as the host believes. Only for what users see and for expiry times. */
  wallMs(): number
  /**
   * A third opinion on elapsed time (the host's uptime in production), for the clock guard: where it disagrees with
   * `monotonicMs` the host was suspended.
   */
  uptimeMs(): number
  after(delayMs: number, run: () => void): Timer
  every(intervalMs: number, run: () => void): Timer
  /** Runs once, after everything that is ready now has been handled: the place to flush what was gathered. */
  defer(run: () => void): void
}

export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * What is known of the other end of a pipe: nothing, because nothing is asked (`open`); or where encryption is configured,
 * that it does not encrypt (`unencrypted`), that it does (`encrypted`), or that a CA we trust has signed for it (`certified`).
 */
export type Standing = 'open' | 'unencrypted' | 'encrypted' | 'certified'

/** TCP's promises and nothing more: in order, complete until closed. */
export interface Pipe {
  readonly remote: Address
  readonly local: Address
  readonly standing: Standing
  /**
   * Takes over `bytes`: the caller may not change them afterwards. False when more is buffered than the pipe likes;
   * the bytes are taken all the same and `onDrain` follows. After a close it does nothing.
   */
  write(bytes: Uint8Array): boolean
  /** Bytes written and not yet handed to the system. */
  readonly bufferedBytes: number
  /**
   * Sets the one receiver; a later call hands the pipe to another one. Until the first call nothing is read. A chunk
   * may be kept only as a copy: it belongs to the receiver during the call.
   */
  start(receiver: PipeReceiver): void
  /** Stops reading until `resume`. */
  pause(): void
  resume(): void
  /** Sends what is buffered, then closes. */
  end(): void
  /** Closes at once; what is buffered is dropped. */
  destroy(): void
}

export interface PipeReceiver {
  onData(chunk: Uint8Array): void
  onDrain(): void
  /** Exactly once, whoever closed. */
  onClose(reason: string): void
}

export interface Listener {
  readonly address: Address
  close(): Promise<void>
}

export interface ListenOptions {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** Ports tried from `port` on, each when the one before is taken; 1 = only `port`. */
  readonly portCount: number
  readonly onPipe: (pipe: Pipe) => void
}

/** What the system says of a process that was a member: `dead` only if it can be proved, never guessed. */
export type DeathProof = 'dead' | 'alive' | 'unknown'

export interface Network {
  /** Rejects with CobnutError ADDRESS_IN_USE when no port of the range is free. */
  listen(options: ListenOptions): Promise<Listener>
  /**
   * Rejects with CobnutError LINK_CLOSED when refused, unreachable or after `timeoutMs`. `details.refused` is true only if
   * the system at that address said that nobody listens there. Rejects with TLS_FAILED when somebody is there and the two
   * cannot agree on encryption, or do not trust each other's certificates.
   */
  dial(to: Address, timeoutMs: number): Promise<Pipe>
  /**
   * Makes this process provable: from now on, as long as it lives, a peer on the same host that asks `probe` with the
   * returned token hears `alive`, and after its death `dead`. Empty where the platform offers no proof.
   */
  announce(id: MemberId): Promise<Incarnation>
  /** Asks the system of this host; `unknown` at once for a token of another host. */
  probe(token: string): Promise<DeathProof>
}

export interface Incarnation {
  /** `SYSTEM:NAME`, of the system to be asked and the incarnation; empty = no proof possible. Travels in the member list. */
  readonly token: string
  /** Withdraws the announcement, on a graceful stop. */
  withdraw(): Promise<void>
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, unknown>>

/** A log line is an event name with fields: `log.info('member.left', { member, silentMs })`. No secrets, no values. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  child(fields: LogFields): Log
}

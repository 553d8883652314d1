/** Time and bytes in the hands of a test. */

import type { Address, Clock, Pipe, PipeReceiver, Timer } from '../../../../src/env/env.js'

export class ManualClock implements Clock {
  #nowMs = 1_000
  #timers: { atMs: number; everyMs: number | null; run: () => void }[] = []
  #deferred: (() => void)[] = []

  monotonicMs = (): number => this.#nowMs
  wallMs = (): number => 1_700_000_000_000 + this.#nowMs
  uptimeMs = (): number => this.#nowMs
  after = (delayMs: number, run: () => void): Timer => this.#add(this.#nowMs + delayMs, null, run)
  every = (intervalMs: number, run: () => void): Timer => this.#add(this.#nowMs + intervalMs, intervalMs, run)
  defer = (run: () => void): void => {
    this.#deferred.push(run)
  }

  get timerCount(): number {
    return this.#timers.length
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      this.runDeferred()
      const next = this.#timers.filter(timer => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      this.#nowMs = next.atMs
      if (next.everyMs === null) this.#timers = this.#timers.filter(timer => timer !== next)
      else next.atMs += next.everyMs
      next.run()
    }
    this.#nowMs = untilMs
  }

  runDeferred(): void {
    while (this.#deferred.length > 0) this.#deferred.shift()?.()
  }

  #add(atMs: number, everyMs: number | null, run: () => void): Timer {
    const timer = { atMs, everyMs, run }
    this.#timers.push(timer)
    return {
      cancel: () => {
        this.#timers = this.#timers.filter(one => one !== timer)
      },
    }
  }
}

/** A pipe whose far end is the test. While `blocked`, what is written stays in the buffer. */
export class ManualPipe implements Pipe {
  readonly standing = 'open'
  readonly remote: Address = { host: '10.0.0.9', port: 4_000 }
  readonly local: Address = { host: '10.0.0.1', port: 5_701 }
  #receiver: PipeReceiver | null = null
  #buffered: Uint8Array[] = []
  readonly arrived: Uint8Array[] = []
  blocked = false
  paused = false
  state: 'open' | 'ended' | 'destroyed' = 'open'

  get bufferedBytes(): number {
    return this.#buffered.reduce((sum, bytes) => sum + bytes.length, 0)
  }

  write(bytes: Uint8Array): boolean {
    if (this.state !== 'open') return true
    ;(this.blocked ? this.#buffered : this.arrived).push(bytes)
    return !this.blocked
  }

  start(receiver: PipeReceiver): void {
    this.#receiver = receiver
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  end(): void {
    if (this.state === 'open') this.state = 'ended'
  }

  destroy(): void {
    if (this.state === 'destroyed') return
    this.state = 'destroyed'
    this.#receiver?.onClose('destroyed')
  }

  receive(bytes: Uint8Array): void {
    const chunk = Uint8Array.from(bytes)
    this.#receiver?.onData(chunk)
    chunk.fill(0xee)
  }

  drain(): void {
    this.blocked = false
    this.arrived.push(...this.#buffered)
    this.#buffered = []
    this.#receiver?.onDrain()
  }

  /** Stays blocked; only this much of the buffer leaves. */
  take(bytes: number): void {
    const all = Buffer.concat(this.#buffered)
    this.arrived.push(all.subarray(0, bytes))
    this.#buffered = [all.subarray(bytes)]
  }

  closeByPeer(): void {
    this.state = 'destroyed'
    this.#receiver?.onClose('closed by the other side')
  }
}

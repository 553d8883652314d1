/**
 * How many requests of one client are being worked on, and how much their answers may be. Those that wait, for somebody else's
 * lock as a rule, are counted apart after a second or two: they must not keep the client from being heard, as what ends their
 * waiting may come from it.
 *
 * An answer is as large as those to the same message were of late, for all that is known before it is there. So the first few
 * answers of a kind come before many more are asked for, and a client that asks for much and reads slowly has at any time only so
 * much made for it.
 */

import type { Row } from '../protocol/client-row.js'

/** While there are so many, no more are read. */
const BUSY_MAX = 2_048
/** While their answers may be so much, no more are begun. */
const EXPECTED_BYTES_MAX = 16 * 1024 * 1024
/** However large answers are, a few requests are worked on at a time: one that takes long does not hold up the next. */
const EXPECTED_EACH_BYTES_MAX = EXPECTED_BYTES_MAX / 4
/** Before the first answer of a kind. */
const UNKNOWN_BYTES = 1024 * 1024
/** Above this only what does not wait itself is taken. */
const SLOW_MAX = 20_000

type AnyRow = Row<unknown, unknown>

export interface OpenRequest {
  readonly second: number
  /** Undefined: it will be refused. */
  readonly row: AnyRow | undefined
  readonly expectedBytes: number
}

export class OpenRequests {
  #second = 0
  #latest = 0
  #earlier = 0
  #slow = 0
  #latestBytes = 0
  #earlierBytes = 0
  readonly #answerBytes = new Map<AnyRow, number>()

  begin(row: AnyRow | undefined): OpenRequest {
    const expectedBytes = this.#expected(row)
    this.#latest++
    this.#latestBytes += expectedBytes
    return { second: this.#second, row, expectedBytes }
  }

  /** A large answer is forgotten slowly: among small ones the next may come soon. */
  end({ second, row, expectedBytes }: OpenRequest, answerBytes: number): void {
    if (second === this.#second) {
      this.#latest--
      this.#latestBytes -= expectedBytes
    } else if (second === this.#second - 1) {
      this.#earlier--
      this.#earlierBytes -= expectedBytes
    } else {
      this.#slow--
    }
    if (row === undefined || row.response.isFixed) return
    const before = this.#answerBytes.get(row) ?? UNKNOWN_BYTES
    this.#answerBytes.set(row, Math.max(answerBytes, before - Math.ceil(before / 8)))
  }

  /** Called every second or so. */
  tick(): void {
    this.#second++
    this.#slow += this.#earlier
    this.#earlier = this.#latest
    this.#earlierBytes = this.#latestBytes
    this.#latest = 0
    this.#latestBytes = 0
  }

  get size(): number {
    return this.#latest + this.#earlier + this.#slow
  }

  get areTooManyBusy(): boolean {
    return this.#latest + this.#earlier >= BUSY_MAX || this.#latestBytes + this.#earlierBytes >= EXPECTED_BYTES_MAX
  }

  get areTooManySlow(): boolean {
    return this.#slow >= SLOW_MAX
  }

  #expected(row: AnyRow | undefined): number {
    if (row === undefined || row.response.isFixed) return 0
    return Math.min(this.#answerBytes.get(row) ?? UNKNOWN_BYTES, EXPECTED_EACH_BYTES_MAX)
  }
}

/**
 * How many requests of one client are being worked on. Those that wait, for somebody else's lock as a rule, are counted apart
 * after a second or two: they must not keep the client from being heard, as what ends their waiting may come from it.
 */

/** While there are so many, no more are read. */
const BUSY_MAX = 2_048
/** Above this only what does not wait itself is taken. */
const SLOW_MAX = 20_000

export class OpenRequests {
  #second = 0
  #latest = 0
  #earlier = 0
  #slow = 0

  /** @returns when it began, for `end` */
  begin(): number {
    this.#latest++
    return this.#second
  }

  end(second: number): void {
    if (second === this.#second) this.#latest--
    else if (second === this.#second - 1) this.#earlier--
    else this.#slow--
  }

  /** Called every second or so. */
  tick(): void {
    this.#second++
    this.#slow += this.#earlier
    this.#earlier = this.#latest
    this.#latest = 0
  }

  get size(): number {
    return this.#latest + this.#earlier + this.#slow
  }

  get areTooManyBusy(): boolean {
    return this.#latest + this.#earlier >= BUSY_MAX
  }

  get areTooManySlow(): boolean {
    return this.#slow >= SLOW_MAX
  }
}

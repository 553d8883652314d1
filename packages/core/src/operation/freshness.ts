/**
 * How old the state of a copy may be, by its own clock alone: it asks the owner how far the commits are, and as soon as it
 * has come that far it is as fresh as the moment in which it asked. No clocks are compared.
 */

/** An answer that has not come after so long is not waited for. */
const askAgainMs = 200

interface Word {
  readonly askedAtMs: number
  readonly commit: number
}

export class Freshness {
  #round = 0
  #askedAtMs = Number.NEGATIVE_INFINITY
  #isOpen = false
  /** The newest word of the owner; the copy may still have to come that far. */
  #word: Word = { askedAtMs: Number.NEGATIVE_INFINITY, commit: 0 }
  /** The moment that the copy is known to be as fresh as. */
  #asOfMs = Number.NEGATIVE_INFINITY

  /** Milliseconds; Infinity = not known. `commit`: how far the copy is. */
  ageMs(nowMs: number, commit: number): number {
    if (commit >= this.#word.commit) this.#asOfMs = this.#word.askedAtMs
    return nowMs - this.#asOfMs
  }

  /** The number of a new question, or null while the one before is under way. */
  ask(nowMs: number): number | null {
    if (this.#isOpen && nowMs - this.#askedAtMs < askAgainMs) return null
    this.#isOpen = true
    this.#askedAtMs = nowMs
    return ++this.#round
  }

  /** The owner's answer to the question of this number: so far the commits were, some time after it was asked. */
  onWord(round: number, commit: number, ownCommit: number): void {
    if (!this.#isOpen || round !== this.#round) return
    this.#isOpen = false
    this.ageMs(0, ownCommit)
    this.#word = { askedAtMs: this.#askedAtMs, commit }
  }
}

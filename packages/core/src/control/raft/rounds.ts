/**
 * Questions that need the word "I still lead". Each waits for a round of heartbeats that *started* after it came; when a
 * quorum has answered that round, or a later one, nobody else had been elected when the question came. One round serves
 * all questions that were waiting when it started.
 */
export class Rounds<Q> {
  #started = 0
  #waiting: Q[] = []
  #asked: { readonly round: number; readonly questions: readonly Q[] }[] = []

  get started(): number {
    return this.#started
  }

  /** A round should start now: somebody waits, and no round is under way that others wait for. */
  get isDue(): boolean {
    return this.#waiting.length > 0 && this.#asked.length === 0
  }

  /** The newest round for whose answers somebody waits; 0 = nobody does. */
  get awaited(): number {
    return this.#asked.at(-1)?.round ?? 0
  }

  ask(question: Q): void {
    this.#waiting.push(question)
  }

  start(): void {
    this.#started += 1
    if (this.#waiting.length === 0) return
    this.#asked.push({ round: this.#started, questions: this.#waiting })
    this.#waiting = []
  }

  /** A quorum has answered `round`. Returns the questions that this settles. */
  confirmed(round: number): readonly Q[] {
    const settled = this.#asked.filter(a => a.round <= round)
    if (settled.length === 0) return []
    this.#asked = this.#asked.filter(a => a.round > round)
    return settled.flatMap(a => a.questions)
  }
}

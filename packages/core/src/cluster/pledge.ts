/**
 * Two founders must not both count the same one: a member that looks for a cluster stands behind at most one, the lowest
 * id that it has spoken with, and tells it so in every round. It turns to another only when nobody can count it any more:
 *
 * - nobody listens where the other one was, or somebody else does: its process is gone, or has moved on, or
 * - the other one says that it stands behind a third itself. It has then forgotten who stood behind it, and counts nobody
 *   until it stands for itself again and is told anew.
 *
 * Silence is no reason: the other one may be founding just now. As long as a member stands for itself it is free to turn
 * to somebody, for only it counts itself. With a minimum of more than half of all there are never two clusters.
 */

export class Pledge {
  readonly #self: string
  #to: string
  /** Where the one stood behind was met. */
  #address = ''
  #released = false
  /** Those who stand behind this member. */
  readonly #behind = new Set<string>()
  /** The lowest id met since the last round, and where. */
  #lowest: { readonly id: string; readonly address: string } | null = null

  constructor(self: string) {
    this.#self = self
    this.#to = self
  }

  /** Whom this member stands behind; itself, before it knows of a lower id. The same during a whole round. */
  get to(): string {
    return this.#to
  }

  /** Somebody says whom it stands behind. */
  onWord(id: string, to: string): void {
    if (to === this.#self && this.#to === this.#self) this.#behind.add(id)
    else this.#behind.delete(id)
  }

  /** Somebody who also looks for a cluster was told, and says whom it stands behind itself. */
  onAnswer(id: string, address: string, to: string): void {
    const isOurs = id === this.#to
    if (isOurs && to !== id) this.#released = true
    if (!isOurs && address === this.#address) this.#released = true
    if (id < this.#self && to === id && (this.#lowest === null || id < this.#lowest.id)) this.#lowest = { id, address }
  }

  onNobodyAt(address: string): void {
    if (address === this.#address) this.#released = true
  }

  /** At the end of a round, when all have been told the same. */
  renew(): void {
    const lowest = this.#lowest
    this.#lowest = null
    if (this.#released) this.#standFor(this.#self, '')
    if (this.#to === this.#self && lowest !== null) this.#standFor(lowest.id, lowest.address)
  }

  #standFor(id: string, address: string): void {
    this.#to = id
    this.#address = address
    this.#released = false
    if (id !== this.#self) this.#behind.clear()
  }

  /** How many would found a cluster with this member now, of those that were heard lately. */
  countOf(heard: ReadonlyMap<string, unknown>): number {
    if (this.#to !== this.#self) return 0
    let n = 1
    for (const id of this.#behind) if (heard.has(id)) n++
    return n
  }
}

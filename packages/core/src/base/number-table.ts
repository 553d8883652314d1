/**
 * Values by whole number, for tables that have as much taken out as put in, with every call. While it has no more values than it
 * once had, nothing is allocated. A `Map` makes itself anew every few changes, and V8 links the table it was to the one it
 * becomes: as soon as one of them has grown old, all later ones, with what they hold, survive until the next full collection.
 */

const capacityMin = 8
/** A larger one is given back when it has become empty. */
const idleCapacityMax = 64

export class NumberTable<V> {
  /** Open addressing: a value stands at the place of its number or behind it, with no free place in between. */
  #numbers = new Float64Array(0)
  #values: (V | undefined)[] = []
  #mask = -1
  #size = 0

  get size(): number {
    return this.#size
  }

  get(number: number): V | undefined {
    return this.#size === 0 ? undefined : this.#values[this.#placeOf(number)]
  }

  set(number: number, value: V): void {
    if ((this.#size + 1) * 4 > this.#values.length * 3) this.#makeRoom()
    const at = this.#placeOf(number)
    if (this.#values[at] === undefined) this.#size++
    this.#numbers[at] = number
    this.#values[at] = value
  }

  delete(number: number): boolean {
    if (this.#size === 0) return false
    let free = this.#placeOf(number)
    if (this.#values[free] === undefined) return false
    this.#size--
    // whatever stands behind and would rather stand here moves up, so that no search ends too early
    for (let at = (free + 1) & this.#mask; this.#values[at] !== undefined; at = (at + 1) & this.#mask) {
      const wanted = this.#firstPlace(this.#numbers[at] as number)
      if (((at - wanted) & this.#mask) < ((at - free) & this.#mask)) continue
      this.#numbers[free] = this.#numbers[at] as number
      this.#values[free] = this.#values[at]
      free = at
    }
    this.#values[free] = undefined
    if (this.#size === 0 && this.#values.length > idleCapacityMax) this.clear()
    return true
  }

  clear(): void {
    this.#resize(0)
  }

  /** In no order that means anything. Nothing may be put or taken meanwhile. */
  *entries(): IterableIterator<[number, V]> {
    for (let i = 0; i < this.#values.length; i++) {
      const value = this.#values[i]
      if (value !== undefined) yield [this.#numbers[i] as number, value]
    }
  }

  *values(): IterableIterator<V> {
    for (const value of this.#values) if (value !== undefined) yield value
  }

  #firstPlace(number: number): number {
    return (Math.imul(number, 0x9e3779b1) >>> 8) & this.#mask
  }

  /** Where it stands, or would stand. */
  #placeOf(number: number): number {
    let at = this.#firstPlace(number)
    while (this.#values[at] !== undefined && this.#numbers[at] !== number) at = (at + 1) & this.#mask
    return at
  }

  #makeRoom(): void {
    const before = [...this.entries()]
    this.#resize(Math.max(capacityMin, this.#values.length * 2))
    for (const [number, value] of before) this.set(number, value)
  }

  #resize(capacity: number): void {
    this.#numbers = new Float64Array(capacity)
    this.#values = new Array<V | undefined>(capacity).fill(undefined)
    this.#mask = capacity - 1
    this.#size = 0
  }
}

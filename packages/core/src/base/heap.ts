/**
 * A priority queue: the first of all in O(1), adding and taking in O(log n). Among equals the order is not defined; a caller
 * that replays runs gives its elements a number and compares by it last.
 */

/** True if `a` comes out before `b`. A strict order: never both `(a, b)` and `(b, a)`. */
export type IsBefore<T> = (a: T, b: T) => boolean

/** The children of the element at `i` are at `2i + 1` and `2i + 2`, and neither comes before it. */
export class Heap<T> {
  readonly #isBefore: IsBefore<T>
  #items: T[] = []

  constructor(isBefore: IsBefore<T>) {
    this.#isBefore = isBefore
  }

  get size(): number {
    return this.#items.length
  }

  /** The first, which stays in. */
  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    this.#items.push(item)
    this.#siftUp(this.#items.length - 1, item)
  }

  /** Takes out the first. */
  pop(): T | undefined {
    const first = this.#items[0]
    const last = this.#items.pop()
    if (this.#items.length > 0) this.#siftDown(0, last as T)
    return first
  }

  /** Keeps only what passes, in O(n): for sweeping out many at once. */
  keep(passes: (item: T) => boolean): void {
    this.#items = this.#items.filter(passes)
    for (let i = (this.#items.length >> 1) - 1; i >= 0; i--) this.#siftDown(i, this.#items[i] as T)
  }

  /** Finds the place of `item` at `hole` or above. */
  #siftUp(hole: number, item: T): void {
    const items = this.#items
    let i = hole
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = items[parent] as T
      if (!this.#isBefore(item, above)) break
      items[i] = above
      i = parent
    }
    items[i] = item
  }

  /** Finds the place of `item` at `hole` or below. */
  #siftDown(hole: number, item: T): void {
    const items = this.#items
    let i = hole
    for (let child = 2 * i + 1; child < items.length; child = 2 * i + 1) {
      if (child + 1 < items.length && this.#isBefore(items[child + 1] as T, items[child] as T)) child++
      const below = items[child] as T
      if (!this.#isBefore(below, item)) break
      items[i] = below
      i = child
    }
    items[i] = item
  }
}

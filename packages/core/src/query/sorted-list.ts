/** Items in order, in pieces short enough that putting one in between moves little. */

const pieceMax = 512

export class SortedList<T> {
  readonly #compare: (a: T, b: T) => number
  #pieces: T[][] = []

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare
  }

  /** An item that compares as equal to none. */
  add(item: T): void {
    const isBefore = (other: T): boolean => this.#compare(other, item) < 0
    const at = Math.min(this.#pieceOf(isBefore), this.#pieces.length - 1)
    const piece = this.#pieces[at]
    if (piece === undefined) {
      this.#pieces.push([item])
      return
    }
    piece.splice(firstNot(piece, isBefore), 0, item)
    if (piece.length > pieceMax) this.#pieces.splice(at + 1, 0, piece.splice(pieceMax / 2))
  }

  delete(item: T): void {
    const isBefore = (other: T): boolean => this.#compare(other, item) < 0
    const at = this.#pieceOf(isBefore)
    const piece = this.#pieces[at]
    if (piece === undefined) return
    const place = firstNot(piece, isBefore)
    if (piece[place] === item) piece.splice(place, 1)
    if (piece.length === 0) this.#pieces.splice(at, 1)
  }

  /** All from the first item on that is not before; those that are before come first in the list. */
  *from(isBefore: (item: T) => boolean): Generator<T> {
    let at = this.#pieceOf(isBefore)
    const first = this.#pieces[at]
    if (first === undefined) return
    for (let i = firstNot(first, isBefore); i < first.length; i++) yield first[i] as T
    for (at++; at < this.#pieces.length; at++) yield* this.#pieces[at] as T[]
  }

  /** The first piece whose last item is not before. */
  #pieceOf(isBefore: (item: T) => boolean): number {
    return firstNot(this.#pieces, piece => isBefore(piece.at(-1) as T))
  }
}

function firstNot<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(items[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}

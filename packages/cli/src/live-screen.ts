/**
 * Redraws a few lines in place. One write per change, each line overwritten and its rest erased, so that nothing is ever
 * blank in between; what is equal to the last picture is not written at all.
 */

import { stripVTControlCharacters } from 'node:util'
import type { Output } from './terminal.js'

const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'
const eraseLineEnd = '\x1b[K'
const eraseBelow = '\x1b[J'
/** Taken where the terminal does not tell. */
const defaultColumns = 80
const defaultRows = 24

export class LiveScreen {
  readonly #out: Output
  #shown: readonly string[] = []
  #isOpen = false

  constructor(out: Output) {
    this.#out = out
  }

  get columns(): number {
    return this.#out.columns ?? defaultColumns
  }

  show(lines: readonly string[]): void {
    // The line below the picture holds the cursor. A line that wrapped would count as two and tear the picture.
    const height = Math.max(1, (this.#out.rows ?? defaultRows) - 1)
    const next = lines.slice(0, height).map(line => cut(line, this.columns))
    if (this.#isOpen && next.length === this.#shown.length && next.every((line, i) => line === this.#shown[i])) return
    this.#out.write(
      `${this.#isOpen ? '' : hideCursor}${this.#toTop()}${next.map(line => `${line}${eraseLineEnd}\n`).join('')}${eraseBelow}`,
    )
    this.#isOpen = true
    this.#shown = next
  }

  /** After a change of the window's size nobody knows where the lines are: starts over on a clean page. */
  repaint(): void {
    const lines = this.#shown
    this.#shown = []
    if (!this.#isOpen) return
    this.#out.write('\x1b[2J\x1b[H')
    this.#isOpen = false
    this.show(lines)
  }

  /** Leaves the last picture on the screen and gives the cursor back. */
  close(): void {
    if (this.#isOpen) this.#out.write(showCursor)
    this.#isOpen = false
    this.#shown = []
  }

  #toTop(): string {
    return this.#shown.length === 0 ? '' : `\x1b[${this.#shown.length}A\r`
  }
}

/** Cuts a line to `columns` characters. A line that is too long loses its colours, which could be cut in half. */
export function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line)
  return plain.length <= columns ? line : `${plain.slice(0, Math.max(0, columns - 1))}…`
}

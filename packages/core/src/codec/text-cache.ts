/** Short texts that come again and again, such as names of sessions: told from their bytes without making a new text each time. */

/** When so many are held all are forgotten; there are as many sessions as members. */
const textsMax = 1_024
const bytesMax = 128

export class TextCache {
  /** By hash of the bytes; of two texts with one hash the later stays. */
  readonly #texts = new Map<number, string>()

  /** Undefined: not here yet. */
  find(bytes: Uint8Array, at: number, length: number): string | undefined {
    const text = this.#texts.get(hashOf(bytes, at, length))
    if (text === undefined || text.length !== length) return undefined
    for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[at + i]) return undefined
    return text
  }

  /** Texts beyond ASCII and long ones are not held. */
  keep(bytes: Uint8Array, at: number, length: number, text: string): void {
    if (text.length !== length || length > bytesMax) return
    if (this.#texts.size === textsMax) this.#texts.clear()
    this.#texts.set(hashOf(bytes, at, length), text)
  }
}

function hashOf(bytes: Uint8Array, at: number, length: number): number {
  let hash = length
  for (let i = at; i < at + length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  return hash
}

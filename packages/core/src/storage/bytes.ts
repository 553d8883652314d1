/** Comparing and copying runs of bytes. Loops where a run is short: a call into the engine costs more than 32 bytes do. */

const LOOP_BYTES_MAX = 32

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && equalRange(a, 0, b)
}

/** Whether `all` holds `part` from `at` on. The caller makes sure that `all` is long enough. */
export function equalRange(all: Uint8Array, at: number, part: Uint8Array): boolean {
  for (let i = 0; i < part.length; i++) if (all[at + i] !== part[i]) return false
  return true
}

/** The order of unsigned bytes, a prefix before what it begins: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Copies all of `from` into `to` at `at`. */
export function copyBytes(from: Uint8Array, to: Uint8Array, at: number): void {
  if (from.length > LOOP_BYTES_MAX) to.set(from, at)
  else for (let i = 0; i < from.length; i++) to[at + i] = from[i]!
}

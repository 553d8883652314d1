/**
 * MurmurHash3 x86 32-bit with the seed that the client protocol fixes. Every client computes the same number,
 * so a change here sends keys to the wrong member.
 */

const SEED = 0x01000193
const C1 = 0xcc9e2d51
const C2 = 0x1b873593

/** Hash of `bytes[start, end)` as a signed 32-bit integer. */
export function murmur3(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const length = end - start
  let h = SEED
  let i = start
  for (const last = start + (length & ~3); i < last; i += 4) {
    const k = (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)) >>> 0
    h = mix(h, k)
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
  }
  const rest = length & 3
  if (rest > 0) {
    let k = 0
    if (rest === 3) k ^= bytes[i + 2]! << 16
    if (rest >= 2) k ^= bytes[i + 1]! << 8
    h = mix(h, k ^ bytes[i]!)
  }
  h ^= length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function mix(h: number, k: number): number {
  const scrambled = Math.imul(k, C1)
  return h ^ Math.imul((scrambled << 15) | (scrambled >>> 17), C2)
}

/** Partition of a hash: 0 for the one number that has no absolute value in 32 bits, as the clients do it. */
export function hashToIndex(hash: number, count: number): number {
  return hash === -0x80000000 ? 0 : Math.abs(hash) % count
}

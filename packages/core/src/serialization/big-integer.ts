/**
 * Whole numbers of any size as two's complement, big-endian.
 *
 * Keys have to be found by hazelcast-client, so this writes what that client writes: positive numbers always get a zero
 * byte in front. For some negative numbers (-1, -129, -256 ...) that client loses the sign and reads back another
 * number; there this writes the proper bytes, because a wrong value would be worse than a key that one client misses.
 */

export function bigIntToBytes(value: bigint): Buffer {
  if (value >= 0n) {
    const hex = value.toString(16)
    return Buffer.from(`00${hex.length % 2 === 0 ? '' : '0'}${hex}`, 'hex')
  }
  const inverted = (-value - 1n).toString(16)
  const even = inverted.length % 2 === 0 ? inverted : `0${inverted}`
  const bytes = Buffer.from(Number.parseInt(even[0] as string, 16) < 8 ? even : `00${even}`, 'hex')
  for (let i = 0; i < bytes.length; i++) bytes[i] = ~bytes[i]!
  return bytes
}

export function bytesToBigInt(bytes: Uint8Array): bigint {
  // Only hazelcast-client writes no bytes at all, and it means -1 by it.
  if (bytes.length === 0) return -1n
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
}

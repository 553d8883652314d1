/**
 * Frames of the client protocol. A message is a run of frames; the first one holds the head and all fields of fixed
 * size, each later one a field of variable size, or a mark that opens or closes a structure.
 *
 *     int32 LE length, these 6 bytes included | uint16 LE flags | content
 *
 *     content of the first frame
 *       request, event   type int32 | correlation id int64 | partition id int32  | fixed fields
 *       response         type int32 | correlation id int64 | backup acks uint8   | fixed fields
 */

export const FRAME_HEADER_BYTES = 6

export const REQUEST_HEAD_BYTES = 16
export const EVENT_HEAD_BYTES = 16
export const RESPONSE_HEAD_BYTES = 13

export const frameFlag = {
  beginFragment: 0x8000,
  endFragment: 0x4000,
  /** Both of the above: what every message in one piece carries, and has to. */
  unfragmented: 0xc000,
  /** On the last frame of a message, or of a fragment. */
  final: 0x2000,
  beginStruct: 0x1000,
  endStruct: 0x0800,
  null: 0x0400,
  event: 0x0200,
} as const

/** Of the version of Hazelcast whose clients and wire shapes we follow; clients decide by it which features to try. */
export const COMPATIBLE_VERSION = { major: 5, minor: 7, patch: 0 } as const

export const int32At = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)

export function putInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}

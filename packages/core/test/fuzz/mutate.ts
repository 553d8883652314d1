/**
 * Messages as no client would send them. Pure: the same stream of chance gives the same bytes.
 *
 * A *twisted* message says something else than it did, in frames as they have to be: the member reads it to its end, and mostly
 * answers. A *broken* one is no message any more, here or there, and mostly ends its connection.
 */

import type { Prng } from '../../src/base/prng.js'
import { framesOf, ID_AT } from './conversation.js'

const HEADER_BYTES = 6
const TYPE_AT = 6
const HEAD_BYTES = 22
/** A shorter one is no serialized value. */
const DATA_BYTES_MIN = 8
const UNFRAGMENTED = 0xc000
const BEGIN_FRAGMENT = 0x8000
const END_FRAGMENT = 0x4000
const FINAL = 0x2000

const extremes = [0, 1, -1, 5, 6, 7, 0x7f, 0x80, 0xffff, 0x10000, 0x7fff_ffff, -0x8000_0000, 0x0100_0000, 128 * 1024 * 1024]

export interface Mutated {
  readonly bytes: Buffer
  /** Frames before anything was broken. */
  readonly frames: number
}

type Change = (frames: Buffer[], random: Prng, others: readonly Buffer[]) => Buffer[]

const sealed = (frames: readonly Buffer[]): Buffer[] =>
  frames.map((frame, i) => {
    const copy = Buffer.from(frame)
    const flags = copy.readUInt16LE(4)
    copy.writeUInt16LE(i === frames.length - 1 ? flags | FINAL : flags & ~FINAL, 4)
    return copy
  })

/** Where the content of a frame begins that may be anything; the head of a message has to stay what it is. */
const freeFrom = (frame: Buffer, frames: readonly Buffer[]): number => (frame === frames[0] ? HEAD_BYTES : HEADER_BYTES)

/** Rarely the name of a map: each new one is work for the whole cluster, and would leave no time for anything else. */
function pickFrame(frames: readonly Buffer[], random: Prng): Buffer {
  const at = random.below(frames.length)
  return frames[at === 1 && !random.chance(1, 20) ? (frames.length === 2 ? 0 : 2) : at] as Buffer
}

function flipContent(frames: Buffer[], random: Prng): Buffer[] {
  const frame = pickFrame(frames, random)
  const from = freeFrom(frame, frames)
  for (let n = 1 + random.below(4); n > 0 && frame.length > from; n--) {
    const at = from + random.below(frame.length - from)
    frame[at] = (frame[at] as number) ^ (1 << random.below(8))
  }
  return frames
}

function extremeField(frames: Buffer[], random: Prng): Buffer[] {
  const frame = pickFrame(frames, random)
  const from = freeFrom(frame, frames)
  if (frame.length >= from + 4) frame.writeInt32LE(random.pick(extremes), from + random.below(frame.length - from - 3))
  return frames
}

/** Content of another length, where a frame has one. */
function otherLength(frames: Buffer[], random: Prng): Buffer[] {
  const at = frames.indexOf(pickFrame(frames, random))
  const old = at > 0 ? frames[at] : undefined
  if (old === undefined || old.length === HEADER_BYTES) return frames
  const grown = Buffer.concat([old.subarray(HEADER_BYTES), randomBytes(random, random.pick([1, 8, 100, 5_000]))])
  return frames.with(
    at,
    frameOf(random.chance(1, 2) ? grown : grown.subarray(0, DATA_BYTES_MIN + random.below(old.length)), old.readUInt16LE(4)),
  )
}

function flipHead(frames: Buffer[], random: Prng): Buffer[] {
  const head = frames[0] as Buffer
  const at = random.pick([TYPE_AT, TYPE_AT + 1, TYPE_AT + 2, TYPE_AT + 3, ID_AT + 8, ID_AT + 9])
  head[at] = (head[at] as number) ^ (1 << random.below(8))
  return frames
}

function otherType(frames: Buffer[], random: Prng, others: readonly Buffer[]): Buffer[] {
  const type = random.chance(1, 4) ? random.u32() | 0 : random.pick(others).readInt32LE(TYPE_AT)
  frames[0]?.writeInt32LE(type, TYPE_AT)
  return frames
}

const dropFrame: Change = (frames, random) => frames.filter((_, i) => i === 0 || !random.chance(1, 3))
const doubleFrame: Change = (frames, random) =>
  frames.flatMap((frame, i) => (i > 0 && random.chance(1, 3) ? [frame, frame] : [frame]))

function swapFrames(frames: Buffer[], random: Prng): Buffer[] {
  const [head, ...rest] = frames
  return [head as Buffer, ...random.shuffled(rest)]
}

function foreignFrames(frames: Buffer[], random: Prng, others: readonly Buffer[]): Buffer[] {
  const foreign = framesOf(random.pick(others)).slice(1)
  return [...frames.slice(0, 1 + random.below(frames.length)), ...foreign.slice(random.below(foreign.length + 1))]
}

function longFrame(frames: Buffer[], random: Prng): Buffer[] {
  const content = Buffer.alloc(random.below(20_000), random.u32() & 0xff)
  return frames.toSpliced(1 + random.below(frames.length), 1, frameOf(content, 0))
}

function marks(frames: Buffer[], random: Prng): Buffer[] {
  const frame = random.pick(frames)
  frame.writeUInt16LE(frame.readUInt16LE(4) ^ random.pick([0x0400, 0x0800, 0x1000, 0x0200, 0x0100, 0x0001]), 4)
  return frames
}

function nested(frames: Buffer[], random: Prng): Buffer[] {
  const depth = random.pick([1, 2, 100, 2_000])
  const begin = Array.from({ length: depth }, () => frameOf(Buffer.alloc(0), 0x1000))
  const end = Array.from({ length: random.chance(1, 2) ? depth : random.below(depth) }, () => frameOf(Buffer.alloc(0), 0x0800))
  return [...frames.slice(0, 1), ...begin, ...frames.slice(1), ...end]
}

function randomFrames(frames: Buffer[], random: Prng): Buffer[] {
  const rest = Array.from({ length: random.below(6) }, () =>
    frameOf(randomBytes(random, random.below(64)), random.u32() & 0x1c00),
  )
  return [frames[0] as Buffer, ...rest]
}

const twists: readonly Change[] = [frames => frames, flipContent, flipContent, flipContent, extremeField, otherLength]
const breaks: readonly Change[] = [
  flipHead,
  otherType,
  dropFrame,
  doubleFrame,
  swapFrames,
  foreignFrames,
  longFrame,
  marks,
  nested,
  randomFrames,
]

/** Changes of the bytes between messages. */
function breakFraming(bytes: Buffer, random: Prng): Buffer {
  switch (random.below(6)) {
    case 5: {
      const pieces = [bytes, bytes, bytes].map(piece =>
        Buffer.concat([frameOf(randomBytes(random, 8), random.u32() & 0xc000), piece]),
      )
      return Buffer.concat(random.shuffled(pieces))
    }
    case 0:
      return bytes.subarray(0, random.below(bytes.length))
    case 1:
      return Buffer.concat([randomBytes(random, 1 + random.below(40)), bytes])
    case 2:
      bytes.writeInt32LE(random.pick(extremes), 0)
      return bytes
    case 3:
      bytes.writeUInt16LE(random.u32() & 0xffff, 4)
      return bytes
    default: {
      const at = random.below(bytes.length)
      return Buffer.concat([bytes.subarray(0, at), randomBytes(random, 1 + random.below(8)), bytes.subarray(at)])
    }
  }
}

function fragmented(frames: readonly Buffer[], random: Prng): Buffer {
  const id = randomBytes(random, 8)
  const pieces = frames.map((frame, i) => {
    const edge = (i === 0 ? BEGIN_FRAGMENT : 0) | (i === frames.length - 1 ? END_FRAGMENT : 0)
    return Buffer.concat([frameOf(id, edge), sealed([frame])[0] as Buffer])
  })
  return Buffer.concat(pieces)
}

function changed(message: Buffer, id: number, change: Change, random: Prng, others: readonly Buffer[]): Buffer[] {
  const own = framesOf(Buffer.from(message))
  own[0]?.writeInt32LE(id, ID_AT)
  return sealed(change(own, random, others))
}

export function twisted(message: Buffer, id: number, random: Prng): Mutated {
  const frames = changed(message, id, random.pick(twists), random, [])
  const bytes = random.chance(1, 100) ? fragmented(frames, random) : Buffer.concat(frames)
  return { bytes, frames: frames.length }
}

export function broken(message: Buffer, id: number, random: Prng, others: readonly Buffer[]): Mutated {
  if (random.chance(1, 5)) return randomMessage(id, random)
  const frames = changed(message, id, random.pick(breaks), random, others)
  const bytes = Buffer.concat(frames)
  return { bytes: random.chance(1, 4) ? breakFraming(bytes, random) : bytes, frames: frames.length }
}

/** Bytes that were never a message. */
export const randomBytes = (random: Prng, length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  for (let i = 0; i < length; i++) bytes[i] = random.u32() & 0xff
  return bytes
}

/** A message of random frames with a head that can be read. */
function randomMessage(id: number, random: Prng): Mutated {
  const head = randomBytes(random, HEAD_BYTES - HEADER_BYTES + random.below(40))
  const type = ((random.chance(3, 4) ? random.below(2) : random.below(256)) << 16) | (random.below(0x4a) << 8)
  head.writeInt32LE(type, TYPE_AT - HEADER_BYTES)
  head.writeInt32LE(id, ID_AT - HEADER_BYTES)
  head.writeInt32LE(0, ID_AT - HEADER_BYTES + 4)
  const rest = Array.from({ length: random.below(8) }, () =>
    frameOf(randomBytes(random, random.below(64)), random.u32() & 0x1c00),
  )
  const frames = sealed([frameOf(head, UNFRAGMENTED), ...rest])
  return { bytes: Buffer.concat(frames), frames: frames.length }
}

function frameOf(content: Buffer, flags: number): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + content.length)
  frame.writeInt32LE(frame.length, 0)
  frame.writeUInt16LE(flags, 4)
  content.copy(frame, HEADER_BYTES)
  return frame
}

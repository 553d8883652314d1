/**
 * The kinds of fields that messages are made of. A fixed field lies in the first frame of its message or structure; a
 * framed one is a frame or several of its own.
 */

import { CobnutError, DecodeError } from '../base/errors.js'
import { int32At, putInt32 } from './client-frame.js'
import type { MessageReader } from './client-reader.js'
import type { MessageWriter } from './client-writer.js'

export interface Fixed<T> {
  readonly bytes: number
  /** Newer than the message it is in: older peers do not send it, and it reads as undefined. */
  readonly optional?: true
  read(from: Uint8Array, at: number): T
  write(to: Uint8Array, at: number, value: T): void
}

export interface Framed<T> {
  readonly bytes?: never
  read(from: MessageReader): T
  write(to: MessageWriter, value: T): void
}

export type Field<T> = Fixed<T> | Framed<T>
export type Fields = Readonly<Record<string, Field<unknown>>>
export type ValueOf<F> = F extends Fixed<infer T> ? T : F extends Framed<infer T> ? T : never
export type ValuesOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> }

export const bool: Fixed<boolean> = {
  bytes: 1,
  read: (from, at) => from[at] !== 0,
  write: (to, at, value) => {
    to[at] = value ? 1 : 0
  },
}

export const byte: Fixed<number> = {
  bytes: 1,
  read: (from, at) => from[at]!,
  write: (to, at, value) => {
    to[at] = value
  },
}

export const int: Fixed<number> = { bytes: 4, read: int32At, write: putInt32 }

const LONG_MAX = 2 ** 63

/** As a number: times, lifetimes and counts, for which the 53 exact bits are enough. Infinity is the largest long. */
export const long: Fixed<number> = {
  bytes: 8,
  read: (from, at) => int32At(from, at + 4) * 0x1_0000_0000 + (int32At(from, at) >>> 0),
  write: (to, at, value) => {
    const beyond = value >= LONG_MAX
    putInt32(to, at, beyond ? -1 : (value % 0x1_0000_0000) | 0)
    putInt32(to, at + 4, beyond ? 0x7fff_ffff : Math.floor(value / 0x1_0000_0000))
  },
}

/** All 64 bits: ids that are hashes. */
export const exactLong: Fixed<bigint> = {
  bytes: 8,
  read: (from, at) => (BigInt(int32At(from, at + 4)) << 32n) | BigInt(int32At(from, at) >>> 0),
  write: (to, at, value) => {
    putInt32(to, at, Number(BigInt.asIntN(32, value)))
    putInt32(to, at + 4, Number(BigInt.asIntN(32, value >> 32n)))
  },
}

/** Text of a UUID, or null. A byte says whether it is null; both halves are little-endian: not the order of the text. */
export const uuid: Fixed<string | null> = {
  bytes: 17,
  read: (from, at) => {
    if (from[at] !== 0) return null
    const word = (offset: number): string => (int32At(from, at + offset) >>> 0).toString(16).padStart(8, '0')
    const [a, b, c] = [word(5), word(1), word(13)]
    return `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${word(9)}`
  },
  write: (to, at, value) => {
    to[at] = value === null ? 1 : 0
    const hex = value === null ? '0'.repeat(32) : value.replaceAll('-', '')
    const word = (offset: number, from: number): void => putInt32(to, at + offset, Number.parseInt(hex.slice(from, from + 8), 16))
    word(5, 0)
    word(1, 8)
    word(13, 16)
    word(9, 24)
  },
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

export const bytes: Framed<Uint8Array> = { read: from => from.bytes(), write: (to, value) => to.bytes(value) }

export const string: Framed<string> = {
  read: from => utf8.decode(from.bytes()),
  write: (to, value) => to.string(value),
}

const DATA_HEADER_BYTES = 8

/** A serialized key or value, never null. */
export const data: Framed<Uint8Array> = {
  read: from => {
    const blob = from.bytes()
    if (blob.length < DATA_HEADER_BYTES) throw new DecodeError(`a serialized value of ${blob.length} bytes`)
    // Type 0 is the serialized null, which no map takes.
    if (blob[4] === 0 && blob[5] === 0 && blob[6] === 0 && blob[7] === 0) throw new CobnutError('NULL_ARGUMENT')
    return blob
  },
  write: (to, value) => to.bytes(value),
}

export const nullable = <T>(field: Framed<T>): Framed<T | null> => ({
  read: from => (from.takeNull() ? null : field.read(from)),
  write: (to, value) => (value === null ? to.null() : field.write(to, value)),
})

export const list = <T>(item: Framed<T>): Framed<readonly T[]> => ({
  read: from => {
    const items: T[] = []
    from.takeBegin()
    while (!from.takeEnd()) items.push(item.read(from))
    return items
  },
  write: (to, items) => {
    to.beginStruct()
    for (const one of items) item.write(to, one)
    to.endStruct()
  },
})

/** Pairs of frames; maps have the same form. */
export const pairs = <K, V>(key: Framed<K>, value: Framed<V>): Framed<readonly (readonly [K, V])[]> =>
  list({
    read: (from): readonly [K, V] => [key.read(from), value.read(from)],
    write: (to, [k, v]) => {
      key.write(to, k)
      value.write(to, v)
    },
  })

/** Items of fixed size, side by side in one frame. */
export const packed = <T>(item: Fixed<T>): Framed<readonly T[]> => ({
  read: from => {
    const content = from.bytes()
    if (content.length % item.bytes !== 0) throw new DecodeError(`${content.length} bytes of items of ${item.bytes}`)
    const items: T[] = []
    for (let at = 0; at < content.length; at += item.bytes) items.push(item.read(content, at))
    return items
  },
  write: (to, items) => {
    to.fixed(items.length * item.bytes)
    for (let i = 0; i < items.length; i++) item.write(to.target, to.fixedAt + i * item.bytes, items[i] as T)
  },
})

/** Two items of fixed size that belong together. */
export const both = <A, B>(first: Fixed<A>, second: Fixed<B>): Fixed<readonly [A, B]> => ({
  bytes: first.bytes + second.bytes,
  read: (from, at) => [first.read(from, at), second.read(from, at + first.bytes)],
  write: (to, at, [a, b]) => {
    first.write(to, at, a)
    second.write(to, at + first.bytes, b)
  },
})

/** The partition table: first the list of partitions of each member, then, behind the end, all member ids in one frame. */
export const partitionsByMember: Framed<ReadonlyMap<string, readonly number[]>> = {
  read: from => {
    const partitions = list(packed(int)).read(from)
    const members = packed(uuid).read(from)
    return new Map(members.map((member, i) => [member ?? '', partitions[i] ?? []]))
  },
  write: (to, value) => {
    list(packed(int)).write(to, [...value.values()])
    packed(uuid).write(to, [...value.keys()])
  },
}

export const optional = <T>(field: Fixed<T>): Fixed<T | undefined> => ({
  bytes: field.bytes,
  optional: true,
  read: (from, at) => field.read(from, at),
  write: (to, at, value) => field.write(to, at, value as T),
})

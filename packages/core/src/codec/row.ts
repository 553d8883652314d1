/**
 * A row of a message table is the message: its type code, its fields in order, and from them encoder, decoder and type.
 *
 *     const heartbeat = row(0x0101, 1, { sentAtMs: f64, names: list(string) })
 *     heartbeat.encode(writer, { sentAtMs: 1, names: [] })
 *
 * The fields are taken apart once, when the row is made; a message then costs one call per field and one object. A field that
 * cannot be read is named in the DecodeError with the path that leads to it.
 */

import { assert } from '../base/assert.js'
import { DecodeError } from '../base/errors.js'
import type { Reader } from './reader.js'
import type { Writer } from './writer.js'

export interface Kind<T> {
  write(out: Writer, value: T): void
  read(from: Reader): T
  /** No value takes fewer bytes; at least 1. Bounds a list's length before anything is allocated. */
  readonly bytesMin: number
}

type Fields = Readonly<Record<string, Kind<unknown>>>
type RecordOf<F> = { readonly [N in keyof F]: F[N] extends Kind<infer T> ? T : never }

export interface Row<M> {
  /** On the wire. */
  readonly typeCode: number
  /** Of the layout; raised when fields change. */
  readonly version: number
  encode(out: Writer, message: M): void
  /** Byte fields are views of the reader's bytes. Throws DecodeError, also when something is left over. */
  decode(from: Reader): M
}

export type MessageOf<R> = R extends Row<infer M> ? M : never

export const u8: Kind<number> = { write: (out, v) => out.u8(v), read: from => from.u8(), bytesMin: 1 }
export const u16: Kind<number> = { write: (out, v) => out.u16(v), read: from => from.u16(), bytesMin: 2 }
export const i32: Kind<number> = { write: (out, v) => out.i32(v), read: from => from.i32(), bytesMin: 4 }
export const u32: Kind<number> = { write: (out, v) => out.u32(v), read: from => from.u32(), bytesMin: 4 }
export const i64: Kind<number> = { write: (out, v) => out.i64(v), read: from => from.i64(), bytesMin: 8 }
export const f64: Kind<number> = { write: (out, v) => out.f64(v), read: from => from.f64(), bytesMin: 8 }
export const bool: Kind<boolean> = { write: (out, v) => out.bool(v), read: from => from.bool(), bytesMin: 1 }
export const string: Kind<string> = { write: (out, v) => out.string(v), read: from => from.string(), bytesMin: 4 }
export const bytes: Kind<Uint8Array> = { write: (out, v) => out.bytes(v), read: from => from.bytes(), bytesMin: 4 }

export function optional<T>(kind: Kind<T>): Kind<T | null> {
  return {
    bytesMin: 1,
    write(out, value) {
      out.bool(value !== null)
      if (value !== null) kind.write(out, value)
    },
    read: from => (from.bool() ? kind.read(from) : null),
  }
}

export function list<T>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    bytesMin: 4,
    write(out, values) {
      out.u32(values.length)
      for (const value of values) kind.write(out, value)
    },
    read(from) {
      const n = from.u32()
      if (n * kind.bytesMin > from.remaining) throw new DecodeError(`a list of ${n} does not fit into ${from.remaining} bytes`)
      const values: T[] = []
      for (let i = 0; i < n; i++) values.push(kind.read(from))
      return values
    },
  }
}

export function record<F extends Fields>(fields: F): Kind<RecordOf<F>> {
  const names = Object.keys(fields)
  const kinds = Object.values(fields)
  // a list of nothings could claim any length
  assert(names.length > 0, 'a record without fields has no bytes')
  return {
    bytesMin: kinds.reduce((n, kind) => n + kind.bytesMin, 0),
    write(out, value) {
      for (let i = 0; i < kinds.length; i++) kinds[i]!.write(out, value[names[i]!])
    },
    read(from) {
      const value: Record<string, unknown> = {}
      let i = 0
      try {
        for (; i < kinds.length; i++) value[names[i]!] = kinds[i]!.read(from)
      } catch (error) {
        throw error instanceof DecodeError ? new DecodeError(`${names[i]}: ${error.message}`) : error
      }
      return value as RecordOf<F>
    },
  }
}

export function row<F extends Fields>(typeCode: number, version: number, fields: F): Row<RecordOf<F>> {
  const body = record(fields)
  return {
    typeCode,
    version,
    encode: (out, message) => body.write(out, message),
    decode(from) {
      const message = body.read(from)
      if (from.remaining > 0) throw new DecodeError(`${from.remaining} bytes too many`)
      return message
    },
  }
}

/**
 * A row of the message table is the message: what its request carries, what its response carries, and both codecs,
 * derived from the order of the fields. Fixed fields come first on the wire whatever their place in the row.
 */

import { DecodeError } from '../base/errors.js'
import type { Fields, Fixed, Framed, ValuesOf } from './client-fields.js'
import { EVENT_HEAD_BYTES, frameFlag, RESPONSE_HEAD_BYTES } from './client-frame.js'
import type { MessageReader } from './client-reader.js'
import type { MessageWriter } from './client-writer.js'

/** What stands behind the head of a message. The fixed part goes where the reader or writer points. */
export interface Body<T> {
  readonly fixedBytes: number
  /** Nothing stands behind the fixed part. */
  readonly isFixed: boolean
  read(from: MessageReader): T
  write(to: MessageWriter, value: T): void
}

export interface Row<Q, A> {
  readonly code: number
  /** Harmless when done twice: a client may be told to try again even if nobody knows whether it happened. */
  readonly repeatable: boolean
  readonly request: Body<Q>
  readonly response: Body<A>
}

export interface EventRow<E> {
  readonly code: number
  readonly body: Body<E>
}

export type RequestOf<R> = R extends Row<infer Q, unknown> ? Q : never
export type ResponseOf<R> = R extends Row<unknown, infer A> ? A : never

/** Doing it twice can differ from doing it once. */
export const once = <Q extends Fields, A>(code: number, request: Q, response: Body<A>): Row<ValuesOf<Q>, A> => ({
  code,
  repeatable: false,
  request: body(request),
  response,
})

export const repeatable = <Q extends Fields, A>(code: number, request: Q, response: Body<A>): Row<ValuesOf<Q>, A> => ({
  ...once(code, request, response),
  repeatable: true,
})

export const event = <E extends Fields>(code: number, fields: E): EventRow<ValuesOf<E>> => ({ code, body: body(fields) })

export const empty: Body<void> = { fixedBytes: 0, isFixed: true, read: () => undefined, write: () => undefined }

interface Placed<T> {
  readonly name: string
  readonly field: T
  /** From the begin of the fixed part. */
  readonly offset: number
}

export function body<F extends Fields>(fields: F): Body<ValuesOf<F>> {
  const { fixed, framed, fixedBytes } = layout(fields)
  return {
    fixedBytes,
    isFixed: framed.length === 0,
    read(from) {
      const values: Record<string, unknown> = {}
      readFixed(from, fixed, values)
      for (const { name, field } of framed) {
        values[name] = field.read(from)
      }
      return values as ValuesOf<F>
    },
    write(to, values) {
      for (const { name, field, offset } of fixed) field.write(to.target, to.fixedAt + offset, values[name])
      for (const { name, field } of framed) field.write(to, values[name])
    },
  }
}

/** A body of one field, whose value stands for the whole. */
export function only<T>(field: Fixed<T> | Framed<T>): Body<T> {
  if (field.bytes === undefined) {
    return { fixedBytes: 0, isFixed: false, read: from => field.read(from), write: (to, value) => field.write(to, value) }
  }
  const { fixedBytes, isFixed, read, write } = body({ value: field })
  return { fixedBytes, isFixed, read: from => read(from).value as T, write: (to, value) => write(to, { value }) }
}

/** A structure: its fixed fields share one frame, if it has any. What a newer peer appends is skipped. */
export function struct<F extends Fields>(fields: F): Framed<ValuesOf<F>> {
  const inner = body(fields)
  const hasFixed = inner.fixedBytes > 0
  return {
    read(from) {
      from.takeBegin()
      if (hasFixed) from.takeFixed()
      const values = inner.read(from)
      from.skipToEnd()
      return values
    },
    write(to, values) {
      to.beginStruct()
      if (hasFixed) to.fixed(inner.fixedBytes)
      inner.write(to, values)
      to.endStruct()
    },
  }
}

export function writeResponse<A>(to: MessageWriter, row: Row<unknown, A>, idLow: number, idHigh: number, value: A): void {
  to.begin(0, row.code + 1, idLow, idHigh, RESPONSE_HEAD_BYTES, row.response.fixedBytes)
  row.response.write(to, value)
  to.finish()
}

/** The partition of an event is always "none": clients do not look at it. */
export function writeEvent<E>(to: MessageWriter, row: EventRow<E>, idLow: number, idHigh: number, value: E): void {
  to.begin(frameFlag.event, row.code, idLow, idHigh, EVENT_HEAD_BYTES, row.body.fixedBytes)
  to.target.fill(0xff, to.fixedAt - 4, to.fixedAt)
  row.body.write(to, value)
  to.finish()
}

function layout(fields: Fields): { fixed: Placed<Fixed<unknown>>[]; framed: Placed<Framed<unknown>>[]; fixedBytes: number } {
  const fixed: Placed<Fixed<unknown>>[] = []
  const framed: Placed<Framed<unknown>>[] = []
  let offset = 0
  for (const [name, field] of Object.entries(fields)) {
    if (field.bytes === undefined) {
      framed.push({ name, field, offset: 0 })
    } else {
      fixed.push({ name, field, offset })
      offset += field.bytes
    }
  }
  return { fixed, framed, fixedBytes: offset }
}

function readFixed(from: MessageReader, fixed: readonly Placed<Fixed<unknown>>[], values: Record<string, unknown>): void {
  const { source, fixedAt, fixedEnd } = from
  for (const { name, field, offset } of fixed) {
    if (fixedAt + offset + field.bytes <= fixedEnd) values[name] = field.read(source, fixedAt + offset)
    else if (field.optional) values[name] = undefined
    else throw new DecodeError(`the field ${name} is missing`)
  }
}

/**
 * Shapes of JSON that a peer sent. A shape turns an unknown value into a typed one, or throws DecodeError with the place
 * and what is allowed there. Unknown fields are dropped, so that a later version may add some.
 */

import { DecodeError } from '../base/errors.js'

export type Shape<T> = (value: unknown, at: string) => T
export type Shaped<S> = S extends Shape<infer T> ? T : never

const wrong = (at: string, allowed: string): never => {
  throw new DecodeError(`${at}: ${allowed} is expected`)
}

export const text: Shape<string> = (value, at) => (typeof value === 'string' ? value : wrong(at, 'a text'))

/** A text with a brand. */
export const id = <T extends string>(): Shape<T> => text as Shape<T>

export const bool: Shape<boolean> = (value, at) => (typeof value === 'boolean' ? value : wrong(at, 'true or false'))

export const number: Shape<number> = (value, at) =>
  typeof value === 'number' && Number.isFinite(value) ? value : wrong(at, 'a number')

export const integer = <T extends number = number>(min: number, max: number = Number.MAX_SAFE_INTEGER): Shape<T> => {
  return (value, at) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? (value as T)
      : wrong(at, `an integer of ${min} to ${max}`)
}

export const word = <const W extends string>(...words: W[]): Shape<W> => {
  return (value, at) => (words.includes(value as W) ? (value as W) : wrong(at, words.join(' or ')))
}

export const orNull = <T>(shape: Shape<T>): Shape<T | null> => {
  return (value, at) => (value === null ? null : shape(value, at))
}

export const list = <T>(shape: Shape<T>): Shape<readonly T[]> => {
  return (value, at) => (Array.isArray(value) ? value.map((v, i) => shape(v, `${at}[${i}]`)) : wrong(at, 'a list'))
}

/** A Map, written as a list of pairs. */
export const mapOf = <T>(shape: Shape<T>): Shape<ReadonlyMap<string, T>> => {
  const pairs = list<readonly [string, T]>((value, at) =>
    Array.isArray(value) && value.length === 2 ? [text(value[0], at), shape(value[1], at)] : wrong(at, 'a pair'),
  )
  return (value, at) => new Map(pairs(value, at))
}

export const record = <F extends Readonly<Record<string, Shape<unknown>>>>(
  fields: F,
): Shape<{ readonly [K in keyof F]: Shaped<F[K]> }> => {
  const names = Object.keys(fields)
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(at, 'an object')
    const out: Record<string, unknown> = {}
    for (const name of names) {
      const own = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
      out[name] = (fields[name] as Shape<unknown>)(own, `${at}.${name}`)
    }
    return out as { readonly [K in keyof F]: Shaped<F[K]> }
  }
}

/** One of several records, told apart by the word in their field `type`. */
export const oneOf = <T extends { readonly type: string }>(
  variants: {
    readonly [K in T['type']]: Shape<Omit<Extract<T, { type: K }>, 'type'>>
  },
): Shape<T> => {
  return (value, at) => {
    const type = (value as { type?: unknown } | null)?.type
    if (typeof type !== 'string' || !Object.hasOwn(variants, type)) return wrong(`${at}.type`, Object.keys(variants).join(' or '))
    const fields = (variants as Record<string, Shape<object>>)[type] as Shape<object>
    return { type, ...fields(value, at) } as T
  }
}

export const encodeJson = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

export function decodeJson<T>(bytes: Uint8Array, shape: Shape<T>, at: string): T {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new DecodeError(`${at}: no JSON`)
  }
  return shape(value, at)
}

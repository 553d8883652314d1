/** Paths to attributes: `name`, `address.street`, `items[0].price`, `tags[any]`, `__key`, `__key.id`, `this`. */

import { CobnutError } from '../base/errors.js'
import { Typed } from '../serialization/values.js'
import { isRecord } from './opener.js'

/** A name, a place in a list, or every item of a list. */
export type Step = string | number | typeof ANY

const ANY = null
const pathLengthMax = 4_096

export interface Path {
  /** Equal texts are equal paths. */
  readonly text: string
  readonly root: 'key' | 'value'
  readonly steps: readonly Step[]
}

/** What `[any]` leads to: a condition is met if one of these meets it. */
export class Many {
  readonly items: readonly unknown[]

  constructor(items: readonly unknown[]) {
    this.items = items
  }
}

export function parsePath(attribute: string): Path {
  const refuse = (why: string): never => {
    throw new CobnutError('QUERY', `the attribute ${JSON.stringify(attribute.slice(0, 100))} ${why}`)
  }
  if (attribute.length > pathLengthMax) refuse(`is longer than ${pathLengthMax}`)
  const parts = attribute
    .trim()
    .replace(/^__key#/, '__key.')
    .split('.')
  const steps: Step[] = []
  for (const part of parts) {
    const match = /^([^[\]]*)((?:\[[^[\]]*\])*)$/.exec(part)
    if (match === null || part === '') return refuse('is no path')
    const [, name = '', brackets = ''] = match
    if (name !== '') steps.push(name)
    else if (steps.length === 0 || brackets === '') refuse('is no path')
    for (const [, inside = ''] of brackets.matchAll(/\[([^[\]]*)\]/g)) {
      if (inside === 'any') steps.push(ANY)
      else if (/^\d{1,9}$/.test(inside)) steps.push(Number(inside))
      else refuse(`has [${inside}] where a number or any is expected`)
    }
  }
  const [first] = steps
  const root = first === '__key' ? 'key' : 'value'
  const rest = first === '__key' || first === 'this' ? steps.slice(1) : steps
  return { text: textOf(root, rest), root, steps: rest }
}

function textOf(root: 'key' | 'value', steps: readonly Step[]): string {
  let text = root === 'key' ? '__key' : steps.length === 0 ? 'this' : ''
  for (const step of steps) {
    if (typeof step === 'string') text += text === '' ? step : `.${step}`
    else text += `[${step ?? 'any'}]`
  }
  return text
}

/** The value that the steps lead to from here: null where one leads nowhere, `Many` after `[any]`. */
export function follow(from: unknown, steps: readonly Step[]): unknown {
  let value = from
  for (const step of steps) {
    if (value === null || value === undefined) return null
    if (value instanceof Many) value = new Many(value.items.flatMap(item => flat(follow(item, [step]))))
    else value = taken(value, step)
  }
  return value ?? null
}

const flat = (value: unknown): readonly unknown[] => (value instanceof Many ? value.items : [value])

function taken(value: unknown, step: Step): unknown {
  if (typeof step === 'string') return named(value, step)
  const items = itemsOf(value)
  if (items === null) return step === ANY ? new Many([null]) : null
  // of an empty list there is one item, which is nothing
  return step === ANY ? new Many(items.length === 0 ? [null] : items) : items[step]
}

function named(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return null
  if (isRecord(value)) return value.field(name)
  if (value instanceof Map) return value.get(name)
  return Object.getPrototypeOf(value) === Object.prototype && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : null
}

function itemsOf(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value
  if (value instanceof Set) return [...value]
  if (value instanceof Uint8Array) return [...value].map(byte => new Typed('byte', (byte << 24) >> 24))
  if (!(value instanceof Typed) || typeof value.value !== 'object') return null
  const kind = value.kind.replace('[]', '') as 'int'
  return value.value.map(item => new Typed(kind, item))
}

/** Where paths to attributes lead in a value. */

import { ANY, type Step } from '../base/attribute-path.js'
import { Typed } from '../serialization/values.js'
import { isRecord } from './opener.js'

export { type Path, parsePath, type Step } from '../base/attribute-path.js'

/** What `[any]` leads to: a condition is met if one of these meets it. */
export class Many {
  readonly items: readonly unknown[]

  constructor(items: readonly unknown[]) {
    this.items = items
  }
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

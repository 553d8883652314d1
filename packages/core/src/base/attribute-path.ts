/** Paths to attributes: `name`, `address.street`, `items[0].price`, `tags[any]`, `__key`, `__key.id`, `this`. */

import { CobnutError, isCobnutError } from './errors.js'

/** A name, a place in a list, or every item of a list. */
export type Step = string | number | typeof ANY

export const ANY = null
const pathLengthMax = 4_096

export interface Path {
  /** Equal texts are equal paths. */
  readonly text: string
  readonly root: 'key' | 'value'
  readonly steps: readonly Step[]
}

/** @throws CobnutError QUERY */
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

export function isPath(attribute: string): boolean {
  try {
    return parsePath(attribute) !== null
  } catch (error) {
    if (isCobnutError(error, 'QUERY')) return false
    throw error
  }
}

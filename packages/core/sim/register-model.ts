/** One key of a map as its documentation describes it: what each action answers and what it leaves behind. */

import type { Action, Result } from './history.js'

/** Null = absent. */
export type Register = string | null

export interface Step {
  readonly next: Register
  readonly result: Result
}

/** `result` undefined: the action answers nothing that says anything about the register. */
export function step(held: Register, action: Action): Step {
  switch (action.name) {
    case 'get':
      return { next: held, result: held }
    case 'copyRead':
      return { next: held, result: undefined }
    case 'containsKey':
      return { next: held, result: held !== null }
    case 'put':
      return { next: action.value, result: held }
    case 'set':
      return { next: action.value, result: undefined }
    case 'putIfAbsent':
      return { next: held ?? action.value, result: held }
    case 'replace':
      return { next: held === null ? null : action.value, result: held }
    case 'replaceIfSame':
      return held === action.expected ? { next: action.value, result: true } : { next: held, result: false }
    case 'remove':
      return { next: null, result: held }
    case 'removeIfSame':
      return held === action.expected ? { next: null, result: true } : { next: held, result: false }
    case 'delete':
      return { next: null, result: held !== null }
    case 'expire':
      return { next: held === action.expected ? null : held, result: undefined }
    case 'clear':
      return { next: null, result: undefined }
    case 'append': {
      const next = `${held ?? ''}${action.value},`
      return { next, result: next }
    }
  }
}

export function onlyReads(action: Action): boolean {
  return action.name === 'get' || action.name === 'containsKey' || action.name === 'copyRead'
}

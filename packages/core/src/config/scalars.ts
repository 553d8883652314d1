/** Single values: what a text says by the table, and what would have been allowed. */

import type { BoolElement, IntElement, TextElement, WordElement } from './elements/kinds.js'

export type Scalar = IntElement | BoolElement | TextElement | WordElement

/** Undefined: the text is none of its values. */
export function scalarOf(element: Scalar, text: string): string | number | boolean | undefined {
  switch (element.kind) {
    case 'text':
      return element.form === undefined || element.form.accepts(text) ? text : undefined
    case 'bool':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : undefined
    case 'int':
      return /^[+-]?\d+$/.test(text) && Number(text) >= element.min && Number(text) <= element.max ? Number(text) : undefined
    case 'word':
      return element.words.find(word => word.toLowerCase() === text.toLowerCase())
  }
}

export function allowedBy(element: Scalar): string {
  switch (element.kind) {
    case 'int':
      return `a whole number from ${element.min} to ${element.max}`
    case 'bool':
      return 'true or false'
    case 'word':
      return element.words.join(', ')
    case 'text':
      return element.form?.says ?? 'a text'
  }
}

/** Not more of it than a line holds. */
export const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}...` : text)

/** How a message of the table finds the function that answers it. The compiler sees to it that every row has one. */

import type { RequestOf, ResponseOf, Row } from '../protocol/client-row.js'
import type { CallId, Session } from './session.js'

type Run<Q, A> = (request: Q, session: Session, id: CallId) => A | Promise<A>

export type HandlersOf<T> = { readonly [K in keyof T]: Run<RequestOf<T[K]>, ResponseOf<T[K]>> }

export interface Handler {
  /** As users know it: `Map.put`. */
  readonly name: string
  readonly row: Row<unknown, unknown>
  readonly run: Run<unknown, unknown>
  /** Open to strangers; one that is not welcome after it has to go. */
  readonly login: boolean
  /** It never waits for a lock, and others may wait for it: taken however many wait. */
  readonly frees: boolean
}

/** What is special about some messages of a table. */
interface Special<T> {
  readonly logins?: readonly (keyof T)[]
  readonly frees?: readonly (keyof T)[]
}

export type HandlerIndex = ReadonlyMap<number, Handler>

export function indexOf<T extends Readonly<Record<string, Row<unknown, unknown>>>>(
  service: string,
  table: T,
  handlers: HandlersOf<T>,
  { logins = [], frees = [] }: Special<T> = {},
): [number, Handler][] {
  return Object.entries(table).map(([name, row]) => {
    const run = handlers[name as keyof T] as Run<unknown, unknown>
    return [row.code, { name: `${service}.${name}`, row, run, login: logins.includes(name), frees: frees.includes(name) }]
  })
}

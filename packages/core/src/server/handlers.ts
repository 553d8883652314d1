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
}

export type HandlerIndex = ReadonlyMap<number, Handler>

export function indexOf<T extends Readonly<Record<string, Row<unknown, unknown>>>>(
  service: string,
  table: T,
  handlers: HandlersOf<T>,
  logins: readonly (keyof T)[] = [],
): [number, Handler][] {
  return Object.entries(table).map(([name, row]) => [
    row.code,
    { name: `${service}.${name}`, row, run: handlers[name as keyof T] as Run<unknown, unknown>, login: logins.includes(name) },
  ])
}

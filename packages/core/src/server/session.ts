/** What handlers and listeners see of the session that they work for. */

import type { ClientStatistics } from '../api/member.js'
import type { EventRow } from '../protocol/client-row.js'
import type { OpenRequest } from './open-requests.js'

/** The correlation id in two halves; events of a listener carry that of the request that registered it. */
export interface CallId {
  readonly low: number
  readonly high: number
  /** Where the client believes the call belongs; only walks over a partition rely on it. */
  readonly partition: number
  readonly open: OpenRequest
}

export interface ClientIdentity {
  readonly uuid: string
  readonly name: string
  /** As the client calls itself: NJS, PYH, JVM ... */
  readonly type: string
  readonly version: string
  readonly labels: readonly string[]
}

/** Undoes a registration; true if it was there. */
export type Release = () => Promise<boolean> | boolean

export interface Session {
  /** Null before the login. */
  readonly identity: ClientIdentity | null
  /** What the client last reported by this connection. */
  statistics: ClientStatistics | null
  readonly remote: { readonly host: string; readonly port: number }
  /** From now on larger messages and everything beside the login are welcome. */
  welcome(identity: ClientIdentity): void
  event<E>(row: EventRow<E>, id: CallId, value: E): void
  /** Keeps a registration until the client gives it up or leaves; returns the id that the client knows it by. */
  hold(release: Release): string
  /** False: there was no such registration. */
  release(id: string | null): Promise<boolean>
}

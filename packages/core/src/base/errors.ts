/**
 * The error table. A row exists only if some caller reacts to it: by code, by `retry`, or by `outcome`.
 *
 * `outcome` says what the failed call may have done, which decides whether doing it again can double an effect:
 * `not-applied` it certainly did nothing; `applied` it certainly happened; `unknown` nobody can say.
 */

export type Outcome = 'not-applied' | 'applied' | 'unknown'

interface ErrorRow {
  readonly outcome: Outcome
  /** The invoker may try again by itself, without telling the caller. */
  readonly retry: boolean
  readonly text: string
}

const row = (outcome: Outcome, retry: boolean, text: string): ErrorRow => ({ outcome, retry, text })

export const errorTable = {
  // what the caller did
  ARGUMENT: row('not-applied', false, 'an argument is not allowed'),
  NULL_ARGUMENT: row('not-applied', false, 'a null argument is not allowed here'),
  SERIALIZATION: row('not-applied', false, 'a value cannot be turned into bytes, or bytes into a value'),
  QUERY: row('not-applied', false, 'a condition, an aggregation or a projection makes no sense'),
  QUERY_RESULT_TOO_LARGE: row('not-applied', false, 'a query finds more entries than the limit allows'),
  TOO_LARGE: row('not-applied', false, 'the call is too much for one partition at once'),
  UNSUPPORTED: row('not-applied', false, 'this operation does not exist here'),
  ABORTED: row('unknown', false, "the caller's AbortSignal fired before the answer came"),
  // configuration and admission
  CONFIG_INVALID: row('not-applied', false, 'the configuration has errors'),
  JOIN_REFUSED: row('not-applied', false, 'the cluster refused this member'),
  JOIN_TIMEOUT: row('not-applied', false, 'no cluster could be joined or founded in time'),
  TLS_FAILED: row('not-applied', false, 'an encrypted connection could not be made'),
  AUTHENTICATION_FAILED: row('not-applied', false, 'the credentials were refused'),
  ADDRESS_IN_USE: row('not-applied', false, 'no port of the configured range is free'),
  // where the call went
  WRONG_OWNER: row('not-applied', true, 'this member does not own the partition'),
  GROUP_MOVING: row('not-applied', true, 'the partition is being handed over'),
  MEMBER_LEFT: row('unknown', true, 'the member that was asked has left'),
  LINK_CLOSED: row('unknown', true, 'the connection to the member closed'),
  STATE_BEHIND: row('not-applied', true, 'this member has not yet heard of the map or the cluster state asked for'),
  SCHEMA_UNKNOWN: row('not-applied', true, 'this member has not yet heard of the schema of a Compact value'),
  MAP_DESTROYED: row('not-applied', false, 'the map was destroyed while the call was under way'),
  // locks
  LOCKED: row('not-applied', false, 'somebody else has the key locked, and the call could wait no longer'),
  NOT_LOCK_OWNER: row('not-applied', false, 'the key is not locked by whoever wants to unlock it'),
  // what the cluster can promise right now
  TIMEOUT: row('unknown', false, 'the deadline passed before the answer came'),
  INDETERMINATE: row(
    'unknown',
    false,
    'the write may or may not have happened; repeating it with the same invocation id is safe',
  ),
  SESSION_EXPIRED: row('not-applied', false, 'the session of this invocation id is no longer remembered'),
  UNAVAILABLE: row('not-applied', true, 'no in-sync copy of the partition can be reached'),
  PARTITION_LOST: row('not-applied', false, 'every member that held the partition is gone'),
  NOT_ENOUGH_COPIES: row('not-applied', true, 'the cluster is too small for the number of copies asked for'),
  SPLIT_BRAIN_PROTECTION: row('not-applied', false, 'the map asks for more members than its owner sees'),
  NO_DATA_MEMBER: row('not-applied', false, 'the cluster has no member that holds data'),
  OVERLOADED: row('not-applied', true, 'a queue of this member is full'),
  LEADER_PRESENT: row('not-applied', false, 'the cluster has a leader, and nothing has to be forced'),
  NO_LEADER: row('unknown', true, 'the control plane has no leader that a majority follows'),
  // life cycle
  MEMBER_STOPPED: row('unknown', false, 'this member has been shut down'),
  INTERNAL: row('not-applied', false, 'the member made a mistake in this call, and changed nothing'),
  // the user's code
  NOT_REGISTERED: row('not-applied', false, 'the member that is asked knows no function of this name'),
  USER_CODE: row('unknown', false, "the user's function threw"),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof errorTable

export interface ErrorDetails {
  readonly cause?: unknown
  /** Set where the row's outcome can be said more exactly for this one call. */
  readonly outcome?: Outcome
  readonly [field: string]: unknown
}

/** An operating error: whatever a peer, a file, a user or the weather can cause. */
export class CobnutError extends Error {
  readonly code: ErrorCode
  readonly outcome: Outcome
  readonly retry: boolean
  /** Machine-readable particulars: the member, the partition, the limit that was exceeded. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message?: string, details: ErrorDetails = {}) {
    const found = errorTable[code]
    const { cause, outcome, ...rest } = details
    super(message ?? found.text, cause === undefined ? undefined : { cause })
    this.name = 'CobnutError'
    this.code = code
    this.outcome = outcome ?? found.outcome
    this.retry = found.retry
    this.details = rest
  }
}

/** Bytes that do not mean anything. Closes the link they came from, and only that. */
export class DecodeError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DecodeError'
  }
}

export const isCobnutError = (e: unknown, code?: ErrorCode): e is CobnutError =>
  e instanceof CobnutError && (code === undefined || e.code === code)

/**
 * How our errors reach a client: by the numbers and class names that every Hazelcast client knows.
 *
 * Clients repeat a call on some numbers without asking (46, 19 ...). So a number of that kind is only given where the
 * call certainly did nothing, or does no harm when done twice; else the application hears that the outcome is unknown.
 */

import { CobnutError, type ErrorCode } from '../base/errors.js'
import { int, list, nullable, string } from './client-fields.js'
import { RESPONSE_HEAD_BYTES } from './client-frame.js'
import { struct } from './client-row.js'
import type { MessageWriter } from './client-writer.js'

/** Type of the message that answers any request that failed. */
const ERROR_MESSAGE_TYPE = 0

interface ClientError {
  readonly code: number
  readonly className: string
}

const row = (code: number, className: string): ClientError => ({ code, className })

const clientErrors = {
  authentication: row(3, 'com.hazelcast.client.AuthenticationException'),
  cancelled: row(9, 'java.util.concurrent.CancellationException'),
  hazelcast: row(18, 'com.hazelcast.core.HazelcastException'),
  notActive: row(19, 'com.hazelcast.core.HazelcastInstanceNotActiveException'),
  overload: row(20, 'com.hazelcast.core.HazelcastOverloadException'),
  serialization: row(21, 'com.hazelcast.nio.serialization.HazelcastSerializationException'),
  illegalArgument: row(23, 'java.lang.IllegalArgumentException'),
  illegalMonitorState: row(26, 'java.lang.IllegalMonitorStateException'),
  invalidConfiguration: row(32, 'com.hazelcast.config.InvalidConfigurationException'),
  nullPointer: row(37, 'java.lang.NullPointerException'),
  operationTimeout: row(38, 'com.hazelcast.core.OperationTimeoutException'),
  query: row(40, 'com.hazelcast.query.QueryException'),
  resultTooLarge: row(41, 'com.hazelcast.map.QueryResultSizeExceededException'),
  tooFewMembers: row(42, 'com.hazelcast.splitbrainprotection.SplitBrainProtectionException'),
  retryable: row(46, 'com.hazelcast.spi.exception.RetryableHazelcastException'),
  unsupported: row(61, 'java.lang.UnsupportedOperationException'),
  noDataMember: row(67, 'com.hazelcast.partition.NoDataMemberInClusterException'),
  indeterminate: row(80, 'com.hazelcast.core.IndeterminateOperationStateException'),
  consistencyLost: row(84, 'com.hazelcast.core.ConsistencyLostException'),
} as const

/** `whenUnknown` replaces the row for a write that may have happened. */
interface Mapping {
  readonly as: ClientError
  readonly whenUnknown?: ClientError
}

const final = (as: ClientError): Mapping => ({ as })
const repeated = (as: ClientError): Mapping => ({ as, whenUnknown: clientErrors.indeterminate })

const mappings: Readonly<Record<ErrorCode, Mapping>> = {
  ARGUMENT: final(clientErrors.illegalArgument),
  NULL_ARGUMENT: final(clientErrors.nullPointer),
  SERIALIZATION: final(clientErrors.serialization),
  QUERY: final(clientErrors.query),
  QUERY_RESULT_TOO_LARGE: final(clientErrors.resultTooLarge),
  TOO_LARGE: final(clientErrors.illegalArgument),
  UNSUPPORTED: final(clientErrors.unsupported),
  ABORTED: final(clientErrors.cancelled),
  CONFIG_INVALID: final(clientErrors.invalidConfiguration),
  JOIN_REFUSED: final(clientErrors.hazelcast),
  JOIN_TIMEOUT: final(clientErrors.hazelcast),
  TLS_FAILED: final(clientErrors.hazelcast),
  AUTHENTICATION_FAILED: final(clientErrors.authentication),
  ADDRESS_IN_USE: final(clientErrors.hazelcast),
  LEADER_PRESENT: final(clientErrors.hazelcast),
  WRONG_OWNER: repeated(clientErrors.retryable),
  GROUP_MOVING: repeated(clientErrors.retryable),
  MEMBER_LEFT: repeated(clientErrors.retryable),
  LINK_CLOSED: repeated(clientErrors.retryable),
  STATE_BEHIND: repeated(clientErrors.retryable),
  MAP_DESTROYED: repeated(clientErrors.retryable),
  LOCKED: final(clientErrors.operationTimeout),
  NOT_LOCK_OWNER: final(clientErrors.illegalMonitorState),
  TIMEOUT: { as: clientErrors.operationTimeout, whenUnknown: clientErrors.indeterminate },
  INDETERMINATE: final(clientErrors.indeterminate),
  SESSION_EXPIRED: final(clientErrors.hazelcast),
  SCHEMA_UNKNOWN: repeated(clientErrors.retryable),
  UNAVAILABLE: repeated(clientErrors.retryable),
  PARTITION_LOST: final(clientErrors.consistencyLost),
  NOT_ENOUGH_COPIES: final(clientErrors.tooFewMembers),
  SPLIT_BRAIN_PROTECTION: final(clientErrors.tooFewMembers),
  NO_DATA_MEMBER: final(clientErrors.noDataMember),
  OVERLOADED: final(clientErrors.overload),
  NO_LEADER: repeated(clientErrors.retryable),
  MEMBER_STOPPED: repeated(clientErrors.notActive),
  NOT_REGISTERED: final(clientErrors.serialization),
  INTERNAL: final(clientErrors.hazelcast),
  USER_CODE: final(clientErrors.hazelcast),
}

const stackElement = struct({ className: string, methodName: string, fileName: nullable(string), line: int })
const holder = struct({ code: int, className: string, message: nullable(string), stack: list(stackElement) })

const holders = list(holder)

export function writeError(to: MessageWriter, errors: readonly ErrorHolder[], idLow: number, idHigh: number): void {
  to.begin(0, ERROR_MESSAGE_TYPE, idLow, idHigh, RESPONSE_HEAD_BYTES, 0)
  holders.write(to, errors)
  to.finish()
}

export interface ErrorHolder {
  readonly code: number
  readonly className: string
  readonly message: string | null
  readonly stack: readonly {
    readonly className: string
    readonly methodName: string
    readonly fileName: string | null
    readonly line: number
  }[]
}

/** Causes that are told; a longer chain says nothing more to a client. */
const CAUSES_MAX = 4

/**
 * The error and its causes, outermost first. `repeatable` says that the failed message may be done twice; `where` (the
 * member) and `what` (the message) take the place of a stack, which would tell a client nothing but our file names.
 */
export function errorHolders(error: unknown, options: { repeatable: boolean; where: string; what: string }): ErrorHolder[] {
  const all: ErrorHolder[] = []
  for (let e = error; e instanceof Error && all.length <= CAUSES_MAX; e = e.cause) {
    const { code, className } = clientErrorFor(e, options.repeatable)
    const message = e instanceof CobnutError ? `${e.code}: ${e.message}` : e.message
    const stack = all.length > 0 ? [] : [{ className: 'cobnut', methodName: options.what, fileName: options.where, line: 0 }]
    all.push({ code, className, message, stack })
  }
  return all
}

function clientErrorFor(error: Error, repeatable: boolean): ClientError {
  if (!(error instanceof CobnutError)) return clientErrors.hazelcast
  const { as, whenUnknown } = mappings[error.code]
  return whenUnknown !== undefined && error.outcome === 'unknown' && !repeatable ? whenUnknown : as
}

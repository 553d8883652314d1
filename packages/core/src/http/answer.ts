/** What is sent back: always JSON except for metrics; an error is `{code, message}` with a status that fits. */

import type { ServerResponse } from 'node:http'
import { CobnutError, type ErrorCode, isCobnutError } from '../base/errors.js'
import { jsonText } from './json-text.js'

export interface Answer {
  readonly status: number
  /** A text goes out as it is, anything else as JSON. */
  readonly body: unknown
  /** Default JSON. */
  readonly type?: string
  /** Methods that the path does take, where this one was not among them. */
  readonly allow?: string
  /** How to say who asks, where that was missing. */
  readonly authenticate?: string
  /** Runs when the answer has left, or the one who asked. */
  readonly afterwards?: () => void
}

export const ok = (body: unknown): Answer => ({ status: 200, body })

/** A request that cannot be answered as it stands. */
export class HttpError extends Error {
  readonly status: number
  readonly code: string
  readonly allow: string | undefined

  constructor(status: number, code: string, message: string, allow?: string) {
    super(message)
    this.status = status
    this.code = code
    this.allow = allow
  }
}

/** Codes whose status does not follow from their row: the caller's mistakes, and what waiting would not have helped. */
const statusOf: Partial<Record<ErrorCode, number>> = {
  ARGUMENT: 400,
  NULL_ARGUMENT: 400,
  SERIALIZATION: 400,
  UNSUPPORTED: 400,
  MEMBER_STOPPED: 503,
  TIMEOUT: 504,
  INDETERMINATE: 504,
}

/** Whoever asks has to say who it is, or is not let in. */
export class Unauthorized extends HttpError {
  constructor(message: string) {
    super(401, 'AUTHENTICATION_FAILED', message)
  }
}

export function errorAnswer(error: unknown): Answer {
  if (error instanceof Unauthorized) {
    const { status, code, message } = error
    return { status, body: { code, message }, authenticate: 'Basic realm="cobnut", charset="UTF-8"' }
  }
  if (error instanceof HttpError) {
    const { status, code, message, allow } = error
    return { status, body: { code, message }, ...(allow === undefined ? {} : { allow }) }
  }
  if (isCobnutError(error)) {
    const { code, message, outcome, retry } = error
    return { status: statusOf[code] ?? (retry ? 503 : 500), body: { code, message, outcome } }
  }
  return { status: 500, body: { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) } }
}

export const notRunning = (): CobnutError =>
  new CobnutError('MEMBER_STOPPED', 'the member is in no cluster yet', { outcome: 'not-applied' })

export function send(response: ServerResponse, { status, body, type, allow, authenticate, afterwards }: Answer): void {
  if (afterwards !== undefined) response.once('close', afterwards)
  const text = typeof body === 'string' ? body : jsonText(body)
  response.writeHead(status, {
    'content-type': type ?? 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
    ...(allow === undefined ? {} : { allow }),
    ...(authenticate === undefined ? {} : { 'www-authenticate': authenticate }),
  })
  response.end(text)
}

/** A request that has been looked at: who asks, for what, and whether a browser was tricked into asking. */

import type { IncomingMessage } from 'node:http'
import { isIP, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { HttpError } from './answer.js'

/** Bodies are single values; more is the business of a client of the open binary protocol. */
export const bodyBytesMax = 1024 * 1024

export interface HttpRequest {
  readonly method: string
  /** Parts of the path, decoded. */
  readonly path: readonly string[]
  readonly query: URLSearchParams
  /** Asked by a process of this host. */
  readonly isLocal: boolean
  readonly host: string
  readonly credentials: Credentials
  /** The body as JSON. To be called before anything is awaited. */
  body(): Promise<unknown>
}

/** Who says it asks: by name and password, by a token, or not at all (then all three are null). */
export interface Credentials {
  readonly username: string | null
  readonly password: string | null
  readonly token: Uint8Array | null
}

/** @param hostNames names under which this member may be asked for, beside addresses and localhost; lower case. */
export function requestOf(incoming: IncomingMessage, hostNames: readonly string[]): HttpRequest {
  checkHost(incoming, hostNames)
  checkOrigin(incoming)
  const { path, query } = target(incoming.url ?? '/')
  return {
    // the answer to HEAD is that to GET, of which the server sends the head
    method: incoming.method === 'HEAD' ? 'GET' : (incoming.method ?? 'GET'),
    path,
    query,
    isLocal: isFromOwnHost(incoming.socket),
    host: incoming.socket.remoteAddress ?? '',
    credentials: credentialsIn(incoming.headers.authorization ?? ''),
    body: () => bodyOf(incoming),
  }
}

/** Over the loopback, or from the very address that was asked: no other host can hold a connection from there. */
function isFromOwnHost({ remoteAddress = '', localAddress }: Pick<Socket, 'remoteAddress' | 'localAddress'>): boolean {
  return (
    /^(::ffff:)?127\./.test(remoteAddress) || remoteAddress === '::1' || (remoteAddress !== '' && remoteAddress === localAddress)
  )
}

/** `Basic` with name and password, or `Bearer` with the bytes of a token in base64. */
function credentialsIn(header: string): Credentials {
  const [, scheme = '', encoded = ''] = /^(basic|bearer) +([\w+/=-]+)$/i.exec(header) ?? []
  const decoded = Buffer.from(encoded, 'base64')
  if (scheme.toLowerCase() === 'bearer') return { username: null, password: null, token: new Uint8Array(decoded) }
  const [username = '', ...password] = decoded.toString('utf8').split(':')
  if (scheme === '' || password.length === 0) return { username: null, password: null, token: null }
  return { username, password: password.join(':'), token: null }
}

function target(url: string): { path: string[]; query: URLSearchParams } {
  const [pathText, ...queryText] = url.split('?')
  try {
    const path = (pathText as string).split('/').slice(1).map(decodeURIComponent)
    if (path.at(-1) === '') path.pop()
    return { path, query: new URLSearchParams(queryText.join('?')) }
  } catch {
    throw new HttpError(400, 'ARGUMENT', 'the path has a % that is not followed by the code of a character')
  }
}

/** A page of another site must not reach this member through a name that its owner points here (DNS rebinding). */
function checkHost({ headers }: IncomingMessage, hostNames: readonly string[]): void {
  const { host } = headers
  // no browser leaves it out
  if (host === undefined) return
  const name = host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
  if (name === 'localhost' || isIP(name) !== 0 || hostNames.includes(name)) return
  const ways = 'by its IP address, as localhost, or by a name of the property cobnut.http.host.names'
  throw new HttpError(421, 'FORBIDDEN', `this member is not known as "${name}": ask for it ${ways}`)
}

/** Nor may it use that a browser of this host can send a POST anywhere. */
function checkOrigin({ headers, socket }: IncomingMessage): void {
  const { origin, host } = headers
  const scheme = socket instanceof TLSSocket ? 'https' : 'http'
  if (origin === undefined || origin === `${scheme}://${host}`) return
  throw new HttpError(403, 'FORBIDDEN', `pages of ${origin} may not ask this member`)
}

/** What an order says: a body that is an object. */
export async function fieldsOf(request: HttpRequest): Promise<Readonly<Record<string, unknown>>> {
  const body = await request.body()
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  throw new HttpError(400, 'ARGUMENT', 'the body is not an object')
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // the rest is read all the same: closing with bytes unread would lose the answer that says what was wrong
    if (bytes <= bodyBytesMax) chunks.push(chunk)
  }
  if (bytes > bodyBytesMax)
    throw new HttpError(413, 'ARGUMENT', `the body has ${bytes} bytes; at most ${bodyBytesMax} are allowed`)
  return jsonOf(Buffer.concat(chunks).toString('utf8'), 'the body')
}

export function jsonOf(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new HttpError(400, 'ARGUMENT', `${what} is not JSON: ${(error as Error).message}`)
  }
}

/**
 * Health, metrics and a small REST face of a member, on the port that it has anyway:
 *
 *   GET   /health/live             200 while the process answers and the member has not stopped
 *   GET   /health/ready            200 while it serves and no copy is missing: then the next member may be stopped
 *   GET   /metrics                 Prometheus text
 *   GET   /cobnut/v1/status, members, clients, maps, checkup, groups
 *   *     /cobnut/v1/maps/{name}/...                                       (see map-routes.ts)
 *   POST  /cobnut/v1/recover       {"map": "m", "acceptDataLoss": true}: see `Admin.recover`
 *   POST  /cobnut/v1/shutdown      202 at once; hands everything over, then leaves
 *   POST  /cobnut/v1/take-lead     {"acceptDataLoss": true}: see `Admin.takeLead`
 *
 * Health is told to everybody who reaches the port. Where <security> asks clients for credentials, everything else is told
 * to those who give the same here; where it does not, figures are told to everybody. Entries and orders are for processes
 * of this host alone, unless the configuration opens them.
 */

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Member } from '../api/member.js'
import { type Answer, errorAnswer, HttpError, notRunning, ok, send, Unauthorized } from './answer.js'
import { mapAnswer, onlyFor } from './map-routes.js'
import { prometheusText } from './metrics.js'
import { type Credentials, fieldsOf, type HttpRequest, requestOf } from './request.js'

export interface HttpOptions {
  /** Entries and shutdown for callers of other hosts too (`cobnut.http.remote.access`). Default false. */
  readonly remoteAccess?: boolean
  /** Names under which the member may be asked for, beside IP addresses and localhost (`cobnut.http.host.names`). */
  readonly hostNames?: readonly string[]
  /** Whether somebody may come in. Default: everybody may. */
  readonly admits?: (host: string, credentials: Credentials) => boolean
}

/**
 * One request for each connection, and so long from its first byte to its last: who sends or reads slowly holds nothing
 * for longer. More than any call of a map may take.
 */
const connectionMs = 30_000

/**
 * To be attached to the member's port (`NodeNetwork.attachHttp`), best before the member starts: an orchestrator then
 * sees a member that is alive and not ready.
 *
 * @param member null while it starts.
 */
export function createHttpServer(member: () => Member | null, options: HttpOptions = {}): Server {
  const hostNames = (options.hostNames ?? []).map(name => name.trim().toLowerCase())
  const server = createServer((incoming, response) => {
    answerTo(incoming)
      .catch(errorAnswer)
      .then(answer => send(response, answer))
      // the caller has gone
      .catch(() => response.destroy())
  })
  const answerTo = async (incoming: IncomingMessage): Promise<Answer> => {
    const asked = member()
    // the name in <public-address>, if it is one, is known as well
    const request = requestOf(incoming, asked === null ? hostNames : [...hostNames, asked.address.host.toLowerCase()])
    return (await route(asked, request, options)) ?? nothingAt(request)
  }
  server.maxRequestsPerSocket = 1
  server.on('connection', socket => {
    const timer = setTimeout(() => socket.destroy(), connectionMs)
    socket.once('close', () => clearTimeout(timer))
  })
  return server
}

async function route(
  member: Member | null,
  request: HttpRequest,
  { remoteAccess = false, admits = () => true }: HttpOptions,
): Promise<Answer | undefined> {
  const [first, second, what, ...rest] = request.path
  if (first !== 'health' && !admits(request.host, request.credentials)) {
    throw new Unauthorized('this member asks for the user and password of a client')
  }
  if (what === undefined && (first === 'health' || first === 'metrics')) {
    if (request.method !== 'GET') throw onlyFor('GET')
    if (first === 'health') return health(member, second)
    if (second !== undefined) return undefined
    return { status: 200, body: prometheusText(member), type: 'text/plain; version=0.0.4; charset=utf-8' }
  }
  if (first !== 'cobnut' || second !== 'v1' || what === undefined) return undefined
  if (rest.length === 0 && Object.hasOwn(overviews, what)) {
    if (request.method !== 'GET') throw onlyFor('GET')
    if (member === null) throw notRunning()
    return ok(overviews[what as keyof typeof overviews](member))
  }
  const isReport = rest.length === 0 && Object.hasOwn(reports, what)
  if (what !== 'maps' && !isReport && !(rest.length === 0 && Object.hasOwn(orders, what))) return undefined
  if (!request.isLocal && !remoteAccess) {
    const way = 'set the property cobnut.http.remote.access to true to open them'
    throw new HttpError(403, 'FORBIDDEN', `entries and orders are for processes of the member's own host; ${way}`)
  }
  if (member === null) throw notRunning()
  if (isReport) {
    if (request.method !== 'GET') throw onlyFor('GET')
    return ok(reports[what as keyof typeof reports](member))
  }
  return what === 'maps' ? mapAnswer(member, rest, request) : orders[what as keyof typeof orders](member, request)
}

const overviews = {
  status: (member: Member) => {
    const status = member.status()
    return { ...status, memory: { ...status.memory, rssBytes: process.memoryUsage.rss() } }
  },
  members: (member: Member) => member.status().members,
  clients: (member: Member) => member.clients(),
  maps: (member: Member) => member.status().maps,
  checkup: (member: Member) => member.admin.checkup(),
  groups: (member: Member) => member.admin.groups(),
}

/** With values of entries. */
const reports = { conflicts: (member: Member) => member.admin.conflicts() }

function health(member: Member | null, kind: string | undefined): Answer | undefined {
  const state = member?.state ?? 'starting'
  const safe = member?.isSafe() ?? false
  if (kind === 'live') return { status: state === 'stopped' ? 503 : 200, body: { state } }
  if (kind === 'ready') return { status: state === 'running' && safe ? 200 : 503, body: { state, safe } }
  return undefined
}

const orders = { shutdown, recover, 'take-lead': takeLead }

async function recover(member: Member, request: HttpRequest): Promise<Answer> {
  if (request.method !== 'POST') throw onlyFor('POST')
  const { map, acceptDataLoss } = await fieldsOf(request)
  if (map !== undefined && typeof map !== 'string') throw new HttpError(400, 'ARGUMENT', 'map is the name of a map')
  return ok(await member.admin.recover({ ...(map === undefined ? {} : { map }), acceptDataLoss: acceptDataLoss === true }))
}

function shutdown(member: Member, { method }: HttpRequest): Answer {
  if (method !== 'POST') throw onlyFor('POST')
  // a member that has nothing to hand over would be gone before it has answered
  return { status: 202, body: { state: 'leaving' }, afterwards: () => void member.shutdown() }
}

async function takeLead(member: Member, request: HttpRequest): Promise<Answer> {
  if (request.method !== 'POST') throw onlyFor('POST')
  return ok({ gone: await member.admin.takeLead((await fieldsOf(request)) as { acceptDataLoss: true }) })
}

function nothingAt({ method, path }: HttpRequest): never {
  throw new HttpError(404, 'NOT_FOUND', `there is nothing at ${method} /${path.join('/')}`)
}

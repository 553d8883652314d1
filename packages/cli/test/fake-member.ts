/**
 * A process that behaves like `cobnut start` as far as a dev cluster can see: the same arguments, events and HTTP answers,
 * with a map that lives in this process alone. `--property fake.*` makes it misbehave.
 */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { parseArgs } from 'node:util'
import { fakeMap, fakeStatus } from './fake-status.js'

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    port: { type: 'string', default: '0' },
    'cluster-name': { type: 'string', default: 'dev' },
    member: { type: 'string', multiple: true, default: [] },
    property: { type: 'string', multiple: true, default: [] },
    'stop-with-parent': { type: 'boolean', default: false },
  },
})
const has = (property: string): boolean => values.property.includes(property)
const say = (event: string, fields: object = {}): void => {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`)
}

if (has('fake.start=fails')) {
  process.stderr.write('this member cannot start\n')
  process.exit(1)
}

const uuid = randomUUID()
const entries = new Map<string, unknown>()
const server = createServer((request, response) => {
  void answer(request).then(([status, body]) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
})

async function answer(request: IncomingMessage): Promise<[number, unknown]> {
  const url = new URL(request.url ?? '/', 'http://fake')
  const [what, map, part, key] = url.pathname.replace('/cobnut/v1/', '').split('/').map(decodeURIComponent)
  if (what === 'status') return [200, status()]
  if (map === 'refused') return [503, { code: 'UNAVAILABLE', message: 'no copy can be reached' }]
  if (part === 'size') return [200, { size: entries.size }]
  if (part === 'keys') {
    const limit = Number(url.searchParams.get('limit'))
    return [200, { total: entries.size, keys: [...entries.keys()].slice(0, limit).map(text => JSON.parse(text) as unknown) }]
  }
  const at = key ?? ''
  if (request.method === 'PUT') {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    entries.set(at, JSON.parse(body))
    return [200, { stored: true }]
  }
  if (request.method === 'DELETE') return [200, { removed: entries.delete(at) }]
  return entries.has(at) ? [200, { value: entries.get(at) }] : [404, { code: 'NO_ENTRY', message: 'no such entry' }]
}

const address = (): string => `127.0.0.1:${(server.address() as { port: number }).port}`
const status = (): object =>
  fakeStatus({
    id: uuid,
    address: address(),
    clusterName: values['cluster-name'],
    members: [{ id: uuid, address: { host: '127.0.0.1', port: Number(values.port) }, lite: false, local: true, status: 'alive' }],
    maps: [fakeMap('cities', { ownedEntries: entries.size })],
  })

function leave(code: number): void {
  say('member.leaving', { uuid })
  server.closeAllConnections()
  server.close(() => {
    say('member.stopped', { uuid, handedOver: true })
    process.exit(code)
  })
}

process.on('SIGTERM', () => {
  if (!has('fake.stop=never')) leave(0)
})
if (values['stop-with-parent']) process.stdin.on('close', () => leave(1)).resume()
server.listen(Number(values.port), '127.0.0.1', () => {
  say('member.started', { uuid, address: address(), clusterName: values['cluster-name'], members: values.member.length })
})

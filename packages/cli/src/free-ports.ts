/** Ports for members on this machine. Between finding and using one another program may take it: the member then says so. */

import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { CommandError } from './exit.js'

const host = '127.0.0.1'
/** Ports tried from the first one on, as many as a member tries by default. */
const portsTriedMax = 100
const portMax = 65_535

/** `from` = 0 takes any free ports, otherwise the first free ones from there on. */
export async function freePorts(n: number, from: number): Promise<number[]> {
  const last = Math.min(from + portsTriedMax - 1, portMax)
  const held: Server[] = []
  const ports: number[] = []
  try {
    for (let port = from; ports.length < n && port <= last; port++) {
      const server = await holding(from === 0 ? 0 : port)
      if (server === null) continue
      held.push(server)
      ports.push((server.address() as { port: number }).port)
    }
  } finally {
    for (const server of held) server.close()
  }
  if (ports.length < n) throw new CommandError(`fewer than ${n} ports are free from ${from} to ${last}`)
  return ports
}

async function holding(port: number): Promise<Server | null> {
  const server = createServer()
  server.unref()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return server
  } catch (error) {
    if (['EADDRINUSE', 'EACCES'].includes((error as { code?: string }).code ?? '')) return null
    throw error
  }
}

/** `cobnut clients`: who is connected to the cluster, as all of its members together know it. */

import type { ClientView, NearCacheStats } from 'cobnut'
import type { HostPort } from '../address.js'
import { count, plural } from '../format.js'
import { MemberClient } from '../http-client.js'
import { type Column, tableLines } from '../table.js'
import { type Terminal, writeLine } from '../terminal.js'
import type { AskFlags } from './status.js'

interface Connected extends ClientView {
  /** Members that it is connected to. */
  readonly connections: number
}

export async function clients({ address, json }: AskFlags, { out, err, colours }: Terminal): Promise<void> {
  const { members } = await new MemberClient(address).status()
  const answers = await Promise.allSettled(members.map(member => askOne(member.local ? address : member.address)))
  const views = answers.flatMap(answer => (answer.status === 'fulfilled' ? answer.value : []))
  for (const answer of answers) {
    if (answer.status === 'rejected') writeLine(err, `incomplete: ${String((answer.reason as Error).message)}`)
  }
  const found = merged(views)
  if (json === true) writeLine(out, JSON.stringify(found))
  else if (found.length === 0) writeLine(out, colours.dim('no client is connected'))
  else for (const line of tableLines(columns, found, colours)) writeLine(out, line)
}

const askOne = (address: HostPort): Promise<readonly ClientView[]> => new MemberClient(address).clients()

/** A client has a connection to each member, and reports its statistics by one of them. */
function merged(views: readonly ClientView[]): Connected[] {
  const byId = new Map<string, Connected>()
  for (const view of views) {
    const held = byId.get(view.id)
    if (held === undefined) byId.set(view.id, { ...view, connections: 1 })
    else {
      const newer = (view.statistics?.reportedAtMs ?? 0) > (held.statistics?.reportedAtMs ?? 0) ? view : held
      const connectedAtMs = Math.min(held.connectedAtMs, view.connectedAtMs)
      byId.set(view.id, { ...held, statistics: newer.statistics, connectedAtMs, connections: held.connections + 1 })
    }
  }
  return [...byId.values()].sort((a, b) => a.connectedAtMs - b.connectedAtMs)
}

const columns: Column<Connected>[] = [
  { title: 'CLIENT', cell: ({ name }) => name },
  { title: 'TYPE', cell: ({ type, version }) => `${type} ${version}` },
  { title: 'UUID', cell: ({ id }) => id },
  { title: 'FROM', cell: ({ address }) => address.host },
  { title: 'CONNECTED TO', cell: ({ connections }) => plural(connections, 'member') },
  { title: 'NEAR CACHES', cell: ({ statistics }) => (statistics?.nearCaches ?? []).map(nearCacheText).join(', ') },
]

function nearCacheText({ map, entries, hits, misses }: NearCacheStats): string {
  const reads = hits + misses
  const ratio = reads === 0 ? '' : `, ${Math.round((100 * hits) / reads)} % hits`
  return `${map}: ${count(entries)} entries${ratio}`
}

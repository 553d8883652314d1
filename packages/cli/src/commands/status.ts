/** `cobnut status` and `cobnut members`: what one running member knows of its cluster. */

import type { MapStatus, MemberStatus } from 'cobnut'
import { addressText, type HostPort } from '../address.js'
import { healthOf } from '../cluster-picture.js'
import { bytes, count, duration, plural } from '../format.js'
import { MemberClient } from '../http-client.js'
import { backupsText, painted } from '../live-table.js'
import { type Column, tableLines } from '../table.js'
import { type Colours, type Terminal, writeLine } from '../terminal.js'

export interface AskFlags {
  readonly address: HostPort
  readonly json?: boolean
}

export async function status({ address, json }: AskFlags, { out, colours }: Terminal): Promise<void> {
  const found = await new MemberClient(address).status()
  const lines = json === true ? [JSON.stringify(found)] : statusLines(found, colours)
  for (const line of lines) writeLine(out, line)
}

export async function members({ address, json }: AskFlags, { out, colours }: Terminal): Promise<void> {
  const found = await new MemberClient(address).status()
  const lines = json === true ? [JSON.stringify(found.members)] : memberLines(found, colours)
  for (const line of lines) writeLine(out, line)
}

function statusLines(s: MemberStatus, colours: Colours): string[] {
  const { groups, operations, memory } = s
  const facts: [string, string][] = [
    ['cluster', `${s.clusterName} (${s.clusterId}), ${plural(s.members.length, 'member')}, state ${s.stateVersion}`],
    ...forkFacts(s, colours),
    ['copies', painted(healthOf([s]), colours)],
    ['member', `${s.address} (${s.id}), ${s.state}, up ${duration(s.uptimeMs)}`],
    [
      'groups',
      `owns ${count(groups.owned)} of ${count(groups.total)}, backs up ${count(groups.backups)}; ${s.partitionCount} partitions`,
    ],
    [
      'operations',
      `${count(operations.reads)} reads, ${count(operations.writes)} writes, ${count(operations.backupReads)} reads from backups`,
    ],
    ['memory', `${bytes(memory.storeBytes)} of records, ${bytes(memory.rssBytes)} resident`],
    ['clients', count(s.clients)],
  ]
  const lines = facts.map(([name, value]) => `${colours.dim(name.padEnd(11))} ${value}`)
  return [...lines, '', ...memberLines(s, colours), '', ...mapLines(s.maps, colours)]
}

function forkFacts({ fork, conflicts }: MemberStatus, colours: Colours): [string, string][] {
  const facts: [string, string][] = []
  if (fork !== null) {
    const emptied = fork.groupsEmptied === 0 ? '' : `, ${plural(fork.groupsEmptied, 'group')} began empty`
    facts.push(['fork', colours.red(`a side of the divided cluster ${fork.origin}, without a quorum${emptied}`)])
  }
  if (conflicts > 0) facts.push(['conflicts', `${count(conflicts)} given up by merging; GET /cobnut/v1/conflicts lists the last`])
  return facts
}

function memberLines(s: MemberStatus, colours: Colours): string[] {
  type Row = MemberStatus['members'][number]
  const columns: Column<Row>[] = [
    { title: 'MEMBER', cell: member => addressText(member.address) },
    { title: 'UUID', cell: member => member.id },
    { title: 'STATUS', cell: member => member.status },
    { title: '', cell: member => remarks(member, s).join(', ') },
  ]
  return tableLines(columns, s.members, colours)
}

function remarks(member: MemberStatus['members'][number], s: MemberStatus): string[] {
  return [
    ...(member.local ? ['asked'] : []),
    ...(member.id === s.coordinator ? ['coordinator'] : []),
    ...(member.lite ? ['lite'] : []),
  ]
}

/** Of one member: its own entries and the copies that it holds of others'. */
function mapLines(maps: readonly MapStatus[], colours: Colours): string[] {
  if (maps.length === 0) return [colours.dim('no map has been used yet')]
  const columns: Column<MapStatus>[] = [
    { title: 'MAP', cell: ({ name }) => name },
    { title: 'BACKUPS', cell: backupsText },
    { title: 'OWNED HERE', align: 'right', cell: ({ ownedEntries }) => count(ownedEntries) },
    { title: 'BYTES', align: 'right', cell: ({ ownedBytes }) => bytes(ownedBytes) },
    { title: 'BACKUP HERE', align: 'right', cell: ({ backupEntries }) => count(backupEntries) },
    { title: 'BYTES', align: 'right', cell: ({ backupBytes }) => bytes(backupBytes) },
  ]
  return tableLines(columns, maps, colours)
}

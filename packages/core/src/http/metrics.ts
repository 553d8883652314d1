/** A member as Prometheus text: one row for each metric. Names end in their unit, counters in `_total`. */

import type { MapStatus, Member, MemberStatus } from '../api/member.js'

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

interface Metric<From> {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  samples(from: From): readonly Sample[]
}

type Status = Metric<MemberStatus>

const gauge = (name: string, help: string, value: (s: MemberStatus) => number): Status => {
  return { name, type: 'gauge', help, samples: s => [[{}, value(s)]] }
}

const perMap = (name: string, help: string, value: (m: MapStatus) => number): Status => {
  return { name, type: 'gauge', help, samples: s => s.maps.map(m => [{ map: m.name }, value(m)]) }
}

const statusMetrics: readonly Status[] = [
  {
    name: 'cobnut_member_info',
    type: 'gauge',
    help: 'Always 1; who this is.',
    samples: s => [[{ id: s.id, address: s.address, cluster: s.clusterName, cluster_id: s.clusterId, state: s.state }, 1]],
  },
  gauge('cobnut_members', 'Members of the cluster as this one knows it.', s => s.members.length),
  gauge('cobnut_is_coordinator', 'Whether this member plans the changes of the cluster state.', s =>
    Number(s.coordinator === s.id),
  ),
  gauge('cobnut_has_coordinator', 'Whether this member knows who plans the changes.', s => Number(s.coordinator !== null)),
  gauge('cobnut_state_version', 'Version of the cluster state that this member has.', s => s.stateVersion),
  gauge('cobnut_partitions', 'Partitions of each map.', s => s.partitionCount),
  gauge('cobnut_groups', 'Groups: partitions times backup classes.', s => s.groups.total),
  gauge('cobnut_groups_owned', 'Groups that this member owns.', s => s.groups.owned),
  gauge('cobnut_groups_backups', 'Groups of which this member holds a backup.', s => s.groups.backups),
  gauge('cobnut_groups_copying', 'Groups of which a copy is being made.', s => s.groups.copying),
  gauge('cobnut_groups_under_replicated', 'Groups with fewer copies than configured.', s => s.groups.underReplicated),
  gauge('cobnut_groups_unavailable', 'Groups of which no copy can be reached.', s => s.groups.unavailable),
  gauge('cobnut_groups_lost', 'Groups of which every copy is gone.', s => s.groups.lost),
  perMap('cobnut_map_backups', 'Synchronous backups that the map asks for.', m => m.backupCount),
  perMap('cobnut_map_async_backups', 'Asynchronous backups that the map asks for.', m => m.asyncBackupCount),
  perMap('cobnut_map_owned_entries', 'Entries that this member owns.', m => m.ownedEntries),
  perMap('cobnut_map_owned_bytes', 'Bytes of the entries that this member owns.', m => m.ownedBytes),
  perMap('cobnut_map_backup_entries', 'Entries that this member backs up for others.', m => m.backupEntries),
  perMap('cobnut_map_backup_bytes', 'Bytes of the entries that this member backs up.', m => m.backupBytes),
  {
    name: 'cobnut_operations_total',
    type: 'counter',
    help: 'Operations on maps; backup_read is a read that a backup answered.',
    samples: ({ operations: o }) => [
      [{ kind: 'read' }, o.reads],
      [{ kind: 'write' }, o.writes],
      [{ kind: 'backup_read' }, o.backupReads],
    ],
  },
  {
    name: 'cobnut_copies_compared_total',
    type: 'counter',
    help: 'Backups compared with the entries of this owner.',
    samples: s => [[{}, s.copies.compared]],
  },
  {
    name: 'cobnut_copies_differing_total',
    type: 'counter',
    help: 'Backups that differed from their owner; each was made anew.',
    samples: s => [[{}, s.copies.differing]],
  },
  gauge('cobnut_fork', 'Whether this is a side of a divided cluster that goes on without a quorum.', s =>
    Number(s.fork !== null),
  ),
  {
    name: 'cobnut_merge_conflicts_total',
    type: 'counter',
    help: 'Versions given up when what this member brought from a side that gave way was merged.',
    samples: s => [[{}, s.conflicts]],
  },
  gauge('cobnut_clients', 'Clients connected to this member.', s => s.clients),
  gauge('cobnut_store_bytes', 'Bytes reserved by the record stores.', s => s.memory.storeBytes),
  gauge('cobnut_uptime_seconds', 'Time since the member started.', s => s.uptimeMs / 1000),
]

const processGauge = (name: string, help: string, value: () => number): Metric<void> => {
  return { name, type: 'gauge', help, samples: () => [[{}, value()]] }
}

const processMetrics: readonly Metric<void>[] = [
  {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'User and system time of the process.',
    samples: () => {
      const { user, system } = process.cpuUsage()
      return [[{}, (user + system) / 1e6]]
    },
  },
  processGauge('process_resident_memory_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss()),
  processGauge('nodejs_heap_size_used_bytes', 'Memory in use in the heap of JavaScript.', () => process.memoryUsage().heapUsed),
  processGauge(
    'nodejs_external_memory_bytes',
    'Memory outside that heap, array buffers included.',
    () => process.memoryUsage().external,
  ),
]

/** A member that is in no cluster says so, and has the figures of its process. */
export function prometheusText(member: Member | null): string {
  const isMember = member !== null && (member.state === 'running' || member.state === 'leaving')
  const ready = processGauge('cobnut_ready', 'Whether it serves and no copy is missing.', () => {
    return Number(isMember && member.state === 'running' && member.isSafe())
  })
  const own = [ready, ...processMetrics].map(metric => metricText(metric, undefined))
  const status = isMember ? member.status() : null
  return [...own, ...(status === null ? [] : statusMetrics.map(metric => metricText(metric, status)))].join('')
}

function metricText<From>({ name, type, help, samples }: Metric<From>, from: From): string {
  const lines = samples(from).map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Labels): string {
  const all = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return all.length === 0 ? '' : `{${all.join(',')}}`
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

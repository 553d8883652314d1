/** From what was read to the one configuration: typed, with the rules that concern more than one element. */

import type { Config, JoinConfig, Knobs, MapConfig, NetworkConfig } from '../api/config.js'
import { knobRows, textProperties } from '../protocol/knobs.js'
import type { Data, Problem } from './data-tree.js'
import { nearest, type Value } from './reader.js'

type Section = { readonly [name: string]: Value }

const section = (of: Section, name: string): Section => of[name] as Section
const text = (of: Section, name: string): string => of[name] as string
const number = (of: Section, name: string): number => of[name] as number
const bool = (of: Section, name: string): boolean => of[name] as boolean
const texts = (of: Section, name: string): string[] => of[name] as string[]

export interface Built {
  readonly config: Config
  readonly problems: readonly Omit<Problem, 'file' | 'line' | 'column'>[]
  readonly withoutEffect: Config['withoutEffect']
}

const namesOfEffect: ReadonlySet<string> = new Set([
  'backup-count',
  'async-backup-count',
  'read-backup-data',
  'time-to-live-seconds',
  'max-idle-seconds',
  'in-memory-format',
  'statistics-enabled',
  'per-entry-stats-enabled',
  'eviction',
  'indexes',
  'merge-policy',
])

export function buildConfig(root: Section, noEffect: Config['withoutEffect'], defaultMap: Section): Built {
  const problems: Built['problems'][number][] = []
  const withoutEffect = [...noEffect]
  const properties = new Map(Object.entries(section(root, 'properties') as Readonly<Record<string, string>>))
  const maps = new Map<string, MapConfig>()
  for (const [name, value] of Object.entries(section(root, 'map'))) {
    const map = mapOf(name, value as Section)
    const sum = map.backupCount + map.asyncBackupCount
    if (sum > 6) {
      const message = `backup-count ${map.backupCount} and async-backup-count ${map.asyncBackupCount} make ${sum}`
      problems.push({ element: `hazelcast.map[${name}]`, message, allowed: 'at most 6 together' })
    }
    maps.set(name, map)
  }
  if (!maps.has('default')) maps.set('default', mapOf('default', defaultMap))
  const group = section(root, 'partition-group')
  const instanceName = text(root, 'instance-name')
  const config: Config = {
    clusterName: text(root, 'cluster-name'),
    ...(instanceName === '' ? {} : { instanceName }),
    liteMember: bool(section(root, 'lite-member'), 'enabled'),
    network: networkOf(section(root, 'network'), properties),
    partitionGroup: { enabled: bool(group, 'enabled'), type: text(group, 'group-type') as 'PER_MEMBER' | 'HOST_AWARE' },
    maps,
    properties,
    knobs: knobsOf(properties, problems, withoutEffect),
    withoutEffect,
  }
  if (config.clusterName === '') problems.push({ element: 'hazelcast.cluster-name', message: 'it is empty', allowed: 'a text' })
  return { config, problems, withoutEffect }
}

function mapOf(name: string, m: Section): MapConfig {
  const eviction = section(m, 'eviction')
  const merge = section(m, 'merge-policy')
  const indexes = (m.indexes as readonly Section[]).map(i => {
    const named = text(i, 'name')
    return { ...(named === '' ? {} : { name: named }), type: text(i, 'type') as 'SORTED', attributes: texts(i, 'attributes') }
  })
  return {
    name,
    backupCount: number(m, 'backup-count'),
    asyncBackupCount: number(m, 'async-backup-count'),
    readBackupData: bool(m, 'read-backup-data'),
    timeToLiveSeconds: number(m, 'time-to-live-seconds'),
    maxIdleSeconds: number(m, 'max-idle-seconds'),
    statisticsEnabled: bool(m, 'statistics-enabled'),
    perEntryStatsEnabled: bool(m, 'per-entry-stats-enabled'),
    inMemoryFormat: text(m, 'in-memory-format') as 'BINARY',
    eviction: {
      size: number(eviction, 'size'),
      maxSizePolicy: text(eviction, 'max-size-policy') as 'PER_NODE',
      evictionPolicy: text(eviction, 'eviction-policy') as 'NONE',
    },
    indexes,
    mergePolicy: { className: text(merge, 'class-name'), batchSize: number(merge, 'batch-size') },
    other: Object.fromEntries(Object.entries(m).filter(([element]) => !namesOfEffect.has(element))),
  }
}

function networkOf(n: Section, properties: ReadonlyMap<string, string>): NetworkConfig {
  const port = section(n, 'port')
  const interfaces = section(n, 'interfaces')
  const publicAddress = text(n, 'public-address')
  return {
    port: number(port, 'port'),
    portAutoIncrement: bool(port, 'auto-increment'),
    portCount: number(port, 'port-count'),
    ...(publicAddress === '' ? {} : { publicAddress }),
    reuseAddress: bool(n, 'reuse-address'),
    interfaces: { enabled: bool(interfaces, 'enabled'), patterns: texts(interfaces, 'interface') },
    join: joinOf(section(n, 'join'), properties),
  }
}

function joinOf(j: Section, properties: ReadonlyMap<string, string>): JoinConfig {
  const multicast = section(j, 'multicast')
  const tcpIp = section(j, 'tcp-ip')
  const dns = section(j, 'dns')
  const required = text(tcpIp, 'required-member')
  const kubernetes = j.kubernetes as Data | null
  const service = kubernetesService(kubernetes)
  const name = text(dns, 'name') || service.name || (properties.get('cobnut.join.dns') ?? '')
  return {
    autoDetection: { enabled: bool(section(j, 'auto-detection'), 'enabled') },
    multicast: {
      enabled: bool(multicast, 'enabled'),
      group: text(multicast, 'multicast-group'),
      port: number(multicast, 'multicast-port'),
      timeoutSeconds: number(multicast, 'multicast-timeout-seconds'),
      timeToLive: number(multicast, 'multicast-time-to-live'),
      trustedInterfaces: texts(multicast, 'trusted-interfaces'),
    },
    tcpIp: {
      enabled: bool(tcpIp, 'enabled'),
      members: texts(tcpIp, 'member'),
      ...(required === '' ? {} : { requiredMember: required }),
      connectionTimeoutSeconds: number(tcpIp, 'connection-timeout-seconds'),
    },
    dns: { enabled: name !== '' && bool(dns, 'enabled'), name, port: service.port ?? number(dns, 'port') },
  }
}

/** Of the Kubernetes plug-in only the lookup by DNS: the rest asks a service that is not here. */
function kubernetesService(data: Data | null): { name: string; port: number | null } {
  const entry = (name: string): string | null => {
    const found = data?.kind === 'map' ? data.entries.find(e => e.name === name) : undefined
    return found?.value.kind === 'text' ? found.value.text : null
  }
  if (entry('enabled') === 'false') return { name: '', port: null }
  const port = Number(entry('service-port') ?? '')
  return { name: entry('service-dns') ?? '', port: port > 0 ? port : null }
}

function knobsOf(
  properties: ReadonlyMap<string, string>,
  problems: Omit<Problem, 'file' | 'line' | 'column'>[],
  without: Config['withoutEffect'][number][],
): Knobs {
  const knobs: Partial<Record<keyof Knobs, number>> = {}
  for (const row of knobRows) {
    const given = properties.get(row.property)
    const value = given === undefined ? row.default : Number(given)
    if (given !== undefined && !(/^-?\d+$/.test(given.trim()) && value >= row.min && value <= row.max)) {
      const element = `hazelcast.properties[${row.property}]`
      problems.push({
        element,
        message: `"${given}" is not a value of it`,
        allowed: `a whole number from ${row.min} to ${row.max} (${row.unit})`,
      })
    }
    knobs[row.knob] = value < 0 ? value : value * row.factor
  }
  const known = [...knobRows.map(r => r.property), ...Object.keys(textProperties), 'cobnut.join.dns']
  for (const name of properties.keys()) {
    if (known.includes(name)) continue
    const path = `hazelcast.properties[${name}]`
    if (!name.startsWith('cobnut.')) without.push({ path, reason: 'it has no effect here' })
    else {
      const didYouMean = nearest(name, known)
      problems.push({ element: path, message: 'this property does not exist', ...(didYouMean === null ? {} : { didYouMean }) })
    }
  }
  return knobs as Knobs
}

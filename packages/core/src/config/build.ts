/** From what was read by the table to the one configuration, with the names of `api/config.ts`. */

import type { Config, JoinConfig, Knobs, MapConfig, NetworkConfig, SecurityConfig, TlsConfig } from '../api/config.js'
import type { ValueOf } from './elements/kinds.js'
import type { MapValue } from './elements/map.js'
import { simpleNameOf } from './elements/merging.js'
import type { rootSection } from './elements/root.js'
import { passwordProperty } from './security.js'

export type RootValue = ValueOf<typeof rootSection>

/** What was looked at apart from the table. */
export interface Resolved {
  readonly knobs: Knobs
  readonly tls: TlsConfig | null
  readonly security: SecurityConfig
  readonly withoutEffect: Config['withoutEffect']
}

export function buildConfig(root: RootValue, defaultMap: MapValue, { knobs, tls, security, withoutEffect }: Resolved): Config {
  const protections = root['split-brain-protection']
  const { properties, 'partition-group': group, 'instance-name': instanceName } = root
  const maps = new Map([...root.map].map(([name, map]) => [name, mapConfigOf(name, map, protections)]))
  if (!maps.has('default')) maps.set('default', mapConfigOf('default', defaultMap, protections))
  return {
    clusterName: root['cluster-name'],
    ...(instanceName === undefined ? {} : { instanceName }),
    liteMember: root['lite-member'].enabled,
    network: { ...networkOf(root.network, properties), tls },
    security,
    partitionGroup: { enabled: group.enabled, type: group['group-type'] },
    maps,
    properties: new Map([...properties].filter(([name]) => name !== passwordProperty)),
    knobs,
    withoutEffect,
  }
}

type ProtectionValues = RootValue['split-brain-protection']

function protectionOf(ref: string | undefined, protections: ProtectionValues): Pick<MapConfig, 'splitBrainProtection'> {
  const found = ref === undefined ? undefined : protections.get(ref)
  if (ref === undefined || found?.enabled !== true) return {}
  const { 'minimum-cluster-size': minimumClusterSize, 'protect-on': protectOn } = found
  return { splitBrainProtection: { name: ref, minimumClusterSize, protectOn } }
}

function mapConfigOf(name: string, map: MapValue, protections: ProtectionValues): MapConfig {
  const {
    'backup-count': backupCount,
    'async-backup-count': asyncBackupCount,
    'read-backup-data': readBackupData,
    'time-to-live-seconds': timeToLiveSeconds,
    'max-idle-seconds': maxIdleSeconds,
    'statistics-enabled': statisticsEnabled,
    'per-entry-stats-enabled': perEntryStatsEnabled,
    'in-memory-format': inMemoryFormat,
    'merge-policy': merge,
    eviction,
    indexes,
    'split-brain-protection-ref': protectionRef,
    ...rest
  } = map
  return {
    name,
    backupCount,
    asyncBackupCount,
    readBackupData,
    timeToLiveSeconds,
    maxIdleSeconds,
    statisticsEnabled,
    perEntryStatsEnabled,
    inMemoryFormat,
    eviction: {
      size: eviction.size,
      maxSizePolicy: eviction['max-size-policy'],
      evictionPolicy: eviction['eviction-policy'],
    },
    indexes: indexes.map(({ name: indexName, type, attributes, 'bitmap-index-options': bitmap }) => {
      const unique = bitmap && {
        uniqueKey: bitmap['unique-key'],
        uniqueKeyTransformation: bitmap['unique-key-transformation'],
      }
      return { ...(indexName === undefined ? {} : { name: indexName }), type, attributes, ...unique }
    }),
    ...protectionOf(protectionRef, protections),
    mergePolicy: { className: simpleNameOf(merge['class-name']), batchSize: merge['batch-size'] },
    other: Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
  }
}

function networkOf(network: RootValue['network'], properties: RootValue['properties']): Omit<NetworkConfig, 'tls'> {
  const { port, interfaces, 'public-address': publicAddress } = network
  return {
    port: port.port,
    portAutoIncrement: port['auto-increment'],
    portCount: port['port-count'],
    ...(publicAddress === undefined ? {} : { publicAddress }),
    reuseAddress: network['reuse-address'],
    interfaces: { enabled: interfaces.enabled, patterns: interfaces.interfaces },
    join: joinOf(network.join, properties),
  }
}

function joinOf(join: RootValue['network']['join'], properties: RootValue['properties']): JoinConfig {
  const { multicast, 'tcp-ip': tcpIp } = join
  const requiredMember = tcpIp['required-member']
  return {
    autoDetection: join['auto-detection'],
    multicast: {
      enabled: multicast.enabled,
      group: multicast['multicast-group'],
      port: multicast['multicast-port'],
      timeoutSeconds: multicast['multicast-timeout-seconds'],
      timeToLive: multicast['multicast-time-to-live'],
      trustedInterfaces: multicast['trusted-interfaces'],
    },
    tcpIp: {
      enabled: tcpIp.enabled,
      members: tcpIp.members,
      ...(requiredMember === undefined ? {} : { requiredMember }),
      connectionTimeoutSeconds: tcpIp['connection-timeout-seconds'],
    },
    dns: dnsOf(join, properties),
  }
}

/** Three ways to say it: our element, the look-up of the original for Kubernetes, and a property for those who keep to its schema. */
function dnsOf({ dns, kubernetes }: RootValue['network']['join'], properties: RootValue['properties']): JoinConfig['dns'] {
  const service = kubernetes?.enabled === true ? kubernetes['service-dns'] : undefined
  if (kubernetes !== undefined && service !== undefined) {
    return { enabled: true, name: service, port: kubernetes['service-port'] }
  }
  const name = dns.name === '' ? (properties.get('cobnut.join.dns') ?? '') : dns.name
  return { enabled: dns.enabled && name !== '', name, port: dns.port }
}

/** The elements of <network>. Names, ranges and defaults are Hazelcast's; <dns> and the word on Kubernetes are ours. */

import { hostsMax, listedHosts } from '../../base/address-pattern.js'
import { address, interfacePattern, multicastGroup, nonEmpty, ownAddress } from './forms.js'
import { also, bool, commaList, each, int, opaque, optional, section, text, without, withText } from './kinds.js'
import { elsewhere, java, later } from './reasons.js'
import { ssl } from './security.js'

const cloud = without('use tcp-ip or dns', opaque('members of a cloud'))
const unprotected = 'a file that asks for protection is not half obeyed; <ssl> encrypts members and clients'

/** What the original asks Kubernetes itself for. */
const kubernetesInterface = [
  'namespace',
  'service-name',
  'service-label-name',
  'service-label-value',
  'pod-label-name',
  'pod-label-value',
  'service-per-pod-label-name',
  'service-per-pod-label-value',
  'resolve-not-ready-addresses',
  'expose-externally',
  'use-public-ip',
  'use-node-name-as-external-address',
  'kubernetes-api-retries',
  'kubernetes-master',
  'api-token',
  'ca-certificate',
] as const

const join = section(
  'how members find each other',
  {
    'auto-detection': section('members of this machine', {
      enabled: bool('looks at ports 5701 to 5710 and those from `port` on, where nothing else is enabled', true),
    }),
    multicast: section('members that answer on a multicast group', {
      enabled: bool('switches it on', false),
      'multicast-group': text('IPv4 address of the group', '224.2.2.3', multicastGroup),
      'multicast-port': int('UDP port', 1, 65_535, 54_327),
      'multicast-timeout-seconds': int('seconds to wait for answers', 1, 3_600, 2),
      'multicast-time-to-live': int('networks a packet may cross', 0, 255, 32),
      'trusted-interfaces': commaList('whose answers count; none = all', 'interface', text('', '', interfacePattern)),
      'loopback-mode-enabled': optional(without('it is always on', bool('members of one machine hear each other', true))),
    }),
    'tcp-ip': section(
      'members at known addresses',
      {
        enabled: bool('switches it on', false),
        'connection-timeout-seconds': without(
          'a dial has 2 seconds, and is repeated',
          int('seconds until an address counts as dead', 1, 3_600, 5),
        ),
        'required-member': optional(without(later, text('joins through this one only', '', address))),
        members: also(
          ['member', 'member-list', 'interface'],
          commaList('`host`, `host:port`, or a range such as `10.0.0.4-18`', 'member', text('', '', address)),
        ),
      },
      ({ enabled, members }) => {
        const count = listedHosts(members)
        if (!enabled || count <= hostsMax) return null
        return { element: 'members', message: `the list names ${count} hosts`, allowed: `at most ${hostsMax}` }
      },
    ),
    dns: section('members behind a DNS name', {
      enabled: bool('counts where there is a name', true),
      name: text('every address it has is asked'),
      port: int('of the members there; 0 = the `port` of this one', 0, 65_535, 5701),
    }),
    kubernetes: optional(
      section(
        'members of a Kubernetes service, by its DNS name',
        {
          enabled: bool('switches it on', false),
          'service-dns': optional(text('as `name` of `dns`', '', nonEmpty)),
          'service-port': int('as `port` of `dns`', 0, 65_535, 0),
          'service-dns-timeout': optional(without('the system decides', int('seconds for a look-up', 0, 3_600, 5))),
          ...each(kubernetesInterface, optional(without('use service-dns', opaque('for the interface of Kubernetes')))),
        },
        ({ enabled, 'service-dns': name }) =>
          enabled && name === undefined
            ? { message: 'it is enabled without service-dns', allowed: 'a service-dns: Kubernetes itself is not asked' }
            : null,
      ),
    ),
    aws: cloud,
    gcp: cloud,
    azure: cloud,
    eureka: cloud,
    'discovery-strategies': without(java, opaque('other ways')),
  },
  ({ multicast, 'tcp-ip': tcpIp, dns, kubernetes }) => {
    const ways = { multicast: multicast.enabled, 'tcp-ip': tcpIp.enabled, dns: dns.enabled && dns.name !== '' }
    const all = Object.entries({ ...ways, kubernetes: kubernetes?.enabled === true })
    const enabled = all.flatMap(([way, isOn]) => (isOn ? [way] : []))
    return enabled.length < 2 ? null : { message: `${enabled.join(' and ')} are enabled`, allowed: 'one of them' }
  },
)

export const network = section('addresses', {
  port: withText(
    'port',
    section('for members, clients and HTTP alike', {
      'auto-increment': bool('a port that is taken leads to the next one', true),
      'port-count': int('ports that are tried', 1, 65_535, 100),
      port: int('0 = any free one', 0, 65_535, 5701),
    }),
  ),
  'public-address': optional(text('`host` or `host:port` that others are told', '', ownAddress)),
  'reuse-address': without(
    'listening sockets always reuse theirs',
    bool('a port may be taken while old connections of it end', false),
  ),
  interfaces: section('which address of this machine to use', {
    enabled: bool('switches it on', false),
    interfaces: also(['interface'], commaList('`10.3.16.*` or `10.3.10.4-18`', 'interface', text('', '', interfacePattern))),
  }),
  join,
  'outbound-ports': without(later, opaque('ports to dial from')),
  ssl,
  'symmetric-encryption': without('it is off', opaque('encryption', unprotected)),
  'socket-interceptor': without(java, opaque('looks at new connections', unprotected)),
  'member-address-provider': without(java, opaque('which address to use')),
  'failure-detector': without('see `cobnut.suspect.after.millis`', opaque('when a silent member counts as dead')),
  icmp: without('see `cobnut.suspect.after.millis`', opaque('pings')),
  'tpc-socket': optional(without(later, opaque('sockets of a thread for each core'))),
  'memcache-protocol': without(elsewhere, opaque('for clients of memcached')),
  'rest-api': without('HTTP is always on; see the `cobnut.http.*` properties', opaque('HTTP')),
})

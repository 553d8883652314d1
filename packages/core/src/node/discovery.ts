/**
 * Where the other members may be, from <join>:
 *
 *   tcp-ip           the listed addresses; an entry without a port means several ports from <port> on
 *   dns              every address of a name, at one port
 *   multicast        who answers on the group
 *   auto-detection   ports 5701 to 5710 of this machine, and as many from <port> on. Nothing leaves the machine: a member
 *                    that shall be found from elsewhere is told so in its configuration.
 *
 * Auto-detection counts only when none of the others is enabled.
 */

import { lookup as systemLookup } from 'node:dns/promises'
import type { JoinConfig, NetworkConfig } from '../api/config.js'
import { hostsMax, hostsOf, ipv4Pattern, listedHosts, type MemberEntry, memberEntry } from '../base/address-pattern.js'
import { CobnutError } from '../base/errors.js'
import type { Address, Log } from '../env/env.js'
import { Multicast } from './multicast.js'
import { localAddress, noAddress } from './pick-address.js'

/**
 * Ports tried on a host that is given without one: as many members as a host has in practice. Each is a dial in every
 * round, and a stranger who listens on one of them costs time.
 */
const portsTried = 10
const firstPort = 5701

export interface Discovery {
  /** Addresses where others may be now. Multicast tells others of `self` from the first call on, and rejects where it cannot. */
  candidates(self: Address): Promise<readonly Address[]>
  /** Every member would be among the candidates: where none of them answers, there is none. */
  readonly exhaustive: boolean
  /** Each address was written down with its port: a stranger there is a mistake, not a neighbour. */
  readonly named: boolean
  /** Ends the answers to others. */
  close(): void
}

export interface DiscoveryOptions {
  readonly network: NetworkConfig
  readonly clusterName: string
  readonly log: Log
  /** Every address of a name. Default: as the system resolves it. */
  readonly lookup?: (name: string) => Promise<readonly string[]>
}

/** Throws CONFIG_INVALID for an entry of the list that is no address. */
export function createDiscovery({ network, clusterName, log, lookup = lookupAll }: DiscoveryOptions): Discovery {
  const { join, port, portCount, portAutoIncrement } = network
  const { tcpIp, dns } = join
  const portsEach = portAutoIncrement ? Math.min(portCount, portsTried) : 1
  const listed = tcpIp.enabled ? entriesOf(tcpIp.members) : []
  const detects = join.autoDetection.enabled && !tcpIp.enabled && !dns.enabled && !join.multicast.enabled
  const fixed = [...listed.flatMap(entry => addressesOf(entry, portRange(port, portsEach))), ...(detects ? around(port) : [])]
  const multicast = join.multicast.enabled ? new Multicast(join.multicast, clusterName, localAddress(network), log) : null
  const dnsAddresses = dns.enabled ? createDnsSource(dns, port, log, lookup) : async (): Promise<Address[]> => []
  const allHavePorts = listed.every(entry => entry.port !== null)
  return {
    async candidates(self) {
      const [named, heard] = await Promise.all([dnsAddresses(), multicast?.candidates(self)])
      const found = [...fixed, ...named, ...(heard ?? [])]
      return [...new Map(found.map(address => [`${address.host} ${address.port}`, address])).values()]
    },
    exhaustive: multicast === null && !dns.enabled && (allHavePorts || !portAutoIncrement || portCount <= portsEach),
    named: tcpIp.enabled && allHavePorts && multicast === null && !dns.enabled,
    close: () => multicast?.close(),
  }
}

const portRange = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i).filter(port => port <= 65_535)

function around(port: number): Address[] {
  const ports = new Set([...portRange(firstPort, portsTried), ...portRange(port, portsTried)])
  return [...ports].map(each => ({ host: '127.0.0.1', port: each }))
}

function entriesOf(members: readonly string[]): MemberEntry[] {
  const count = listedHosts(members)
  if (count > hostsMax)
    throw new CobnutError('CONFIG_INVALID', `the list of members names ${count} hosts, and at most ${hostsMax} are allowed`)
  return members.map(text => memberEntry(text) ?? noAddress(text))
}

function addressesOf({ host, port }: MemberEntry, ports: readonly number[]): Address[] {
  const pattern = ipv4Pattern(host)
  const hosts = pattern === null ? [host] : hostsOf(pattern)
  return hosts.flatMap(each => (port === null ? ports : [port]).map(at => ({ host: each, port: at })))
}

async function lookupAll(name: string): Promise<string[]> {
  return (await systemLookup(name, { all: true, verbatim: true })).map(({ address }) => address)
}

/** A name that does not resolve (yet) is no error: the first pod of a service has no record. */
function createDnsSource(
  { name, port }: JoinConfig['dns'],
  defaultPort: number,
  log: Log,
  lookup: (name: string) => Promise<readonly string[]>,
): () => Promise<Address[]> {
  let said = false
  return async () => {
    try {
      const hosts = await lookup(name)
      said = false
      return hosts.map(host => ({ host, port: port > 0 ? port : defaultPort }))
    } catch (error) {
      if (!said) log.warn('discovery.nameUnknown', { name, error: String(error) })
      said = true
      return []
    }
  }
}

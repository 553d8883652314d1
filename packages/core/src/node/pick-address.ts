/**
 * Which address a member binds, and which one it tells others.
 *
 *   configured                          binds              tells others
 *   <interfaces>                        the first match    the same
 *   tcp-ip list with an own address     every address      that one
 *   tcp-ip list of this machine only    127.0.0.1          the same
 *   other tcp-ip, multicast, DNS, or    every address      the first one that is not loopback
 *     a public address
 *   none of these (auto-detection)      127.0.0.1          the same
 *
 * So a member that nobody has told about a network is not seen on one. <public-address> replaces what others are told.
 */

import { networkInterfaces } from 'node:os'
import type { NetworkConfig } from '../api/config.js'
import { matchesAny, memberEntry, ownEntry } from '../base/address-pattern.js'
import { CobnutError } from '../base/errors.js'
import type { Address } from '../env/env.js'

const everyAddress = '0.0.0.0'
const loopback = '127.0.0.1'

export interface PickedAddress {
  /** To bind. */
  readonly host: string
  /** Told to others instead of what is bound; port 0 = the port bound. Undefined: as bound. */
  readonly publicAddress?: Address
}

interface LocalAddress {
  readonly address: string
  readonly internal: boolean
}

export function pickAddress(network: NetworkConfig, local: readonly LocalAddress[] = localAddresses()): PickedAddress {
  const bound = pickBound(network, local)
  if (network.publicAddress === undefined) return bound
  const { host, port } = ownEntry(network.publicAddress) ?? noAddress(network.publicAddress)
  return { host: bound.host, publicAddress: { host, port: port ?? 0 } }
}

/** Where packets leave this machine: what a member tells others is that, but for a <public-address>, which no machine has to have. */
export function localAddress(network: NetworkConfig, local: readonly LocalAddress[] = localAddresses()): string {
  const { host, publicAddress } = pickBound(network, local)
  return publicAddress?.host ?? host
}

/** A configuration that was read has been looked at by the same rules. */
export function noAddress(text: string): never {
  throw new CobnutError('CONFIG_INVALID', `"${text}" is not an address`)
}

function pickBound({ interfaces, join, publicAddress }: NetworkConfig, local: readonly LocalAddress[]): PickedAddress {
  if (interfaces.enabled) return { host: firstMatch(interfaces.patterns, local) }
  const members = join.tcpIp.enabled ? join.tcpIp.members.map(text => (memberEntry(text) ?? noAddress(text)).host) : []
  const listed = local.find(({ address, internal }) => !internal && matchesAny(members, address))
  if (listed !== undefined) return { host: everyAddress, publicAddress: { host: listed.address, port: 0 } }
  const isFar = members.some(host => !isLoopback(host)) || join.multicast.enabled || join.dns.enabled
  const outside = local.find(({ address, internal }) => !internal && address.includes('.'))
  if (outside === undefined || (!isFar && publicAddress === undefined)) return { host: loopback }
  return { host: everyAddress, publicAddress: { host: outside.address, port: 0 } }
}

function firstMatch(patterns: readonly string[], local: readonly LocalAddress[]): string {
  for (const pattern of patterns) {
    const found = local.find(({ address }) => matchesAny([pattern], address))
    if (found !== undefined) return found.address
  }
  const has = local.map(({ address }) => address).join(', ')
  throw new CobnutError('CONFIG_INVALID', `no address of this machine (${has}) matches <interfaces> (${patterns.join(', ')})`)
}

const isLoopback = (host: string): boolean => /^(localhost|127(\.[\d*-]+){3}|::1)$/i.test(host)

/** Link-local IPv6 addresses are left out: they mean nothing without the interface. */
function localAddresses(): LocalAddress[] {
  const all = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  return all.filter(({ address }) => !/^fe[89ab]/i.test(address)).map(({ address, internal }) => ({ address, internal }))
}

/**
 * Addresses as configuration files write them: `10.3.10.4-18` and `10.3.*.*` for IPv4, anything else only as it stands.
 * And the entries of a member list: a host or such a pattern, with or without a port.
 */

import { isIP, isIPv4 } from 'node:net'
import { CobnutError } from '../base/errors.js'

/** Smallest and largest value of each of the four numbers. */
export type Ipv4Pattern = readonly (readonly [low: number, high: number])[]

/** Null: not four numbers, ranges or stars. */
export function ipv4Pattern(text: string): Ipv4Pattern | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const pattern: [number, number][] = []
  for (const part of parts) {
    const found = /^(?:\*|(\d{1,3})(?:-(\d{1,3}))?)$/.exec(part)
    if (found === null) return null
    const low = Number(found[1] ?? 0)
    const high = Number(found[2] ?? found[1] ?? 255)
    if (low > high || high > 255) return null
    pattern.push([low, high])
  }
  return pattern
}

export function matchesAny(patterns: readonly string[], address: string): boolean {
  return patterns.some(text => {
    const pattern = ipv4Pattern(text)
    if (pattern === null || !isIPv4(address)) return text.toLowerCase() === address.toLowerCase()
    return address.split('.').every((n, i) => Number(n) >= pattern[i]![0] && Number(n) <= pattern[i]![1])
  })
}

export function hostCount(pattern: Ipv4Pattern): number {
  return pattern.reduce((count, [low, high]) => count * (high - low + 1), 1)
}

/** Every address of the pattern, in order. The caller has looked at `hostCount`. */
export function hostsOf(pattern: Ipv4Pattern): string[] {
  let hosts = ['']
  for (const [low, high] of pattern) {
    const numbers = Array.from({ length: high - low + 1 }, (_, i) => low + i)
    hosts = hosts.flatMap(host => numbers.map(n => (host === '' ? `${n}` : `${host}.${n}`)))
  }
  return hosts
}

/** `port` null: not given. */
export interface MemberEntry {
  readonly host: string
  readonly port: number | null
}

/** `host`, `host:port`, an IPv6 address, `[v6]:port`, each IPv4 number also as a range or `*`. */
export function memberEntry(text: string): MemberEntry {
  const trimmed = text.trim()
  const found = isIP(trimmed) !== 0 ? null : /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(trimmed)
  const host = found === null ? trimmed : (found[1] ?? found[2] ?? '')
  const port = found?.[3] === undefined ? null : Number(found[3])
  const isHost = isIP(host) !== 0 || ipv4Pattern(host) !== null || (found?.[1] === undefined && isHostName(host))
  if (isHost && (port === null || (port > 0 && port <= 65_535))) return { host, port }
  const forms = 'host, host:port, [IPv6]:port, or IPv4 with ranges as in 10.3.10.4-18'
  throw new CobnutError('CONFIG_INVALID', `"${text}" in the list of members is not an address; allowed are ${forms}`)
}

/** Names of letters; what is only digits and dots would have been an address. */
const isHostName = (text: string): boolean =>
  /^(?=.{1,253}$)(?![\d.*-]+$)[a-z\d_]([\w-]*[a-z\d_])?(\.[a-z\d_]([\w-]*[a-z\d_])?)*\.?$/i.test(text)

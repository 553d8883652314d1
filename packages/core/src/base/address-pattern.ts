/**
 * Addresses as configuration files write them: `10.3.10.4-18` and `10.3.*.*` for IPv4, anything else only as it stands.
 * And the entries of a member list: a host or such a pattern, with or without a port.
 */

/** Hosts that a list may name, ranges counted one by one: each is dialled in every round of looking for others. */
export const hostsMax = 1_024

/** Smallest and largest value of each of the four numbers. */
export type Ipv4Pattern = readonly (readonly [low: number, high: number])[]

export const isIpv4 = (text: string): boolean =>
  text.split('.').length === 4 && text.split('.').every(part => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)

/** With or without a zone: `fe80::1%eth0`. */
export function isIpv6(text: string): boolean {
  const [, address = ''] = /^([\da-f:.]+)(?:%[\w.:-]+)?$/i.exec(text) ?? []
  const last = address.slice(address.lastIndexOf(':') + 1)
  // the last two groups may be written as an IPv4 address
  const plain = isIpv4(last) ? `${address.slice(0, -last.length)}0:0` : address
  const sides = plain.split('::').map(side => (side === '' ? [] : side.split(':')))
  const groups = sides.flat()
  if (!groups.every(group => /^[\da-f]{1,4}$/i.test(group))) return false
  return sides.length === 2 ? groups.length < 8 : sides.length === 1 && groups.length === 8
}

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
    if (pattern === null || !isIpv4(address)) return text.toLowerCase() === address.toLowerCase()
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

/** `host`, `host:port`, an IPv6 address, `[v6]:port`, each IPv4 number also as a range or `*`. Null: none of these. */
export function memberEntry(text: string): MemberEntry | null {
  const trimmed = text.trim()
  if (isIpv6(trimmed)) return { host: trimmed, port: null }
  const found = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(trimmed)
  if (found === null) return null
  const [, bracketed, plain = '', digits] = found
  const port = digits === undefined ? null : Number(digits)
  if (port !== null && (port < 1 || port > 65_535)) return null
  if (bracketed !== undefined) return isIpv6(bracketed) ? { host: bracketed, port } : null
  return ipv4Pattern(plain) !== null || isHostName(plain) ? { host: plain, port } : null
}

/** As a member is told to others: one host, and not "every address of this machine". */
export function ownEntry(text: string): MemberEntry | null {
  const entry = memberEntry(text)
  const means = entry !== null && !/^[0:.]+$/.test(entry.host) && (ipv4Pattern(entry.host) === null || isIpv4(entry.host))
  return means ? entry : null
}

/** Of a whole list. Entries that are none count nothing. */
export function listedHosts(entries: readonly string[]): number {
  const counts = entries.map(text => {
    const entry = memberEntry(text)
    if (entry === null) return 0
    const pattern = ipv4Pattern(entry.host)
    return pattern === null ? 1 : hostCount(pattern)
  })
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Names of letters; what is only digits and dots would have been an address. */
const isHostName = (text: string): boolean =>
  /^(?=.{1,253}$)(?![\d.*-]+$)[a-z\d_]([\w-]*[a-z\d_])?(\.[a-z\d_]([\w-]*[a-z\d_])?)*\.?$/i.test(text)

/** Texts of which more can be said than that they are texts. */

import { isPath } from '../../base/attribute-path.js'
import type { Form } from './kinds.js'

const isPort = (digits: string): boolean => Number(digits) >= 1 && Number(digits) <= 65_535
const isHost = (host: string): boolean => /^[\w.*-]+$/.test(host)
const isIpv6 = (host: string): boolean => /^[\da-f.:]+(%\w+)?$/i.test(host) && host.split(':').length > 2

export const nonEmpty: Form = { says: 'a text that is not empty', accepts: text => text !== '' }

export const attributePath: Form = {
  says: 'a path to an attribute: name, address.street, items[0].price, tags[any], __key, __key.id or this',
  accepts: isPath,
}

/** Resolved, and ranges written out, by whoever dials them. */
export const address: Form = {
  says: 'host, host:port, [IPv6] or [IPv6]:port, an IPv4 number also as a range, as in 10.3.10.4-18',
  accepts(text) {
    const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(text)
    if (bracketed !== null) return isIpv6(bracketed[1] as string) && (bracketed[2] === undefined || isPort(bracketed[2]))
    if (isIpv6(text)) return true
    const [host = '', port, more] = text.split(':')
    return isHost(host) && more === undefined && (port === undefined || (/^\d+$/.test(port) && isPort(port)))
  },
}

const isIpv4Range = (part: string): boolean => {
  const found = /^(?:\*|(\d{1,3})(?:-(\d{1,3}))?)$/.exec(part)
  if (found === null) return false
  const [low, high] = [Number(found[1] ?? 0), Number(found[2] ?? found[1] ?? 255)]
  return low <= high && high <= 255
}

export const interfacePattern: Form = {
  says: 'an address, an IPv4 number also as * or as a range: 10.3.16.* or 10.3.10.4-18',
  accepts: text => isIpv6(text) || (text.split('.').length === 4 && text.split('.').every(isIpv4Range)),
}

export const multicastGroup: Form = {
  says: 'an IPv4 address from 224.0.0.0 to 239.255.255.255',
  accepts(text) {
    const numbers = text.split('.')
    const first = Number(numbers[0])
    return numbers.length === 4 && numbers.every(n => /^\d{1,3}$/.test(n) && Number(n) <= 255) && first >= 224 && first <= 239
  },
}

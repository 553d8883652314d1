/** Texts of which more can be said than that they are texts. */

import { ipv4Pattern, isIpv6, memberEntry, ownEntry } from '../../base/address-pattern.js'
import { isPath } from '../../base/attribute-path.js'
import type { Form } from './kinds.js'

export const nonEmpty: Form = { says: 'a text that is not empty', accepts: text => text !== '' }

export const attributePath: Form = {
  says: 'a path to an attribute: name, address.street, items[0].price, tags[any], __key, __key.id or this',
  accepts: isPath,
}

/** Resolved, and ranges written out, by whoever dials them. */
export const address: Form = {
  says: 'host, host:port, [IPv6] or [IPv6]:port, an IPv4 number also as a range, as in 10.3.10.4-18',
  accepts: text => memberEntry(text) !== null,
}

export const ownAddress: Form = {
  says: 'host, host:port, [IPv6] or [IPv6]:port, as others reach it',
  accepts: text => ownEntry(text) !== null,
}

export const interfacePattern: Form = {
  says: 'an address, an IPv4 number also as * or as a range: 10.3.16.* or 10.3.10.4-18',
  accepts: text => isIpv6(text) || ipv4Pattern(text) !== null,
}

export const multicastGroup: Form = {
  says: 'an IPv4 address from 224.0.0.0 to 239.255.255.255',
  accepts(text) {
    const numbers = text.split('.')
    const first = Number(numbers[0])
    return numbers.length === 4 && numbers.every(n => /^\d{1,3}$/.test(n) && Number(n) <= 255) && first >= 224 && first <= 239
  },
}

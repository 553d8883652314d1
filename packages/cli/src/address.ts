/** `host:port` and back, with IPv6 hosts in brackets. */

import { CommandError, exitCode } from './exit.js'

export interface HostPort {
  readonly host: string
  readonly port: number
}

export const defaultPort = 5701
export const defaultAddress: HostPort = { host: '127.0.0.1', port: defaultPort }

/** The port may be left out: `127.0.0.1` means `127.0.0.1:5701`, as in Hazelcast's member lists. */
export function parseAddress(text: string): HostPort {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+))(?::(\d{1,5}))?$/.exec(text)
  const host = found?.[1] ?? found?.[2]
  const port = found?.[3] === undefined ? defaultPort : Number(found[3])
  if (host === undefined || port < 1 || port > 65_535) {
    throw new CommandError(`'${text}' is not an address: HOST:PORT is wanted, such as 127.0.0.1:5701`, {
      exitCode: exitCode.usage,
    })
  }
  return { host, port }
}

export const addressText = ({ host, port }: HostPort): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)

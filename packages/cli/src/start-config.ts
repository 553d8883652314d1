/** The flags of `cobnut start` as configuration. What a flag says wins over the file. */

import type { ConfigInput, ConfigSource } from 'cobnut'

export interface StartFlags {
  readonly config?: string
  /** A module with the application's functions. */
  readonly code?: string
  readonly port?: number
  readonly clusterName?: string
  /** HOST:PORT of members to look for. */
  readonly member?: readonly string[]
  readonly lite?: boolean
  readonly property?: Readonly<Record<string, string>>
  readonly stopWithParent?: boolean
}

/** A file, the one named or the one in the usual places, and beside it what wins over it. */
export function startConfig(flags: StartFlags): ConfigSource {
  return { ...(flags.config === undefined ? { search: true } : { file: flags.config }), ...flagsAsConfig(flags) }
}

function flagsAsConfig(flags: StartFlags): ConfigInput {
  return {
    ...(flags.clusterName === undefined ? {} : { clusterName: flags.clusterName }),
    ...(flags.lite === true ? { liteMember: true } : {}),
    ...(flags.property === undefined ? {} : { properties: flags.property }),
    ...(flags.port === undefined && flags.member === undefined ? {} : { network: networkOf(flags) }),
  }
}

/** To find members that a file may say, and that are off where they are named. */
const otherWays = {
  multicast: { enabled: false },
  autoDetection: { enabled: false },
  dns: { enabled: false },
  kubernetes: { enabled: false },
} as const

const networkOf = ({ port, member }: StartFlags): NonNullable<ConfigInput['network']> => ({
  // A port that was asked for by number is the one that is wanted: going on to the next one would surprise.
  ...(port === undefined ? {} : { port, portAutoIncrement: false }),
  ...(member === undefined ? {} : { join: { ...otherWays, tcpIp: { enabled: true, members: member } } }),
})

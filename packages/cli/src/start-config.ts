/** The flags of `cobnut start` as configuration. What a flag says wins over the file. */

import type { ConfigInput, ConfigSource } from 'cobnut'
import { addressText, parseAddress } from './address.js'

export interface StartFlags {
  readonly config?: string
  readonly port?: number
  readonly clusterName?: string
  /** HOST:PORT of members to look for. */
  readonly member?: readonly string[]
  readonly lite?: boolean
  readonly property?: Readonly<Record<string, string>>
  readonly stopWithParent?: boolean
}

/** A file, if one was named, and beside it what wins over it. */
export function startConfig(flags: StartFlags): ConfigSource {
  return flags.config === undefined ? flagsAsConfig(flags) : { file: flags.config, ...flagsAsConfig(flags) }
}

function flagsAsConfig(flags: StartFlags): ConfigInput {
  // A port that was asked for by number is the one that is wanted: going on to the next one would surprise.
  const port = flags.port === undefined ? {} : { port: flags.port, portAutoIncrement: false }
  const seeds = flags.member?.map(text => addressText(parseAddress(text)))
  const join =
    seeds === undefined
      ? {}
      : { join: { tcpIp: { enabled: true, members: seeds }, multicast: { enabled: false }, autoDetection: { enabled: false } } }
  return {
    ...(flags.clusterName === undefined ? {} : { clusterName: flags.clusterName }),
    ...(flags.lite === true ? { liteMember: true } : {}),
    ...(flags.property === undefined ? {} : { properties: flags.property }),
    network: { ...port, ...join },
  }
}

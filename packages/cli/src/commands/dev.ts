/** `cobnut dev`: a cluster on this machine and one live table of it. */

import { checkConfig, nodeConfigWorld } from 'cobnut'
import { defaultPort } from '../address.js'
import { DevSession } from '../dev-session.js'
import { startConfig } from '../start-config.js'
import type { Terminal } from '../terminal.js'

export interface DevFlags {
  readonly port?: number
  readonly clusterName?: string
  readonly config?: string
  readonly code?: string
  readonly property?: Readonly<Record<string, string>>
}

export async function dev(members: number, flags: DevFlags, terminal: Terminal): Promise<number> {
  const session = new DevSession(terminal)
  try {
    const cluster = await session.start({
      members,
      port: await firstPort(flags),
      clusterName: flags.clusterName,
      startArguments: startArguments(flags),
    })
    if (!session.isStopping) {
      session.reporter.event({
        event: 'dev.started',
        clusterName: cluster.clusterName,
        addresses: cluster.members.map(m => m.address),
      })
      session.hint([
        `Any Hazelcast client can connect: cluster '${cluster.clusterName}', ${cluster.members[0]?.address}`,
        'Ctrl-C stops all members.',
      ])
    }
    return await session.untilEnd()
  } finally {
    await session.close()
  }
}

/** As given, or as every member's configuration says. Whatever is wrong with that, the members tell. */
export async function firstPort(flags: DevFlags): Promise<number> {
  const { config } = await checkConfig(startConfig(flags), nodeConfigWorld())
  return config?.network.port ?? flags.port ?? defaultPort
}

function startArguments({ config, code, property = {} }: DevFlags): string[] {
  const given = (flag: string, value: string | undefined): string[] => (value === undefined ? [] : [flag, value])
  const properties = Object.entries(property).flatMap(([name, value]) => ['--property', `${name}=${value}`])
  return [...given('--config', config), ...given('--code', code), ...properties]
}

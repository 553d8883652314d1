/** Starts a member in this process: configuration, the real world, and the member on top. */

import type { EntryComparatorTable } from './api/comparators.js'
import type { InterceptorTable } from './api/interceptors.js'
import type { Member } from './api/member.js'
import type { EntryProcessorTable } from './api/processors.js'
import { type ConfigSource, loadConfig } from './config/index.js'
import { createHttpServer } from './http/http-server.js'
import { MemberNode } from './member/member-node.js'
import { nodeConfigWorld } from './node/config-world.js'
import { createDiscovery } from './node/discovery.js'
import { memoryOfProcess } from './node/memory.js'
import { createNodeEnv, type NodeEnvOptions } from './node/node-env.js'
import { pickAddress } from './node/pick-address.js'
import { Doorman } from './server/doorman.js'

/** Told to clients: the release of the protocol's original that this one behaves like. */
const clientVersion = '5.6.0'

export interface StartOptions extends NodeEnvOptions {
  /** Registered before the member owns anything: see `Member.registerEntryProcessor`. */
  readonly entryProcessors?: EntryProcessorTable
  /** See `Member.registerInterceptor`. */
  readonly interceptors?: InterceptorTable
  /** See `Member.registerEntryComparator`. */
  readonly comparators?: EntryComparatorTable
}

export const Cobnut = {
  /**
   * Starts a member and joins or founds a cluster; resolves when it serves.
   *
   * @param source a typed configuration, `{ file }`, or nothing: then the usual places are searched (see the reference).
   * @throws CobnutError CONFIG_INVALID with every problem in `details.problems`, JOIN_REFUSED, JOIN_TIMEOUT, ADDRESS_IN_USE.
   */
  async start(source: ConfigSource = {}, options: StartOptions = {}): Promise<Member> {
    const config = await loadConfig(source, nodeConfigWorld())
    const env = await createNodeEnv(options, config.network.tls)
    for (const { path, reason } of config.withoutEffect) env.log.info('config.withoutEffect', { path, reason })
    const discovery = createDiscovery({ network: config.network, clusterName: config.clusterName, log: env.log })
    let member: MemberNode | null = null
    const hostNames = (config.properties.get('cobnut.http.host.names') ?? '').split(',').filter(name => name !== '')
    const remoteAccess = config.knobs.httpRemoteAccess === 'true'
    // before the member: whoever asks sees one that is alive and not ready
    const doorman = new Doorman(config.security.clients, env.clock)
    const http = createHttpServer(() => member, {
      remoteAccess,
      hostNames,
      admits: (from, given) => {
        const reason = doorman.asks ? doorman.judge(from, given) : null
        if (reason !== null) env.log.warn('http.refused', { from, reason })
        return reason === null
      },
    })
    env.network.attachHttp(http)
    const close = (): void => {
      discovery.close()
      http.closeAllConnections()
    }
    try {
      member = await MemberNode.start(config, env, {
        seeds: discovery,
        version: clientVersion,
        ...pickAddress(config.network),
        memoryBytes: memoryOfProcess(),
        ...(options.entryProcessors === undefined ? {} : { entryProcessors: options.entryProcessors }),
        ...(options.comparators === undefined ? {} : { comparators: options.comparators }),
        ...(options.interceptors === undefined ? {} : { interceptors: options.interceptors }),
      })
    } catch (error) {
      close()
      throw error
    }
    member.on('stopped', close)
    return member
  },
}

/** The unmodified official clients, in the versions that are installed. */

import { createRequire } from 'node:module'
import type { Client, ClientConfig } from 'hazelcast-client'

const require = createRequire(import.meta.url)

interface Library {
  readonly Client: { newHazelcastClient(config: ClientConfig): Promise<Client> }
}

export const officialClients: readonly { readonly version: string; readonly library: Library }[] = [
  { version: '5.6.0', library: require('hazelcast-client') },
  { version: '5.7.0', library: require('hazelcast-client-57') },
]

const quiet = {
  log: () => undefined,
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  trace: () => undefined,
}

export function clientConfig(ports: readonly number[], changes: Partial<ClientConfig> = {}): ClientConfig {
  return {
    clusterName: 'dev',
    customLogger: quiet,
    ...changes,
    network: { clusterMembers: ports.map(port => `127.0.0.1:${port}`), ...changes.network },
  }
}

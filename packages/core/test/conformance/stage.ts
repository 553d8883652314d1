/** What rows are played on: a cluster, of Cobnut or of a real Hazelcast, with three clients. */

import { Client, type ClientConfig } from 'hazelcast-client'

export interface Stage {
  readonly client: Client
  readonly other: Client
  /** Has near caches for maps of kind `near`. */
  readonly cached: Client
}

export interface OpenStage extends Stage {
  close(): Promise<void>
}

export const addressesOf = ({ ports }: { readonly ports: readonly number[] }): string[] => ports.map(port => `127.0.0.1:${port}`)

/** `network` where it differs from the usual. */
export async function openStage(addresses: readonly string[], network: ClientConfig['network'] = {}): Promise<OpenStage> {
  const connect = (more: ClientConfig = {}): Promise<Client> =>
    Client.newHazelcastClient({
      ...more,
      clusterName: 'conformance',
      network: { clusterMembers: [...addresses], redoOperation: true, ...network },
      properties: { 'hazelcast.logging.level': 'OFF' },
    })
  const clients = await Promise.all([connect(), connect(), connect({ nearCaches: { 'near-*': {} } })])
  const [client, other, cached] = clients
  return {
    client,
    other,
    cached,
    async close() {
      await Promise.all(clients.map(one => one.shutdown()))
    },
  }
}

/** What rows are played on: a cluster, of Cobnut or of a real Hazelcast, with two clients. */

import { Client, type ClientConfig } from 'hazelcast-client'

export interface Stage {
  readonly client: Client
  readonly other: Client
}

export interface OpenStage extends Stage {
  close(): Promise<void>
}

export const addressesOf = ({ ports }: { readonly ports: readonly number[] }): string[] => ports.map(port => `127.0.0.1:${port}`)

/** `network` where it differs from the usual. */
export async function openStage(addresses: readonly string[], network: ClientConfig['network'] = {}): Promise<OpenStage> {
  const connect = (): Promise<Client> =>
    Client.newHazelcastClient({
      clusterName: 'conformance',
      network: { clusterMembers: [...addresses], redoOperation: true, ...network },
      properties: { 'hazelcast.logging.level': 'OFF' },
    })
  const [client, other] = await Promise.all([connect(), connect()])
  return {
    client,
    other,
    async close() {
      await Promise.all([client.shutdown(), other.shutdown()])
    },
  }
}

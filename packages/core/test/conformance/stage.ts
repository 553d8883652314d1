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

/** A client; `config` where it differs from the usual. */
const connect = (addresses: readonly string[], config: ClientConfig = {}): Promise<Client> =>
  Client.newHazelcastClient({
    clusterName: 'conformance',
    network: { clusterMembers: [...addresses], redoOperation: true },
    properties: { 'hazelcast.logging.level': 'OFF' },
    ...config,
  })

export async function openStage(addresses: readonly string[]): Promise<OpenStage> {
  const [client, other] = await Promise.all([connect(addresses), connect(addresses)])
  return {
    client,
    other,
    async close() {
      await Promise.all([client.shutdown(), other.shutdown()])
    },
  }
}

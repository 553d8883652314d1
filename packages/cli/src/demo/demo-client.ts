/**
 * What the demonstration needs of a client. It is `hazelcast-client` as it comes from npm (see scripts/hazelcast-map.mjs): this
 * package does not depend on it.
 */

export interface DemoClient {
  /** Stores a JSON value, given as its text. */
  set(map: string, key: number, json: string): Promise<void>
  /** The stored text of each key that is there, not parsed in between. */
  getAll(map: string, keys: readonly number[]): Promise<ReadonlyMap<number, string>>
  size(map: string): Promise<number>
  /** The uuid of the member that owns the key's partition, as far as this client knows. */
  ownerOf(key: number): string | null
  close(): Promise<void>
}

export interface DemoRecord {
  readonly key: number
  /** The record as JSON: what is stored, and what has to come back, byte for byte. */
  readonly json: string
}

/** Connects to the cluster through any of the addresses. */
export type ConnectDemoClient = (addresses: readonly string[], clusterName: string) => Promise<DemoClient>

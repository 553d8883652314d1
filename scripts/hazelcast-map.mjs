/** `hazelcast-client`, unmodified from npm, as the client of the demonstration. Values stay the text that they are on the wire. */

import hazelcast from 'hazelcast-client'

const { Client, HazelcastJsonValue } = hazelcast

/** @returns {Promise<import('../packages/cli/src/demo/demo-client.js').DemoClient>} */
export async function connectHazelcastClient(addresses, clusterName) {
  const client = await Client.newHazelcastClient({
    clusterName,
    network: { clusterMembers: [...addresses] },
    serialization: { jsonStringDeserializationPolicy: 'NO_DESERIALIZATION' },
    // the reasons of its retries are ours to tell
    properties: { 'hazelcast.logging.level': 'OFF' },
  })
  const partitions = client.getPartitionService()
  return {
    async set(map, key, json) {
      await (await client.getMap(map)).set(key, new HazelcastJsonValue(json))
    },
    async getAll(map, keys) {
      const entries = await (await client.getMap(map)).getAll([...keys])
      return new Map(entries.map(([key, value]) => [key, value.toString()]))
    },
    async size(map) {
      return (await client.getMap(map)).size()
    },
    ownerOf(key) {
      return partitions.getPartitionOwner(partitions.getPartitionId(key))?.toString() ?? null
    },
    close() {
      return client.shutdown()
    },
  }
}

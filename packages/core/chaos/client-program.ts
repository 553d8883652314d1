/** A client of Hazelcast in a process of its own. */

import { answerAs } from './answering.js'
import { type ChaosMap, callMap } from './messages.js'

export interface ClientSettings {
  readonly clusterName: string
  readonly addresses: readonly string[]
}

await answerAs(async () => {
  const { clusterName, addresses } = JSON.parse(process.argv[2] as string) as ClientSettings
  const { Client } = await import('hazelcast-client')
  const client = await Client.newHazelcastClient({
    clusterName,
    network: { clusterMembers: [...addresses] },
    connectionStrategy: { connectionRetry: { clusterConnectTimeoutMillis: -1 } },
    // The second leaves a millisecond for repeating a call: a repeated write may take effect twice, and the checker could not know of
    // it. So a call that loses its connection fails, with an unknown outcome. Without any time the client repeats its own
    // registrations in an endless loop while it has no connection.
    properties: { 'hazelcast.logging.level': 'OFF', 'hazelcast.client.invocation.timeout.millis': 1 },
  })
  return {
    clusterName,
    backupCount: 0,
    answer: async ask => {
      if (ask.type === 'leave') return process.exit(0)
      if (ask.type !== 'call') throw new Error(`a client cannot ${ask.type}`)
      const map = await client.getMap<string, string>(ask.map)
      const chaosMap: ChaosMap = {
        get: key => map.get(key),
        put: (key, value) => map.put(key, value, 0, 0),
        set: (key, value) => map.set(key, value, 0, 0),
        putIfAbsent: (key, value) => map.putIfAbsent(key, value, 0, 0),
        replaceIfSame: (key, expected, value) => map.replaceIfSame(key, expected, value),
        remove: key => map.remove(key) as Promise<string | null>,
      }
      return callMap(chaosMap, ask.key, ask.action)
    },
  }
})

/** An application with a Hazelcast client in a process of its own, that can be killed: locks a key, and says so. */

import { createRequire } from 'node:module'
import type { Client } from 'hazelcast-client'

const [port = '', map = '', key = ''] = process.argv.slice(2)
const library = createRequire(import.meta.url)('hazelcast-client') as { Client: typeof Client }
const client = await library.Client.newHazelcastClient({
  clusterName: 'test',
  network: { clusterMembers: [`127.0.0.1:${port}`] },
  properties: { 'hazelcast.logging.level': 'OFF' },
})
await (await client.getMap(map)).lock(key)
process.send?.('locked')
// it must not outlive the test that started it
process.on('disconnect', () => process.exit(0))

/** A process with two fake members below it, to be killed: prints their process ids and waits. */

import { fileURLToPath } from 'node:url'
import { DevCluster } from '../src/dev-cluster.js'

const program = [process.execPath, fileURLToPath(new URL('fake-member.js', import.meta.url))] as const
const cluster = await DevCluster.spawn({ members: 2, port: 0, clusterName: 'fakes', program })
await cluster.started()
for (const { pid } of cluster.members) process.stdout.write(`${JSON.stringify({ event: 'member', pid })}\n`)

/** Records what `hazelcast-client` says: plays the conformance suite through a proxy, and keeps a few messages of every type. */

import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { mapsXml } from '../conformance/maps.js'
import { Play } from '../conformance/play.js'
import { expectationOf } from '../conformance/row.js'
import { type NamedRow, rowsFor } from '../conformance/rows/index.js'
import { openStage } from '../conformance/stage.js'
import { TestCluster } from '../integration/test-cluster.js'
import { conversationFile, MessageCutter, PROTOCOL } from './conversation.js'

const LOGIN = 0x0100
const OF_ONE_TYPE_MAX = 4
const BYTES_MAX = 600

export async function record(): Promise<void> {
  const cluster = await TestCluster.start({ xml: mapsXml, members: 1, clusterName: 'conformance' })
  const byType = new Map<number, Map<string, Buffer>>()
  const keep = (message: Buffer): void => {
    const type = message.readInt32LE(6)
    const copy = Buffer.from(message)
    copy.fill(0, 10, 18)
    const kept = byType.get(type) ?? new Map<string, Buffer>()
    byType.set(type, kept)
    // those of one type differ in their shape, for which their length has to stand
    if (copy.length <= BYTES_MAX && kept.size < OF_ONE_TYPE_MAX) kept.set(String(copy.length), copy)
  }
  const proxy = createServer(client => {
    const member = connect(cluster.ports[0] as number, '127.0.0.1')
    let skip = PROTOCOL.length
    const cutter = new MessageCutter(keep)
    client.on('data', chunk => {
      cutter.push(chunk.subarray(skip))
      skip = Math.max(0, skip - chunk.length)
      member.write(chunk)
    })
    member.on('data', chunk => client.write(chunk))
    for (const [one, other] of [
      [client, member],
      [member, client],
    ] as const) {
      one.on('close', () => other.destroy())
      one.on('error', () => undefined)
    }
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as { port: number }
  const stage = await openStage([`127.0.0.1:${port}`], { smartRouting: false })
  const play = async ({ row, map }: NamedRow): Promise<void> =>
    (await Play.prepare(row, map, stage, { listen: true })).act(expectationOf(row, 'cobnut'))
  for (const rows of inBatches(rowsFor('cobnut'))) await Promise.all(rows.map(play))
  await stage.close()
  proxy.close()
  await cluster.close()
  const sorted = [...byType].sort(([a], [b]) => a - b)
  const logins = [...(byType.get(LOGIN)?.values() ?? [])].slice(0, 1)
  const lines = [...logins, ...sorted.flatMap(([, kept]) => [...kept.values()])].map(message => message.toString('hex'))
  writeFileSync(conversationFile, `${lines.join('\n')}\n`)
}

/** Rows that are played beside each other. */
const BATCH_ROWS = 32

function* inBatches<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += BATCH_ROWS) yield all.slice(from, from + BATCH_ROWS)
}

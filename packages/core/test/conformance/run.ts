/** Plays rows against a cluster and prints every difference; what `npm run conformance` runs. */

import { parseArgs } from 'node:util'
import { TestCluster } from '../integration/test-cluster.js'
import { HazelcastCluster } from './hazelcast-cluster.js'
import { mapsXml } from './maps.js'
import { Play } from './play.js'
import { expectationOf } from './row.js'
import { rowsFor } from './rows/index.js'
import { addressesOf, openStage, type Stage } from './stage.js'

const atOnce = 16

const { values, positionals } = parseArgs({
  options: { against: { type: 'string', default: 'cobnut' }, members: { type: 'string', default: '1' } },
  allowPositionals: true,
})
const against = values.against === 'hazelcast' ? 'hazelcast' : 'cobnut'

async function start(members: number): Promise<{ addresses: string[]; close(): Promise<void> }> {
  if (against === 'hazelcast') return HazelcastCluster.start(process.env.HAZELCAST_JAR ?? '', members, mapsXml)
  const cluster = await TestCluster.start({ xml: mapsXml, members, clusterName: 'conformance' })
  return { addresses: addressesOf(cluster), close: () => cluster.close() }
}

async function playAll(stage: Stage): Promise<{ played: number; different: number }> {
  const queue = rowsFor(against).filter(({ title }) => positionals.length === 0 || positionals.some(word => title.includes(word)))
  const played = queue.length
  let different = 0
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { row, map, title } = next
      try {
        await (await Play.prepare(row, map, stage, { listen: true })).act(expectationOf(row, against))
      } catch (error) {
        different++
        console.log(`✖ ${title}\n${(error as Error).message}\n`)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return { played, different }
}

const cluster = await start(Number(values.members))
try {
  const stage = await openStage(cluster.addresses)
  const { played, different } = await playAll(stage)
  console.log(`${played} rows against ${against}, ${different} different`)
  process.exitCode = different === 0 && played > 0 ? 0 : 1
  await stage.close()
} finally {
  await cluster.close()
}

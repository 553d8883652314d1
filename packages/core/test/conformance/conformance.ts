/** All rows as tests, played beside each other on one cluster. */

import { after, before, describe, it } from 'node:test'
import { TestCluster } from '../integration/test-cluster.js'
import { mapsXml } from './maps.js'
import { Play } from './play.js'
import { expectationOf } from './row.js'
import { rowsFor } from './rows/index.js'
import { addressesOf, type OpenStage, openStage } from './stage.js'

/** Rows under way at once: some wait for an entry to expire. */
const ATONCE = 24

export function describeConformance(members: number): void {
  describe(`a cluster of ${members} through hazelcast-client`, { concurrency: ATONCE }, () => {
    let cluster: TestCluster
    let stage: OpenStage
    before(async () => {
      cluster = await TestCluster.start({ xml: mapsXml, members, clusterName: 'conformance' })
      stage = await openStage(addressesOf(cluster))
    })
    after(async () => {
      await stage?.close()
      await cluster?.close()
    })
    for (const { row, map, title } of rowsFor('cobnut')) {
      it(title, async () => {
        await (await Play.prepare(row, map, stage, { listen: true })).act(expectationOf(row, 'cobnut'))
      })
    }
  })
}

/**
 * Conformance while members come and go: every row has its state from before a member is killed, and its call comes after, in
 * the first half at once after the kill, in the second while another member joins.
 */

import { after, before, describe, it } from 'node:test'
import { TestCluster, type TestMember } from '../integration/test-cluster.js'
import { mapsXml } from './maps.js'
import { Play } from './play.js'
import { expectationOf } from './row.js'
import { rowsFor } from './rows/index.js'
import { addressesOf, type OpenStage, openStage } from './stage.js'

describe('a cluster that loses a member and gets another', () => {
  const rows = rowsFor('cobnut').filter(({ row }) => row.calm !== true)
  const half = Math.ceil(rows.length / 2)
  const plays = new Map<string, Play>()
  let cluster: TestCluster
  let stage: OpenStage
  let joining: Promise<unknown> = Promise.resolve()

  before(async () => {
    cluster = await TestCluster.start({ xml: mapsXml, clusterName: 'conformance' })
    stage = await openStage(addressesOf(cluster))
    const prepare = async ({ row, map }: (typeof rows)[number]): Promise<void> => {
      plays.set(map, await Play.prepare(row, map, stage, { listen: false }))
    }
    await Promise.all(rows.map(prepare))
    await cluster.kill(cluster.members[1] as TestMember)
  })
  after(async () => {
    await joining
    await stage?.close()
    await cluster?.close()
  })

  const play = (part: readonly (typeof rows)[number][]): void => {
    for (const { row, map, title } of part) it(title, async () => plays.get(map)?.act(expectationOf(row, 'cobnut')))
  }
  describe('after the loss', { concurrency: 24 }, () => play(rows.slice(0, half)))
  describe('while a member joins', { concurrency: 24 }, () => {
    before(() => {
      joining = cluster.add()
    })
    play(rows.slice(half))
  })
  it('and settles', async () => {
    await joining
    await cluster.settled(60_000)
  })
})

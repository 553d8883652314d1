/** Puts a data set into a map, and compares what the map holds with it. */

import type { DemoClient, DemoRecord } from './demo-client.js'
import { eachInFlight } from './in-flight.js'

/** Calls outstanding: enough to keep all members busy, few enough to answer within milliseconds. */
const inFlightMax = 128
/** Keys asked for in one call, and such calls outstanding. */
const batchSize = 500
const batchesInFlightMax = 4

export type OnProgress = (done: number) => void

/** Resolves when every record is acknowledged: when its synchronous backups have it. */
export async function load(
  client: DemoClient,
  map: string,
  records: readonly DemoRecord[],
  onProgress: OnProgress,
): Promise<void> {
  let done = 0
  await eachInFlight(records, inFlightMax, async ({ key, json }) => {
    await client.set(map, key, json)
    onProgress(++done)
  })
}

export interface Comparison {
  /** What the map says it holds. */
  readonly entries: number
  readonly lost: number
  readonly changed: number
}

export async function compare(
  client: DemoClient,
  map: string,
  records: readonly DemoRecord[],
  onProgress: OnProgress,
): Promise<Comparison> {
  const found = { lost: 0, changed: 0 }
  let done = 0
  await eachInFlight(batches(records), batchesInFlightMax, async batch => {
    const values = await client.getAll(
      map,
      batch.map(({ key }) => key),
    )
    for (const { key, json } of batch) {
      const value = values.get(key)
      if (value === undefined) found.lost++
      else if (value !== json) found.changed++
    }
    done += batch.length
    onProgress(done)
  })
  return { entries: await client.size(map), ...found }
}

function batches<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / batchSize) }, (_, i) => items.slice(i * batchSize, (i + 1) * batchSize))
}

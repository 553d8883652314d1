import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compare, load } from '../src/demo/data-set.js'
import type { DemoClient, DemoRecord } from '../src/demo/demo-client.js'
import { eachInFlight } from '../src/demo/in-flight.js'
import { progressLine, sparingly } from '../src/demo/progress.js'
import { isProven } from '../src/demo/proof.js'

test('never more calls in flight than allowed, and every item once', async () => {
  const seen: number[] = []
  let inFlight = 0
  let most = 0
  await eachInFlight([...Array(50).keys()], 7, async item => {
    most = Math.max(most, ++inFlight)
    await new Promise(resume => setImmediate(resume))
    seen.push(item)
    inFlight--
  })
  assert.equal(most, 7)
  assert.deepEqual(
    seen.sort((a, b) => a - b),
    [...Array(50).keys()],
  )
  await eachInFlight([], 7, () => assert.fail('there is nothing to run'))
})

test('the first failure ends it, after what is under way', async () => {
  let finished = 0
  const run = async (item: number): Promise<void> => {
    await new Promise(resume => setImmediate(resume))
    if (item === 3) throw new Error('three')
    finished++
  }
  await assert.rejects(eachInFlight([...Array(100).keys()], 5, run), /three/)
  assert.ok(finished < 15, `${finished} calls although one had failed`)
})

class MemoryClient implements DemoClient {
  readonly map = new Map<number, string>()

  async set(_map: string, key: number, json: string): Promise<void> {
    this.map.set(key, json)
  }

  async getAll(_map: string, keys: readonly number[]): Promise<Map<number, string>> {
    return new Map(keys.flatMap(key => (this.map.has(key) ? [[key, this.map.get(key) as string]] : [])))
  }

  size = async (): Promise<number> => this.map.size
  ownerOf = (): null => null
  close = async (): Promise<void> => {}
}

const records: DemoRecord[] = Array.from({ length: 1_234 }, (_, key) => ({ key, json: JSON.stringify({ key, name: `n${key}` }) }))
const proofOf = (comparison: Awaited<ReturnType<typeof compare>>): boolean =>
  isProven({ ...comparison, failoverMs: 1, restoredMs: 1 }, records.length)

test('the comparison finds what is lost, changed, and too much', async () => {
  const client = new MemoryClient()
  const progress: number[] = []
  await load(client, 'm', records, done => progress.push(done))
  assert.equal(progress.at(-1), records.length)
  const whole = await compare(client, 'm', records, () => {})
  assert.deepEqual(whole, { entries: 1_234, lost: 0, changed: 0 })
  assert.ok(proofOf(whole))

  client.map.delete(7)
  client.map.set(8, '{"key":8, "name":"n8"}')
  const damaged = await compare(client, 'm', records, () => {})
  assert.deepEqual(damaged, { entries: 1_233, lost: 1, changed: 1 }, 'a space more is a change')
  assert.ok(!proofOf(damaged))

  await load(client, 'm', records, () => {})
  client.map.set(-1, 'nobody put this')
  assert.ok(!proofOf(await compare(client, 'm', records, () => {})))
})

test('progress is a line', () => {
  assert.equal(progressLine('loading', 0, 100, 0), `loading  ${'░'.repeat(24)} 0 of 100`)
  assert.equal(
    progressLine('loading', 500, 1_000, 2_000),
    `loading  ${'█'.repeat(12)}${'░'.repeat(12)} 500 of 1,000  250/s  2.0 s left`,
  )
  assert.equal(progressLine('loading', 1_000, 1_000, 4_000), `loading  ${'█'.repeat(24)} 1,000 of 1,000  250/s`)
})

test('progress is told sparingly, its end always', () => {
  const said: number[] = []
  const on = sparingly(3_600_000, 10, done => said.push(done))
  for (let done = 1; done <= 10; done++) on(done)
  assert.deepEqual(said, [10])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cluster } from '../../../sim/cluster.js'
import { History } from '../../../sim/history.js'
import { Listening } from '../../../sim/listening.js'
import type { SubjectMember } from '../../../sim/subject.js'
import { World } from '../../../sim/world.js'
import type { EntryEvent, EntryListener } from '../../../src/api/map.js'
import { CobnutError } from '../../../src/base/errors.js'

/** One listener at one member, two writes one after the other, and what the listener is told of them. */
async function hearing(told: readonly (readonly [value: string, owner: string])[]): Promise<string[]> {
  const world = new World(1)
  const host = world.host('m1')
  const listeners: EntryListener<string, string>[] = []
  const map = { addEntryListener: async (listener: EntryListener<string, string>) => void listeners.push(listener) }
  const seats = [{ host, member: { map: () => map } as unknown as SubjectMember }]
  const cluster = { world, seats, running: () => seats } as unknown as Cluster
  const listening = new Listening(cluster, 'm', world.random)
  listening.start(1)
  await world.run(10)
  const history = new History()
  for (const value of ['v1', 'v2']) {
    const call = history.ask('c', 'k', { name: 'set', value }, world.nowMs)
    await world.run(10)
    history.ok(call, undefined, world.nowMs)
  }
  for (const [value, memberId] of told) {
    const event: EntryEvent<string, string> = { type: 'added', mapName: 'm', key: 'k', value, oldValue: undefined, memberId }
    listeners[0]?.added?.(event)
  }
  return listening.check(history, { fromMs: 5, untilMs: world.nowMs }).map(({ text }) => text)
}

test('everything once and in order is as promised, and so is what a new owner tells again', async () => {
  assert.deepEqual(
    await hearing([
      ['v1', 'a'],
      ['v2', 'a'],
    ]),
    [],
  )
  assert.deepEqual(
    await hearing([
      ['v1', 'a'],
      ['v2', 'a'],
      ['v1', 'b'],
      ['v2', 'b'],
    ]),
    [],
  )
})

test('what is missing, told twice, out of order or made up is found', async () => {
  assert.match((await hearing([['v2', 'a']]))[0] ?? '', /was not told of k = v1/)
  assert.match(
    (
      await hearing([
        ['v1', 'a'],
        ['v1', 'a'],
        ['v2', 'a'],
      ])
    )[0] ?? '',
    /told twice/,
  )
  assert.match(
    (
      await hearing([
        ['v2', 'a'],
        ['v1', 'a'],
      ])
    )[0] ?? '',
    /told k = v2 before v1/,
  )
  assert.match(
    (
      await hearing([
        ['v1', 'a'],
        ['v2', 'a'],
        ['v9', 'a'],
      ])
    )[0] ?? '',
    /nobody wrote/,
  )
})

test('a listener whose member stops before all have heard of it looks for a member again', async () => {
  const world = new World(1)
  const answers = [new CobnutError('MEMBER_STOPPED'), new CobnutError('NO_LEADER'), null]
  let asked = 0
  const addEntryListener = async (): Promise<void> => {
    const error = answers[asked++]
    if (error != null) throw error
  }
  const seats = [{ host: world.host('m1'), member: { map: () => ({ addEntryListener }) } as unknown as SubjectMember }]
  const listening = new Listening({ world, seats, running: () => seats } as unknown as Cluster, 'm', world.random)
  listening.start(1)
  await world.run(1000)
  assert.equal(asked, 3)
})

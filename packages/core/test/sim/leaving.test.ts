/** A member that is told to leave, and then told again, or told to stop at once. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DividedWorld, keys, type Player } from './divided-world.js'

const entries = keys.map(key => [key, 'before'] as const)

/** Two members that each hold what the other one does not. */
async function two(seed: number): Promise<{ play: DividedWorld; a: Player; b: Player }> {
  const play = new DividedWorld(seed)
  await play.start(2, 'strict', 'PutIfAbsentMergePolicy', 0)
  const [a, b] = play.players as [Player, Player]
  await play.set(a, entries)
  return { play, a, b }
}

test('a second shutdown waits for the first one, and both say that everything was handed over', async () => {
  const { play, a, b } = await two(71)
  const leave = (): Promise<{ handedOver: boolean }> => play.call(b, member => member.shutdown())
  assert.deepEqual(await Promise.all([leave(), leave()]), [{ handedOver: true }, { handedOver: true }])
  assert.deepEqual(await leave(), { handedOver: true })
  assert.equal(b.member.state, 'stopped')
  const found = await play.call(a, member => member.getMap<string, string>('m').getAll(keys))
  assert.deepEqual(new Map(found), new Map(entries))
})

test('terminate ends a shutdown that waits for another member, and nothing of it is left', async () => {
  const { play, a, b } = await two(72)
  a.host.pause()
  const leaving = play.call(b, member => member.shutdown())
  await play.until(() => b.member.state === 'leaving', 'it does not leave')
  await play.call(b, member => member.terminate())
  assert.deepEqual(await leaving, { handedOver: false })
  await play.world.run(1_000)
  assert.deepEqual(
    play.world.leaks().filter(leak => leak.startsWith('m2')),
    [],
  )
})

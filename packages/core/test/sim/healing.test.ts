/** TCP tries again what met a cut as late after the healing as the cut was long, at most two minutes. Members do not wait for that. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DividedWorld, keys, type Player } from './divided-world.js'

const cutMs = 60_000
const wholeWithinMs = 10_000

async function begun(seed: number): Promise<{ play: DividedWorld; a: Player; b: Player; c: Player }> {
  const play = new DividedWorld(seed, { retransmitMaxMs: 120_000 })
  await play.start(3, 'strict', 'DiscardMergePolicy')
  // the leader is the first one
  const isOther = ({ member }: Player): boolean => member.id !== member.status().coordinator
  const [a, b, c] = play.players.toSorted((x, y) => Number(isOther(x)) - Number(isOther(y))) as [Player, Player, Player]
  await play.set(a, [['k0', 'before']])
  return { play, a, b, c }
}

async function mended({ play, b }: Awaited<ReturnType<typeof begun>>): Promise<void> {
  play.heal()
  const healedMs = play.world.nowMs
  assert.ok(await play.world.runUntil(() => play.isWhole(), wholeWithinMs), play.describe())
  for (const key of keys) await play.set(b, [[key, 'after']])
  assert.ok(play.world.nowMs - healedMs < wholeWithinMs, `${play.world.nowMs - healedMs} ms`)
}

for (const seed of [1, 2, 3]) {
  test(`seed ${seed}: after a minute in which nobody reached anybody the cluster is whole within seconds`, async () => {
    const begin = await begun(seed)
    const { play, a, b, c } = begin
    play.divide([a], [b], [c])
    await play.world.run(cutMs)
    assert.deepEqual(
      play.players.map(({ member }) => member.members().length),
      [3, 3, 3],
    )
    await mended(begin)
  })

  test(`seed ${seed}: after a minute in which two did not reach each other they work together within seconds`, async () => {
    const begin = await begun(seed)
    const { play, b, c } = begin
    play.divide([b], [c])
    await play.world.run(cutMs)
    await mended(begin)
  })
}

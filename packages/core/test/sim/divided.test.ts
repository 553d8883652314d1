/** With `cobnut.consistency` = available both sides of a divided cluster go on, and become one again by the merge policies. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MergePolicyName } from '../../src/api/config.js'
import { isCobnutError } from '../../src/base/errors.js'
import { DividedWorld, keys, type Player } from './divided-world.js'

const of = (from: number, to: number, value: string): [string, string][] => keys.slice(from, to).map(key => [key, value])

/** Five members: three keep the quorum, two do not. */
async function divided(seed: number, policy: MergePolicyName): Promise<{ play: DividedWorld; many: Player; few: Player }> {
  const play = new DividedWorld(seed)
  await play.start(5, 'available', policy, 2)
  const [a, b, c, d, e] = play.players as [Player, Player, Player, Player, Player]
  await play.set(a, of(0, 40, 'before'))
  const few = seed % 2 === 0 ? [a, b] : [d, e]
  const many = seed % 2 === 0 ? [c, d, e] : [a, b, c]
  play.divide(many, few)
  const isForked = ({ member }: Player): boolean => member.status().fork !== null
  await play.until(() => few.every(isForked) && many.every(p => p.member.members().length === 3), 'nobody went on')
  assert.ok(!many.some(isForked))
  assert.ok(few.every(({ member }) => member.members().length === 2))
  return { play, many: many[0] as Player, few: few[0] as Player }
}

/** What the sides write: the few change 0 to 20 and 50 to 60 and remove 20 to 25, the many change 10 to 30. */
async function writeApart({ play, many, few }: Awaited<ReturnType<typeof divided>>): Promise<readonly string[]> {
  await play.set(many, of(10, 30, 'many'))
  await play.set(few, [...of(0, 20, 'few'), ...of(50, 60, 'few')])
  // of partitions that none of the few had a copy of there was nothing to remove
  const held = await play.call(few, member => member.getMap<string, string>('m').getAll(keys.slice(20, 25)))
  await play.remove(few, keys.slice(20, 25))
  return keys.slice(20, 25).filter(key => !held.has(key))
}

async function healed(play: DividedWorld): Promise<Record<string, string>> {
  let merged = 0
  const conflicts: string[] = []
  for (const { member } of play.players) {
    member.on('merged', () => merged++)
    member.on('mergeConflict', ({ key, kept }) => conflicts.push(`${String(key)} ${kept}`))
  }
  play.heal()
  await play.until(() => merged === 2 && play.isWhole(), 'the sides did not become one')
  const noted = play.players.flatMap(({ member }) => member.admin.conflicts())
  assert.deepEqual(noted.map(({ key, kept }) => `${String(key)} ${kept}`).sort(), conflicts.sort())
  assert.equal(
    play.players.reduce((sum, { member }) => sum + member.status().conflicts, 0),
    conflicts.length,
  )
  return play.read()
}

const sorted = (entries: Iterable<readonly [string, string]>): Record<string, string> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))

/** By policy, in the order of the keys: 0 to 10, 10 to 20, 20 to 25, 25 to 30, 30 to 40, and 50 to 60. '' = removed. */
const ends: readonly (readonly [MergePolicyName, readonly [string, string, string, string, string, string]])[] = [
  ['PutIfAbsentMergePolicy', ['before', 'many', 'many', 'many', 'before', 'few']],
  ['PassThroughMergePolicy', ['few', 'few', '', 'many', 'before', 'few']],
  ['DiscardMergePolicy', ['before', 'many', 'many', 'many', 'before', '']],
  ['LatestUpdateMergePolicy', ['few', 'few', '', 'many', 'before', 'few']],
]

for (const [i, [policy, expected]] of ends.entries()) {
  for (const seed of [2 * i + 1, 2 * i + 2]) {
    test(`seed ${seed}: three of five go on, two fork, and ${policy} decides when they meet`, async () => {
      const apart = await divided(seed, policy)
      const notHeld = await writeApart(apart)
      const ranges = [
        [0, 10],
        [10, 20],
        [20, 25],
        [25, 30],
        [30, 40],
        [50, 60],
      ] as const
      const entries = ranges.flatMap(([from, to], n) => of(from, to, expected[n] as string))
      const kept = entries.map(([key, value]) => [key, notHeld.includes(key) ? 'many' : value] as const)
      const isThere = ([, value]: readonly [string, string]): boolean => value !== ''
      assert.deepEqual(await healed(apart.play), sorted(kept.filter(isThere)))
    })
  }
}

test('with strict consistency the smaller side answers nothing, and has forgotten nothing afterwards', async () => {
  const play = new DividedWorld(31)
  await play.start(5, 'strict', 'PassThroughMergePolicy', 2)
  const [a, b, c, d, e] = play.players as [Player, Player, Player, Player, Player]
  await play.set(a, of(0, 40, 'before'))
  play.divide([a, b, c], [d, e])
  await play.until(() => [a, b, c].every(p => p.member.members().length === 3), 'nobody was removed')
  await play.world.run(10_000)
  const refusal = play.call(d, member => member.getMap('m').set('k0', 'few'))
  await assert.rejects(refusal, error => isCobnutError(error) && error.outcome !== 'applied')
  assert.equal(d.member.status().fork, null)
  await play.set(a, of(10, 30, 'many'))
  const ids = play.players.map(({ member }) => member.id)
  play.heal()
  await play.until(() => play.isWhole(), 'they did not come back')
  assert.deepEqual(
    play.players.map(({ member }) => member.id),
    ids,
  )
  assert.deepEqual(await play.read(), sorted([...of(0, 10, 'before'), ...of(10, 30, 'many'), ...of(30, 40, 'before')]))
})

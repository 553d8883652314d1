/** With `cobnut.consistency` = available both sides of a divided cluster go on, and become one again by the merge policies. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GroupView } from '../../src/api/admin.js'
import type { MergePolicyName } from '../../src/api/config.js'
import { isCobnutError } from '../../src/base/errors.js'
import { Prng } from '../../src/base/prng.js'
import type { Env } from '../../src/env/env.js'
import { DividedWorld, keys, type Player } from './divided-world.js'

const of = (from: number, to: number, value: string): [string, string][] => keys.slice(from, to).map(key => [key, value])

const isOnlyAt = ({ owner, inSyncBackups }: GroupView, players: readonly Player[]): boolean =>
  [owner, ...inSyncBackups].every(id => players.some(({ member }) => member.id === id))

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

test('a fork says what it is, and maps and listeners of its application outlive it', async () => {
  const { play, many, few } = await divided(41, 'PassThroughMergePolicy')
  const heard: string[] = []
  const map = few.member.getMap<string, string>('m')
  await play.call(few, () => map.addEntryListener({ added: ({ key }) => heard.push(key) }))
  const modes: string[] = []
  await play.call(few, () => map.put('k50', 'few', { onDurable: ({ mode }) => modes.push(mode) }))
  await play.call(many, member => member.getMap('m').put('k51', 'many', { onDurable: ({ mode }) => modes.push(mode) }))
  assert.deepEqual(modes, ['fork', 'strict'])
  const checkups = [few, many].map(({ member }) => member.admin.checkup())
  assert.deepEqual(
    checkups.map(({ fork }) => fork),
    [true, false],
  )
  const id = few.member.id
  await healed(play)
  assert.notEqual(few.member.id, id)
  await play.set(many, [['k52', 'many']])
  await play.until(() => heard.includes('k52'), 'the listener heard nothing')
  assert.ok(heard.includes('k50') && !heard.includes('k51'))
  assert.equal(await play.call(few, () => map.get('k51')), 'many')
})

test('where no side keeps a quorum the largest goes on, and what only another one had of a partition is not lost', async () => {
  const play = new DividedWorld(52)
  await play.start(5, 'available', 'DiscardMergePolicy')
  const [a, b, c, d, e] = play.players as [Player, Player, Player, Player, Player]
  await play.set(a, of(0, 60, 'before'))
  await play.world.run(1_000)
  play.divide([a, b], [c, d], [e])
  await play.until(() => play.players.every(({ member }) => member.status().fork !== null), 'not everybody went on')
  const [first, second, third] = [a, c, e].map(({ member }) => member.status().clusterId) as [string, string, string]
  play.heal()
  await play.until(() => play.isWhole(), 'the sides did not become one')
  await play.world.run(5_000)
  const { clusterId } = a.member.status()
  assert.ok(clusterId === [first, second].sort()[0] && clusterId !== third)
  assert.deepEqual(await play.read(), sorted(of(0, 60, 'before')))
})

test('while those who hold a partition on the side with the quorum stand still, nobody who comes begins it anew', async () => {
  const play = new DividedWorld(52)
  await play.start(7, 'available', 'PutIfAbsentMergePolicy')
  const [a, b, c, d, ...few] = play.byAge() as [Player, Player, Player, Player, ...Player[]]
  await play.set(a, of(0, 60, 'before'))
  play.divide([a, b, c, d], few)
  await play.until(() => few.every(({ member }) => member.status().fork !== null), 'nobody forked')
  await play.until(() => a.member.members().length === 4 && a.member.status().groups.underReplicated === 0, 'copies are missing')
  const group = a.member.admin.groups('m').find(view => isOnlyAt(view, [c, d]))?.group
  assert.ok(group !== undefined, 'the two hold nothing together')
  const places = await play.call(a, m => Promise.all(keys.map(async key => [key, await m.getMap('m').whereIs(key)] as const)))
  const held = places.filter(([, view]) => view.group === group).map(([key]) => [key, 'many'] as const)
  assert.ok(held.length > 0)
  await play.set(a, held)
  await play.set(few[0] as Player, of(0, 60, 'few'))

  for (const { host } of [c, d]) host.pause()
  await play.until(() => a.member.members().length === 2, 'the two were not removed')
  let merged = 0
  for (const { member } of few) member.on('merged', () => merged++)
  play.heal()
  await play.until(() => a.member.members().length === 5, 'the few did not come')
  await play.world.run(3_000)
  const status = (): unknown => a.member.admin.groups('m').find(view => view.group === group)?.status
  assert.equal(status(), 'unavailable')
  assert.ok(merged < few.length)

  for (const { host } of [c, d]) host.resume()
  await play.until(() => merged === few.length && play.isWhole(), 'the sides did not become one')
  assert.equal(status(), 'ok')
  const found = await play.read()
  assert.equal(Object.keys(found).length, 60)
  for (const [key, value] of held) assert.equal(found[key], value)
})

for (const crashes of [false, true]) {
  const also = crashes ? ', when one of its members has died there' : ', also those without entries'
  test(`partitions that only the side that gave way had copies of are served again${also}`, async () => {
    const play = new DividedWorld(53)
    await play.start(5, 'available', 'PutIfAbsentMergePolicy')
    const [first] = play.byAge()[0]?.member.admin.groups() ?? []
    const isHolder = ({ member }: Player): boolean => [first?.owner, ...(first?.inSyncBackups ?? [])].some(id => id === member.id)
    const few = play.byAge().filter(isHolder)
    const many = play.byAge().filter(player => !isHolder(player))
    assert.deepEqual([few.length, many.length], [2, 3])
    play.divide(many, few)
    await play.until(() => few.every(({ member }) => member.status().fork !== null), 'nobody forked')
    await play.until(() => many.every(({ member }) => member.members().length === 3), 'nobody was removed')
    if (crashes) {
      await play.until(() => few.every(({ member }) => member.isSafe()), 'copies are missing')
      await play.world.run(1_000)
      few[1]?.host.crash()
      play.players = play.players.filter(player => player !== few[1])
      await play.until(() => few[0]?.member.members().length === 1, 'the dead one was not removed')
    }
    play.heal()
    await play.until(() => play.isWhole(), 'the sides did not become one')
    assert.ok(many[0]?.member.admin.groups().every(({ status }) => status === 'ok'))
  })
}

test('what the founder says of consistency counts, and who differs is told', async () => {
  const play = new DividedWorld(45)
  await play.start(3, ['strict', 'available', 'available'], 'PutIfAbsentMergePolicy')
  const [a, b, c] = play.players as [Player, Player, Player]
  assert.ok(play.differs.length === 1 || play.differs.length === 2)
  play.divide([a], [b], [c])
  await play.world.run(20_000)
  const forked = play.players.filter(({ member }) => member.status().fork !== null).length
  // two of three files differ from that of a strict founder, one from that of another one
  assert.equal(forked, play.differs.length === 2 ? 0 : 3)
})

test('a fork whose other sides are gone for good becomes a cluster as any other', async () => {
  const { play, few } = await divided(43, 'PutIfAbsentMergePolicy')
  const { clusterId } = few.member.status()
  await play.call(few, member => member.admin.takeLead({ acceptDataLoss: true }))
  play.heal()
  await play.world.run(15_000)
  const sides = play.players.map(({ member }) => member.status())
  assert.deepEqual(
    sides.map(({ fork, members }) => [fork, members.length]),
    [3, 3, 3, 2, 2].map(members => [null, members]),
  )
  assert.equal(few.member.status().clusterId, clusterId)
})

for (const seed of [61, 62]) {
  test(`seed ${seed}: divided again and again under load, the sides become one, and no key is lost`, async () => {
    const play = new DividedWorld(seed)
    const random = new Prng(seed)
    await play.start(2 + (seed % 4), 'available', 'PassThroughMergePolicy')
    const [first] = play.players as [Player]
    await play.set(first, of(0, 60, 'before'))
    let isOver = false
    for (const [i, { host, member }] of play.players.entries()) {
      const map = member.getMap<string, string>('m')
      const write = async (env: Env): Promise<void> => {
        for (let n = 0; !isOver; n++) {
          await map.set(keys[(7 * n + i) % keys.length] as string, `${i} ${n}`, { timeoutMs: 2_000 }).catch(() => undefined)
          await new Promise<void>(resume => env.clock.after(20, resume))
        }
      }
      void host.start(write)
    }
    for (let round = 0; round < 4; round++) {
      const sides: Player[][] = [[], [], []]
      for (const player of play.players) sides[random.below(3)]?.push(player)
      play.divide(...sides)
      await play.world.run(500 + random.below(16_000))
      play.heal()
      await play.world.run(random.below(9_000))
    }
    isOver = true
    await play.until(() => play.isWhole(), 'the sides did not become one')
    await play.world.run(8_000)
    assert.deepEqual(Object.keys(await play.read()), [...keys].sort())
    assert.deepEqual(play.errors, [])
  })
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

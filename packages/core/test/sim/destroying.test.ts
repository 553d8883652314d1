/** A map that is destroyed while others use it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ThreeMembers } from './three-members.js'

test('once a map is destroyed, no owner that has not heard of it acknowledges what is then lost', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const play = await new ThreeMembers(seed).begin({})
    const { owner, copy, world } = play
    const third = play.places.find(place => place !== owner && place !== copy)
    const link = world.network.link(third?.host.name ?? '', owner.host.name)
    for (let i = 0; i < 5; i++) {
      // where the third one leads, the owner hears last of what was decided
      link.slowDown(50)
      await play.at(copy, m => m.getMap('m').destroy())
      await play.at(owner, m => m.getMap('m').set('key', i))
      link.slowDown(1)
      await world.run(1_000)
      assert.equal(await play.at(copy, m => m.getMap('m').get('key')), i, `seed ${seed}`)
    }
  }
})

test('calls that are under way while maps of their name are destroyed come to an end, each done once', async () => {
  const play = await new ThreeMembers(6).begin({})
  const [first, ...others] = play.places
  assert.ok(first !== undefined)
  let isOver = false
  const calls = others.map(place =>
    place.host.start(async () => {
      const map = place.member.getMap<string, number>('m')
      let made = 0
      for (; !isOver; made++) {
        await map.putAll([1, 2, 3].map(n => [`${place.host.name}${n}`, made]))
        await map.set('key', made)
        const size = await map.size()
        assert.ok(size <= 7)
      }
      return made
    }),
  )
  for (let i = 0; i < 40; i++) await play.at(first, m => m.getMap('m').destroy())
  isOver = true
  for (const made of await play.world.settle(Promise.all(calls), 5_000)) assert.ok(made > 1, `${made}`)
  assert.ok(await play.world.runUntil(() => play.places.every(({ member }) => member.isSafe()), 5_000))
  await play.world.run(10_000)
  assert.deepEqual(
    play.places.map(({ member }) => member.status().copies.differing),
    [0, 0, 0],
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapSettings, PlaneWorld } from './plane-world.js'

test('a cluster of one decides at once, without a message', async () => {
  const world = new PlaneWorld()
  const a = world.found('a')
  assert.equal(a.isLeader(), true)
  const results = await a.propose([{ type: 'declareMap', name: 'm', settings: mapSettings }])
  assert.deepEqual(results, [{ index: 2, accepted: true }])
  assert.equal(await a.readIndex(), 2)
  assert.equal(a.leaseUntilMs(), world.nowMs + 2_000)
  assert.equal(world.sent, 0)
})

test('members that join get the state, voters are kept at the right number', async () => {
  const world = new PlaneWorld()
  const a = world.found('a')
  const b = await world.join('b', 'a')
  await world.until(() => a.state().partner === 'b')
  assert.deepEqual(a.state().voters, ['a'])
  const c = await world.join('c', 'b')
  await world.until(() => c.state().voters.length === 3)
  assert.deepEqual(c.state(), a.state())
  assert.deepEqual(b.state(), a.state())
  await world.until(() => [a, b, c].every(p => p.leaseUntilMs() > world.nowMs))
})

test('pair mode: the younger takes over from a proved death while its lease runs', async () => {
  const world = new PlaneWorld()
  world.found('a')
  const b = await world.join('b', 'a')
  await world.until(() => b.state().partner === 'b' && b.leaseUntilMs() > world.nowMs)
  world.kill('a')
  await world.run(100)
  world.proveDead('a')
  assert.equal(b.isLeader(), true, world.print())
  assert.deepEqual(b.state().voters, ['b'])
  const [removed] = await b.propose([{ type: 'remove', member: 'a' as never, why: 'dead' }])
  assert.equal(removed?.accepted, true)
})

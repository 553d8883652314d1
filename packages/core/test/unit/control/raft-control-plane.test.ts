import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DecodeError, isCobnutError } from '../../../src/base/errors.js'
import { memberId } from '../../../src/base/ids.js'
import type { Command } from '../../../src/control/cluster-state.js'
import { encodeMessage } from '../../../src/control/raft/messages.js'
import { founding, mapSettings, PlaneWorld } from './plane-world.js'

const declare = (name: string): Command[] => [{ type: 'declareMap', name, settings: mapSettings }]

/** Members a, b, c ... of one cluster, each with a lease, with the voters that so many members have. */
const clusterOf = (...names: readonly [string, ...string[]]): Promise<PlaneWorld> => clusterIn(new PlaneWorld(), names)

async function clusterIn(world: PlaneWorld, names: readonly [string, ...string[]]): Promise<PlaneWorld> {
  const first = world.found(names[0])
  for (const name of names.slice(1)) await world.join(name, names[0])
  await world.until(() => {
    const { voters, partner, index } = first.state()
    const isSettled = names.length === 1 || (names.length === 2 ? partner !== null : voters.length >= 3)
    return isSettled && names.every(n => world.at(n).leaseUntilMs() > world.nowMs && world.at(n).state().index === index)
  })
  return world
}

test('a cluster of one decides at once, without a message', async () => {
  const world = new PlaneWorld()
  const a = world.found('a')
  assert.equal(a.isLeader(), true)
  assert.deepEqual(await a.propose(declare('m')), [{ index: 2, accepted: true }])
  assert.equal(await a.readIndex(), 2)
  assert.equal(a.leaseUntilMs(), world.nowMs + 2_000)
  assert.equal(world.sent, 0)
})

test('members that join get the state, and voters are kept at the right number', async () => {
  const world = await clusterOf('a', 'b')
  const [a, b] = [world.at('a'), world.at('b')]
  assert.deepEqual([a.state().voters, a.state().partner], [['a'], 'b'])
  const c = await world.join('c', 'b')
  await world.until(() => c.state().voters.length === 3 && b.state().index === a.state().index)
  assert.deepEqual(c.state(), a.state())
  assert.deepEqual(b.state(), a.state())
  await world.join('d', 'a')
  await world.join('e', 'a')
  await world.until(() => a.state().voters.length === 5)
})

test('a proposal of any member is answered with its results once it is applied there', async () => {
  const world = await clusterOf('a', 'b', 'c')
  const c = world.at('c')
  const results = await world.settle(
    c.propose([...declare('m'), { type: 'declareMap', name: 'm', settings: { ...mapSettings, backupCount: 2 } }]),
  )
  assert.deepEqual(
    results.map(r => r.accepted),
    [true, false],
  )
  assert.equal(c.state().maps.has('m'), true)
  assert.ok((await world.settle(world.at('b').readIndex())) >= (results[0]?.index as number))
})

test('changes are told in order, with the state before, and a listener may propose', async () => {
  const world = new PlaneWorld()
  const a = world.found('a')
  const seen: [number, number][] = []
  let more: Promise<unknown> | null = null
  const stopListening = a.onChange((state, before) => {
    seen.push([before.index, state.index])
    more ??= a.propose(declare('second'))
  })
  await a.propose(declare('first'))
  await more
  assert.deepEqual(seen, [
    [1, 2],
    [2, 3],
  ])
  stopListening()
  await a.propose(declare('third'))
  assert.equal(seen.length, 2)
})

test('three voters: a proved death of the leader is followed by an election within milliseconds', async () => {
  const world = await clusterOf('a', 'b', 'c')
  world.kill('a')
  const diedMs = world.nowMs
  world.proveDead('a')
  await world.until(() => world.leaders().length === 1)
  const leader = world.at(world.leaders()[0] as string)
  await world.settle(leader.propose([{ type: 'remove', member: memberId('a'), why: 'dead' }]))
  assert.ok(world.nowMs - diedMs < 100, `took ${world.nowMs - diedMs} ms`)
  assert.ok(leader.leaseOverAtMs(memberId('a'), { stopGranting: false }) <= world.nowMs)
  await world.until(() => leader.state().voters.length === 1 && leader.state().partner !== null)
})

test('three voters: when the leader is silent another is elected, and waits for the old leases', async () => {
  const world = await clusterOf('a', 'b', 'c')
  world.isolate('a')
  await world.until(() => world.leaders().some(l => l !== 'a'))
  const leader = world.at(world.leaders().find(l => l !== 'a') as string)
  const overAtMs = leader.leaseOverAtMs(memberId('a'), { stopGranting: true })
  assert.ok(overAtMs >= world.at('a').leaseUntilMs())
  await world.settle(leader.propose(declare('m')))
  assert.ok(world.nowMs >= overAtMs, 'a keeper with a lease was not waited for')
  assert.deepEqual(world.leaders().length, 1, 'the old leader has not stepped down')
})

test('a new leader counts old leases from when its voters last obeyed the old leader, not from what it saw itself', async () => {
  const wins = new Set<string>()
  for (let seed = 1; seed <= 12; seed++) {
    const world = await clusterIn(new PlaneWorld(seed), ['a', 'b', 'c'])
    world.cutBetween('a', 'c')
    await world.run(900)
    world.isolate('a')
    const isolatedMs = world.nowMs
    await world.until(() => world.leaders().some(l => l !== 'a'))
    const winner = world.leaders().find(l => l !== 'a') as string
    wins.add(winner)
    const overAtMs = world.at(winner).leaseOverAtMs(memberId('a'), { stopGranting: true })
    assert.ok(overAtMs >= world.at('a').leaseUntilMs(), 'the old leader still holds its lease')
    assert.ok(overAtMs < isolatedMs + 2_500, 'a whole span was waited from the election')
    assert.ok(world.at(winner).lastHeardMs(memberId('a')) <= isolatedMs + 5)
  }
  assert.deepEqual([...wins].sort(), ['b', 'c'])
})

test('two of three voters die at once: the third leads alone while its lease runs', async () => {
  const world = await clusterOf('a', 'b', 'c')
  world.kill('a')
  world.kill('b')
  world.proveDead('a')
  assert.equal(world.at('c').isLeader(), false)
  world.proveDead('b')
  assert.equal(world.at('c').isLeader(), true)
  assert.deepEqual(world.at('c').state().voters, ['c'])
})

test('two of three voters die, proved too late: the third does not lead', async () => {
  const world = await clusterOf('a', 'b', 'c')
  world.kill('a')
  world.kill('b')
  await world.until(() => world.at('c').leaseUntilMs() <= world.nowMs)
  world.proveDead('a')
  world.proveDead('b')
  await world.run(5_000)
  assert.equal(world.at('c').isLeader(), false)
})

test('pair mode: the younger takes over from a proved death while its lease runs', async () => {
  const world = await clusterOf('a', 'b')
  const b = world.at('b')
  const last = await world.settle(world.at('a').propose(declare('m')))
  world.kill('a')
  await world.run(100)
  world.proveDead('a')
  assert.equal(b.isLeader(), true, world.print())
  assert.deepEqual(b.state().voters, ['b'])
  assert.equal(b.state().maps.has('m'), true, `${last[0]?.index}`)
  const [removed] = await b.propose([{ type: 'remove', member: memberId('a'), why: 'dead' }])
  assert.equal(removed?.accepted, true)
})

test('the only voter dies at any moment of a third joining: the other two go on', async () => {
  for (let messages = 0; messages <= 30; messages++) {
    const world = await clusterOf('a', 'b')
    world.killAfter('a', messages)
    const joined = world.join('c', 'b').catch(() => null)
    await world.until(() => !world.planes.has('a'))
    await world.run(10)
    world.proveDead('a')
    await world.until(() => world.leaders().length === 1)
    await joined
  }
})

test('two of three voters die one after the other, at any moment of a fourth taking the place of the first', async () => {
  for (let messages = 0; messages <= 30; messages++) {
    const world = await clusterOf('a', 'b', 'c', 'd')
    world.kill('c')
    world.killAfter('a', messages)
    world.proveDead('c')
    await world.until(() => !world.planes.has('a'))
    await world.run(10)
    world.proveDead('a')
    await world.until(() => world.leaders().length === 1)
  }
})

test('what stands in the log is known to be ahead, though nobody has said yet that it is decided', async () => {
  const world = await clusterOf('a', 'b')
  const [a, b] = [world.at('a'), world.at('b')]
  // it hands out the entry, and ends before it can say that it has committed it
  world.killAfter('a', 1)
  const decided = a.propose(declare('m'))
  await world.until(() => !world.planes.has('a'))
  await decided
  assert.equal(b.state().maps.has('m'), false)
  assert.deepEqual(b.ahead().state, a.state())
  assert.equal(b.ahead().term, 1)
})

test('pair mode: without proof, or with it too late, the younger stays without a leader', async () => {
  const world = await clusterOf('a', 'b')
  const b = world.at('b')
  world.kill('a')
  await world.until(() => b.leaseUntilMs() <= world.nowMs)
  await world.run(3_000)
  assert.equal(b.isLeader(), false)
  assert.equal(b.leader(), null)
  world.proveDead('a')
  await world.run(3_000)
  assert.equal(b.isLeader(), false)
})

test('pair mode: the older decides nothing without the younger before its lease is over', async () => {
  const world = await clusterOf('a', 'b')
  const [a, b] = [world.at('a'), world.at('b')]
  world.isolate('b')
  const leaseEndsMs = b.leaseUntilMs()
  await world.settle(a.propose(declare('m')))
  assert.ok(world.nowMs >= leaseEndsMs)
  assert.equal(b.state().maps.has('m'), false)
  // it lacks something now: even with proof it may not lead
  world.kill('a')
  world.proveDead('a')
  assert.equal(b.isLeader(), false)
})

test('pair mode: a younger that was cut off gets its lease again only with what was decided meanwhile', async () => {
  const world = await clusterOf('a', 'b')
  const [a, b] = [world.at('a'), world.at('b')]
  world.isolate('b')
  const [decided] = await world.settle(a.propose(declare('m')))
  world.cut.clear()
  await world.until(() => b.leaseUntilMs() > world.nowMs)
  assert.ok(b.leaseIndex() >= (decided?.index as number))
  assert.equal(b.state().maps.has('m'), true)
})

test('pair mode: a proved death of the younger stops nothing', async () => {
  const world = await clusterOf('a', 'b')
  world.kill('b')
  const proposed = world.at('a').propose(declare('m'))
  world.proveDead('b')
  await proposed
  assert.equal(world.at('a').state().partner, null)
})

test('a leader that leaves hands over, of two members and of four', async () => {
  for (const names of [
    ['a', 'b'],
    ['a', 'b', 'c', 'd'],
  ] as [string, ...string[]][]) {
    const world = await clusterOf(...names)
    const a = world.at('a')
    await world.settle(a.propose([{ type: 'setStatus', member: memberId('a'), status: 'leaving' }]))
    await world.settle(a.stop())
    world.kill('a')
    await world.until(() => world.leaders().length === 1)
    const leader = world.at(world.leaders()[0] as string)
    assert.equal(leader.state().voters.includes(memberId('a')), false)
    await world.settle(leader.propose([{ type: 'remove', member: memberId('a'), why: 'left' }]))
    await assert.rejects(a.propose(declare('m')), e => isCobnutError(e, 'MEMBER_STOPPED'))
  }
})

test('a silent member is removed once its lease is over, and comes back under the same id', async () => {
  const world = await clusterOf('a', 'b', 'c')
  const [a, c] = [world.at('a'), world.at('c')]
  const member = memberId('c')
  world.isolate('c')
  const removal: Command[] = [{ type: 'remove', member, why: 'silent' }]
  const overAtMs = a.leaseOverAtMs(member, { stopGranting: true })
  assert.ok(overAtMs > c.leaseUntilMs())
  await assert.rejects(a.propose(removal), e => isCobnutError(e, 'NO_LEADER') && e.outcome === 'not-applied')
  await world.until(() => world.nowMs >= overAtMs)
  await world.settle(a.propose(removal))
  world.cut.clear()
  await world.until(() => !c.isMember())
  assert.equal(c.leaseUntilMs() > world.nowMs, false)
  const { members } = world.at('b').state()
  assert.equal(members.length, 2)
  await world.settle(a.propose([{ type: 'join', member: { ...founding('c').member } }]))
  await world.until(() => c.isMember() && c.leaseUntilMs() > world.nowMs)
})

test('stopped at once, a leader gives nothing away, and what waits fails', async () => {
  const world = await clusterOf('a', 'b', 'c')
  const a = world.at('a')
  const waiting = a.propose(declare('m'))
  const stopped = a.stop({ atOnce: true })
  await assert.rejects(waiting, e => isCobnutError(e, 'NO_LEADER') && e.outcome === 'unknown')
  await stopped
  assert.equal(a.leaseUntilMs(), 0)
  assert.deepEqual([world.at('b').leader(), world.at('c').leader()], ['a', 'a'])
})

test('granting stops on request, and goes on on request', async () => {
  const world = await clusterOf('a', 'b', 'c')
  const [a, b] = [world.at('a'), world.at('b')]
  const overAtMs = a.leaseOverAtMs(memberId('b'), { stopGranting: true })
  await world.until(() => b.leaseUntilMs() <= world.nowMs)
  assert.ok(overAtMs >= b.leaseUntilMs())
  assert.equal(a.leaseOverAtMs(memberId('b'), { stopGranting: false }), overAtMs)
  a.resumeGranting(memberId('b'))
  await world.until(() => b.leaseUntilMs() > world.nowMs)
  assert.equal(b.leaseOverAtMs(memberId('a'), { stopGranting: false }), Number.POSITIVE_INFINITY)
})

test('a host whose clocks disagree drops its lease', async () => {
  const world = await clusterOf('a', 'b', 'c')
  const b = world.at('b')
  world.isolate('b')
  world.uptimeSkewMs.set('b', 5_000)
  await world.run(60)
  assert.equal(b.leaseUntilMs(), 0)
  world.cut.clear()
  await world.until(() => b.leaseUntilMs() > world.nowMs)
})

test('a host that was suspended has no lease from the moment on in which it wakes', async () => {
  const world = await clusterOf('a', 'b', 'c')
  const [b, c] = [world.at('b'), world.at('c')]
  assert.ok(b.leaseUntilMs() > world.nowMs)
  world.wake('b', 5_000)
  assert.equal(b.leaseUntilMs(), 0)

  // nor does it speak for those that are dead
  world.cutBetween('b', 'c')
  world.kill('a')
  world.proveDead('a')
  const outlived = (): readonly string[] => {
    c.onMessage(memberId('b'), encodeMessage({ type: 'vote', term: 99, lastIndex: 99, lastTerm: 99, pre: true, transfer: false }))
    assert.ok(world.lastSent?.type === 'voted')
    return world.lastSent.outlived
  }
  assert.deepEqual(outlived(), ['a'])
  world.wake('c', 5_000)
  assert.deepEqual(outlived(), [])
})

test('without a leader proposals and reads fail with NO_LEADER, and say whether they can have had an effect', async () => {
  const world = await clusterOf('a', 'b', 'c')
  const b = world.at('b')
  world.isolate('b')
  const sent = b.propose(declare('lost'))
  await assert.rejects(world.settle(sent), e => isCobnutError(e, 'NO_LEADER') && e.outcome === 'unknown')
  assert.equal(b.leader(), null)
  await assert.rejects(
    world.settle(b.propose(declare('kept'))),
    e => isCobnutError(e, 'NO_LEADER') && e.outcome === 'not-applied',
  )
  await assert.rejects(world.settle(b.readIndex()), e => isCobnutError(e, 'NO_LEADER'))
})

test('bytes that mean nothing are a decoding error', async () => {
  const world = new PlaneWorld()
  const a = world.found('a')
  for (const text of ['', '{', '[]', '{"type":"nonsense"}', '{"type":"append","term":-1}', '{"type":"__proto__"}']) {
    assert.throws(() => a.onMessage(memberId('b'), new TextEncoder().encode(text)), DecodeError, text)
  }
})

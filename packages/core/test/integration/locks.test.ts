/** Locks over real processes: members and Hazelcast's clients, of which any may die with a lock in its hands. */

import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Client, IMap } from 'hazelcast-client'
import { type TestCluster, type TestMember, until, using } from './test-cluster.js'

const require = createRequire(import.meta.url)
const clientProgram = fileURLToPath(new URL('./client-program.js', import.meta.url))
const oneBackup = '<map name="default"><backup-count>1</backup-count></map>'
const quickCalls = `${oneBackup}<properties><property name="hazelcast.operation.call.timeout.millis">2000</property></properties>`

async function withClients(cluster: TestCluster, n: number, run: (...maps: IMap<string, number>[]) => Promise<void>) {
  const library = require('hazelcast-client') as typeof import('hazelcast-client')
  const connect = (): Promise<Client> =>
    library.Client.newHazelcastClient({
      clusterName: 'test',
      network: { clusterMembers: cluster.ports.map(port => `127.0.0.1:${port}`) },
      properties: { 'hazelcast.logging.level': 'OFF' },
    })
  const clients = await Promise.all(Array.from({ length: n }, connect))
  try {
    await run(...(await Promise.all(clients.map(client => client.getMap<string, number>('m')))))
  } finally {
    await Promise.all(clients.map(client => client.shutdown()))
  }
}

/** Resolves to whether `promise` is still open after the other calls have been answered. */
async function isOpen(promise: Promise<unknown>, meanwhile: () => Promise<unknown>): Promise<boolean> {
  let open = true
  void promise.then(
    () => (open = false),
    () => (open = false),
  )
  await meanwhile()
  return open
}

/** The client's errors are told apart by their classes. */
const isA =
  (name: string) =>
  (error: Error): boolean =>
    error.constructor.name === name

const keys = (n: number): string[] => Array.from({ length: n }, (_, i) => `key-${i}`)

test('two clients and a member exclude each other', () =>
  using({ xml: oneBackup }, async cluster => {
    const [member] = cluster.members as [TestMember]
    await withClients(cluster, 2, async (one, two) => {
      assert.ok(one !== undefined && two !== undefined)
      for (const key of keys(8)) {
        await one.lock(key)
        await one.lock(key)
        assert.equal(await two.isLocked(key), true)
        assert.equal(await two.tryLock(key), false)
        assert.equal(await member.call('tryLock', 'm', key), null)
        await assert.rejects(two.unlock(key), isA('IllegalMonitorStateError'))
        await assert.rejects(member.call('unlock', 'm', key), { code: 'NOT_LOCK_OWNER' })
        assert.equal(await two.tryPut(key, 1, 0), false)
        assert.equal(await two.tryRemove(key, 0), false)
        assert.equal(await member.call('tryPut', 'm', key, 1, 0), false)
        await one.put(key, 7)
        assert.equal(await two.get(key), 7)

        const waiting = two.lock(key)
        assert.ok(await isOpen(waiting, () => one.unlock(key)), 'locked twice')
        await one.unlock(key)
        await waiting
        const writing = member.call('put', 'm', key, 8)
        assert.ok(await isOpen(writing, () => one.get(key)))
        await two.unlock(key)
        assert.equal(await writing, 7)
        const token = await member.call<number>('lock', 'm', key)
        assert.equal(await one.tryLock(key, 50), false)
        assert.equal(await two.tryPut(key, 1, 50), false)
        await one.forceUnlock(key)
        assert.ok((await member.call<number>('lock', 'm', key)) > token)
        await member.call('unlock', 'm', key)
        assert.equal(await one.isLocked(key), false)
      }
    })
  }))

test('leases end, waits end, and whoever gave up holds nothing', () =>
  using({ xml: quickCalls, members: 2 }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    await withClients(cluster, 1, async one => {
      assert.ok(one !== undefined)
      await Promise.all(
        keys(6).map(async key => {
          await one.lock(key, 300)
          assert.equal(await a.call('isLocked', 'm', key), true)
          const token = await a.call<number>('tryLock', 'm', key, { waitMs: 20_000 })
          assert.ok(token > 0, 'granted when the lease was over')
          await assert.rejects(one.unlock(key), isA('IllegalMonitorStateError'))
          await assert.rejects(b.call('lock', 'm', key, { timeoutMs: 100 }), { code: 'TIMEOUT', outcome: 'not-applied' })
          await assert.rejects(b.call('put', 'm', key, 1, { timeoutMs: 1_000 }), { code: 'LOCKED', outcome: 'not-applied' })
          await assert.rejects(one.put(key, 1), isA('OperationTimeoutError'))
          await a.call('unlock', 'm', key)
          await until('the lock to be free', async () => !(await b.call('isLocked', 'm', key)))
          assert.equal(await one.get(key), null)
        }),
      )
      await assert.rejects(a.call('lock', 'm', 'k', { leaseMs: 0 }), { code: 'ARGUMENT' })
    })
  }))

test('clear and evictAll leave what is locked', () =>
  using({ xml: oneBackup, members: 2 }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    for (const key of keys(20)) await a.call('set', 'm', key, key)
    for (const key of keys(5)) await a.call('lock', 'm', key)
    await b.call('clear', 'm')
    assert.equal(await b.call('size', 'm'), 5)
    await b.call('evictAll', 'm')
    assert.equal(await a.call('size', 'm'), 5)
    for (const key of keys(5)) await a.call('unlock', 'm', key)
    await b.call('clear', 'm')
    assert.equal(await b.call('size', 'm'), 0)
  }))

async function lockInAnotherProcess(cluster: TestCluster, key: string): Promise<ChildProcess> {
  const child = fork(clientProgram, [String(cluster.ports[0]), 'm', key])
  await once(child, 'message')
  return child
}

test('who dies holding a lock holds it no longer', () =>
  using({ xml: oneBackup }, async cluster => {
    const [member, other, third] = cluster.members as [TestMember, TestMember, TestMember]
    const client = await lockInAnotherProcess(cluster, 'by-client')
    await third.call('lock', 'm', 'by-member')
    const waiting = ['by-client', 'by-member'].map(key => member.call<number>('lock', 'm', key))
    assert.equal(await other.call('tryLock', 'm', 'by-client'), null)
    client.kill('SIGKILL')
    await cluster.kill(third)
    await Promise.all(waiting)
    assert.equal(await other.call('tryLock', 'm', 'by-client'), null)
    assert.equal(await other.call('tryLock', 'm', 'by-member'), null)
  }))

test('a client that dies while it waits is granted nothing', () =>
  using({ xml: oneBackup, members: 2 }, async cluster => {
    const [member, other] = cluster.members as [TestMember, TestMember]
    await member.call('lock', 'm', 'k')
    const child = fork(clientProgram, [String(cluster.ports[0]), 'm', 'k'])
    await until('the client to be there', async () => (await member.status()).clients > 0)
    const queued = other.call<number>('lock', 'm', 'k')
    child.kill('SIGKILL')
    await until('the client to be gone', async () => (await member.status()).clients === 0)
    await member.call('unlock', 'm', 'k')
    await queued
    await other.call('unlock', 'm', 'k')
    assert.equal(await member.call('isLocked', 'm', 'k'), false)
  }))

/**
 * Each worker counts up what only the holder may touch, in two steps with the network in between, and shows its token to
 * a register outside of the cluster that refuses older ones.
 */
async function count(map: Counted, key: string, seen: { token: number; refused: number; inside: number }): Promise<void> {
  const token = await map.lock(key)
  assert.equal(++seen.inside, 1, 'two hold the lock at once')
  if (token <= seen.token) seen.refused++
  seen.token = token
  const value = (await map.get(key)) ?? 0
  await map.set(key, value + 1)
  seen.inside--
  await map.unlock(key)
}

interface Counted {
  lock(key: string): Promise<number>
  get(key: string): Promise<number | null>
  set(key: string, value: number): Promise<unknown>
  unlock(key: string): Promise<unknown>
}

test('nothing is counted twice or lost while owners are killed and partitions move', () =>
  using({ xml: oneBackup }, async cluster => {
    const staying = cluster.members[0] as TestMember
    const at = (threadId: number): Counted => ({
      lock: key => staying.call('lock', 'm', key, { threadId }),
      get: key => staying.call('get', 'm', key),
      set: (key, value) => staying.call('set', 'm', key, value, { threadId, timeoutMs: 60_000 }),
      unlock: key => staying.call('unlock', 'm', key, { threadId }),
    })
    const counters = keys(6)
    const done = new Map(counters.map(key => [key, 0]))
    let isOver = false
    const work = async (key: string, seen: Parameters<typeof count>[2], threadId: number): Promise<void> => {
      while (!isOver) {
        await count(at(threadId), key, seen)
        done.set(key, (done.get(key) as number) + 1)
      }
      assert.equal(seen.refused, 0, 'tokens rise')
    }
    const working = counters.flatMap(key => {
      const seen = { token: 0, refused: 0, inside: 0 }
      return [1, 2, 3].map(threadId => work(key, seen, threadId))
    })
    for (let round = 0; round < 3; round++) {
      await cluster.kill(cluster.members[1] as TestMember)
      await cluster.add()
      await cluster.settled()
    }
    isOver = true
    await Promise.all(working)
    for (const key of counters) assert.equal(await staying.call('get', 'm', key), done.get(key))
    assert.ok([...done.values()].every(n => n > 5))
  }))

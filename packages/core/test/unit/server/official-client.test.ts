/** The official clients against the server: what an application sees of every call. */

import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Client, EntryEvent, IMap, MapEvent } from 'hazelcast-client'
import { CobnutError, type ErrorCode, type Outcome } from '../../../src/base/errors.js'
import { clientConfig, officialClients } from './support/official-clients.js'
import { eventually, startMember, TestCluster, type TestMember } from './support/test-server.js'

/** The client's errors have no name of their own, only a class. */
const isError = (className: string, part: string) => (error: unknown) => {
  assert.ok(error instanceof Error)
  assert.equal(error.constructor.name, className)
  assert.ok(error.message.includes(part), error.message)
  return true
}

for (const { version, library } of officialClients) {
  for (const smartRouting of [true, false]) {
    describe(`client ${version}, ${smartRouting ? 'smart' : 'unisocket'}`, () => {
      const cluster = new TestCluster()
      const members: TestMember[] = []
      const clients: Client[] = []
      const newClient = async (): Promise<Client> => {
        const ports = members.map(member => member.port)
        const client = await library.Client.newHazelcastClient(clientConfig(ports, { network: { smartRouting } }))
        clients.push(client)
        return client
      }
      let map: IMap<unknown, unknown>

      before(async () => {
        members.push(await startMember(cluster), await startMember(cluster))
        map = await (await newClient()).getMap('things')
      })
      afterEach(async () => {
        cluster.maps.map('things').fail(null)
        await map.clear()
      })
      after(async () => {
        for (const client of clients) await client.shutdown()
        for (const member of members) await member.stop()
      })

      it('keeps values of every kind', async () => {
        const values = ['text', 1.5, true, [1, 2], ['a', null], { deep: [{ er: 1 }] }, Buffer.from([1, 2]), new Date(5), 7n]
        for (const [i, value] of values.entries()) {
          assert.equal(await map.put(`key-${i}`, value), null)
          assert.deepEqual(await map.get(`key-${i}`), value)
        }
        assert.equal(await map.size(), values.length)
        assert.equal(await map.get('absent'), null)
      })

      it('put, set, replace, remove and their conditions', async () => {
        assert.equal(await map.put('k', 'a'), null)
        assert.equal(await map.put('k', 'b'), 'a')
        await map.set('k', 'c')
        assert.equal(await map.putIfAbsent('k', 'd'), 'c')
        assert.equal(await map.putIfAbsent('new', 'd'), null)
        assert.equal(await map.replace('absent', 'x'), null)
        assert.equal(await map.replace('k', 'e'), 'c')
        assert.equal(await map.replaceIfSame('k', 'wrong', 'f'), false)
        assert.equal(await map.replaceIfSame('k', 'e', 'f'), true)
        assert.equal(await map.remove('k', 'wrong'), false)
        assert.equal(await map.remove('k', 'f'), true)
        assert.equal(await map.remove('k'), null)
        assert.equal(await map.remove('new'), 'd')
        await map.set('gone', 1)
        await map.delete('gone')
        assert.equal(await map.containsKey('gone'), false)
        assert.equal(await map.tryPut('t', 1, 10), true)
        assert.equal(await map.tryRemove('t', 10), true)
        assert.equal(await map.tryRemove('t', 10), false)
        await map.putTransient('t', 2)
        assert.equal(await map.evict('t'), true)
        assert.equal(await map.evict('t'), false)
      })

      it('whole maps', async () => {
        assert.equal(await map.isEmpty(), true)
        const entries: [unknown, unknown][] = Array.from({ length: 500 }, (_, i) => [`key-${i}`, i])
        await map.putAll(entries)
        await map.setAll([['key-0', 0]])
        assert.equal(await map.size(), 500)
        assert.equal(await map.isEmpty(), false)
        assert.deepEqual(new Map(await map.entrySet()), new Map(entries))
        assert.deepEqual(new Set(await map.keySet()), new Set(entries.map(([key]) => key)))
        assert.deepEqual(new Set(await map.values()), new Set(entries.map(([, value]) => value)))
        const got = await map.getAll(['key-1', 'absent', 'key-499'])
        assert.deepEqual(
          new Map(got),
          new Map([
            ['key-1', 1],
            ['key-499', 499],
          ]),
        )
        assert.equal(await map.containsValue(77), true)
        assert.equal(await map.containsValue('77'), false)
        await map.evictAll()
        assert.equal(await map.size(), 0)
        await map.flush()
      })

      it('lifetimes', async () => {
        await map.put('short', 1, 30)
        await map.putIfAbsent('idle', 1, 60_000, 30_000)
        await map.set('both', 1, 60_000, 30_000)
        await map.put('put', 1, 60_000, 30_000)
        await map.putTransient('transient', 1, 60_000, 30_000)
        await eventually('the entry expires', async () => (await map.get('short')) === null)
        const view = await map.getEntryView('both')
        assert.equal(view?.key, 'both')
        assert.equal(view?.value, 1)
        assert.equal(view?.ttl.toNumber(), 60_000)
        assert.equal(view?.maxIdle.toNumber(), 30_000)
        assert.equal(view?.version.toNumber(), 3)
        assert.equal(view?.lastAccessTime.toNumber(), -1)
        assert.equal(await map.setTtl('both', 0), true)
        assert.equal(await map.setTtl('absent', 1), false)
        const forever = await map.getEntryView('both')
        assert.equal(forever?.expirationTime.toString(), '9223372036854775807')
        assert.equal(await map.getEntryView('absent'), null)
      })

      it('large values and many calls at once', async () => {
        const large = Buffer.alloc(3_000_000, 'x')
        await map.set('large', large)
        assert.deepEqual(await map.get('large'), large)
        const keys = Array.from({ length: 3_000 }, (_, i) => i)
        await Promise.all(keys.map(i => map.set(i, 'v'.repeat(i % 700))))
        const values = await Promise.all(keys.map(i => map.get(i)))
        for (const i of keys) assert.equal((values[i] as string).length, i % 700)
      })

      it('entry listeners', async () => {
        const seen: string[] = []
        const entry = (what: string) => (event: EntryEvent<unknown, unknown>) => {
          seen.push(`${event.name} ${what} ${event.key} ${event.oldValue ?? '-'} ${event.value ?? '-'}`)
        }
        const whole = (what: string) => (event: MapEvent) => {
          seen.push(`${event.name} ${what} ${event.numberOfAffectedEntries}`)
        }
        const listener = {
          added: entry('added'),
          updated: entry('updated'),
          removed: entry('removed'),
          evicted: entry('evicted'),
          mapCleared: whole('cleared'),
          mapEvicted: whole('evicted'),
        }
        const all = await map.addEntryListener(listener, undefined, true)
        const keyed = await map.addEntryListener({ added: event => seen.push(`keyed ${event.key} ${event.value}`) }, 'a', false)
        await map.put('a', 1)
        await map.put('a', 2)
        await map.remove('a')
        await map.put('b', 3)
        await map.evict('b')
        await map.put('c', 1)
        await map.clear()
        await map.put('c', 1)
        await map.evictAll()
        // These maps do not know who owns what: both members tell a smart client everything.
        const registrations = smartRouting ? 2 : 1
        const expected = ['added a - 1', 'updated a 1 2', 'removed a 2 -', 'added b - 3', 'evicted b 3 -']
          .concat(['added c - 1', 'cleared 1', 'added c - 1', 'evicted 1'])
          .map(line => `things ${line}`)
          .concat('keyed a null')
          .flatMap(line => new Array<string>(registrations).fill(line))
        await eventually('all events', () => seen.length >= expected.length)
        assert.deepEqual([...seen].sort(), expected.sort())

        assert.equal(await map.removeEntryListener(all), true)
        assert.equal(await map.removeEntryListener(keyed), true)
        assert.equal(cluster.maps.map('things').listenerCount, 0)
      })

      it('two clients see one map, and leave nothing behind', async () => {
        const counts = (): number[] => members.map(member => member.server.clientCount)
        const before = counts()
        const other = await newClient()
        const theirs = await other.getMap('things')
        const heard: unknown[] = []
        await theirs.addEntryListener({ added: event => heard.push(event.value) }, undefined, true)
        await map.set('shared', 'hello')
        assert.equal(await theirs.get('shared'), 'hello')
        await eventually('the other client hears it', () => heard.includes('hello'))
        await other.shutdown()
        await eventually('its sessions are gone', () => counts().join() === before.join())
        await eventually('its listeners are gone', () => cluster.maps.map('things').listenerCount === 0)
      })

      it('lists and destroys maps', async () => {
        const client = clients[0] as Client
        const made = await client.getMap('for-a-moment')
        await made.set(1, 1)
        const names = async (): Promise<string[]> => (await client.getDistributedObjects()).map(object => object.getName())
        assert.ok((await names()).includes('for-a-moment'))
        await made.destroy()
        assert.ok(!(await cluster.maps.names()).includes('for-a-moment'))
      })

      it('tells the names of what it does not do', async () => {
        await assert.rejects((clients[0] as Client).getQueue('q'), isError('UnsupportedOperationError', 'queueService'))
      })

      it('errors arrive as what they are', async () => {
        const things = cluster.maps.map('things')
        const failing = async (code: ErrorCode, outcome: Outcome, call: () => Promise<unknown>, name: string): Promise<void> => {
          things.fail(new CobnutError(code, undefined, { outcome }))
          await assert.rejects(call(), isError(name, code))
        }
        const get = (): Promise<unknown> => map.get('k')
        const put = (): Promise<unknown> => map.put('k', 1)
        await failing('ARGUMENT', 'not-applied', put, 'IllegalArgumentError')
        await failing('TIMEOUT', 'unknown', get, 'OperationTimeoutError')
        await failing('TIMEOUT', 'unknown', put, 'IndeterminateOperationStateError')
        await failing('INDETERMINATE', 'unknown', put, 'IndeterminateOperationStateError')
        await failing('MEMBER_STOPPED', 'unknown', put, 'IndeterminateOperationStateError')
        await failing('PARTITION_LOST', 'not-applied', get, 'ConsistencyLostError')
        await failing('NOT_ENOUGH_COPIES', 'not-applied', put, 'SplitBrainProtectionError')
        await failing('NO_DATA_MEMBER', 'not-applied', put, 'NoDataMemberInClusterError')
        things.fail(new TypeError('a bug'))
        await assert.rejects(get(), isError('HazelcastError', 'a bug'))
      })

      it('what certainly did not happen is tried again', async () => {
        const things = cluster.maps.map('things')
        for (const code of ['UNAVAILABLE', 'MEMBER_STOPPED', 'GROUP_MOVING'] as const) {
          things.fail(new CobnutError(code, undefined, { outcome: 'not-applied' }), 2)
          await map.put('k', code)
          assert.equal(await map.get('k'), code)
        }
      })
    })
  }
}

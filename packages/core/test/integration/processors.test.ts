/** Entry processors over real processes: run where the entry is owned, once, whoever dies meanwhile. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Client, IMap } from 'hazelcast-client'
import { classId, factoryId } from './application.js'
import { type TestCluster, type TestMember, until, using } from './test-cluster.js'

const require = createRequire(import.meta.url)
const oneBackup = '<map name="default"><backup-count>1</backup-count></map>'

/** As an application writes it for its client. */
class Note {
  readonly factoryId = factoryId
  readonly classId = classId
  readonly item: string

  constructor(item: string) {
    this.item = item
  }

  writeData(output: { writeString(text: string): void }): void {
    output.writeString(this.item)
  }

  readData(): void {}
}

class Unknown extends Note {
  override readonly classId = 99 as typeof classId
}

type Processor = Parameters<IMap<unknown, unknown>['executeOnKey']>[1]

async function withClient(cluster: TestCluster, run: (map: IMap<string, unknown>) => Promise<void>): Promise<void> {
  const library = require('hazelcast-client') as typeof import('hazelcast-client')
  const client: Client = await library.Client.newHazelcastClient({
    clusterName: 'test',
    network: { clusterMembers: cluster.ports.map(port => `127.0.0.1:${port}`) },
    properties: { 'hazelcast.logging.level': 'OFF' },
  })
  try {
    await run(await client.getMap('m'))
  } finally {
    await client.shutdown()
  }
}

const keys = (n: number): string[] => Array.from({ length: n }, (_, i) => `key-${i}`)

test('members call processors wherever the entry is owned; what one throws is the cause', () =>
  using({ xml: oneBackup }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    for (const key of keys(40)) assert.equal(await a.call('executeOnKey', 'm', key, 'note', 'x'), 1)
    const answers = await b.call<[string, number][]>('executeOnKeys', 'm', keys(50), 'note', 'y')
    assert.deepEqual(new Map(answers), new Map(keys(50).map((key, i) => [key, i < 40 ? 2 : 1])))
    assert.equal((await b.call<unknown[]>('executeOnEntries', 'm', 'note', 'z')).length, 50)
    assert.deepEqual(await a.call('get', 'm', 'key-0'), ['x', 'y', 'z'])
    for (const key of keys(10)) {
      await assert.rejects(a.call('executeOnKey', 'm', key, 'throws'), {
        code: 'USER_CODE',
        outcome: 'not-applied',
        cause: 'RangeError: not today',
      })
      await assert.rejects(a.call('executeOnKey', 'm', key, 'nobody'), { code: 'NOT_REGISTERED', outcome: 'not-applied' })
    }
    assert.deepEqual(await a.call('get', 'm', 'key-0'), ['x', 'y', 'z'])
  }))

test('hazelcast-client sends objects of its own, or names a processor', () =>
  using({ xml: oneBackup, members: 2 }, async cluster => {
    const [a] = cluster.members as [TestMember]
    await withClient(cluster, async map => {
      assert.equal(await map.executeOnKey('a', new Note('one') as unknown as Processor), 1)
      assert.equal(await map.executeOnKey('a', new Note('two') as unknown as Processor), 2)
      assert.deepEqual(await map.get('a'), ['one', 'two'])
      const named = (name: string, argument?: unknown): Processor => ({ name, argument }) as unknown as Processor
      assert.equal(await map.executeOnKey('n', named('cobnut.increment', 5)), 5)
      assert.equal(await map.executeOnKey('n', named('cobnut.increment')), 6)
      await map.setAll(keys(30).map(key => [key, 'text']))
      const some = await map.executeOnKeys(keys(5), named('upper'))
      assert.deepEqual(new Map(some), new Map(keys(5).map(key => [key, 'TEXT'])))
      await map.delete('a')
      await map.delete('n')
      assert.equal((await map.executeOnEntries(named('upper'))).length, 30)
      assert.equal(await a.call('get', 'm', 'key-29'), 'TEXT')
      await map.set('key-3', 'other')
      const { Predicates } = require('hazelcast-client') as typeof import('hazelcast-client')
      const matched = await map.executeOnEntries(named('upper'), Predicates.equal('this', 'other'))
      assert.deepEqual(matched, [['key-3', 'OTHER']])
      const where = { where: "this = 'OTHER'" }
      assert.deepEqual(await a.call('executeOnEntries', 'm', 'cobnut.append', '!', where), [['key-3', 6]])
      await assert.rejects(map.executeOnKey('a', new Unknown('x') as unknown as Processor), /factory id 77 and class id 99/)
      await assert.rejects(map.executeOnKey('a', named('throws')), /USER_CODE.*"throws" threw: not today/)
      assert.equal(await map.get('a'), null)
    })
  }))

test('each call happens once: counts are exact when owners are killed under load', () =>
  using({ xml: oneBackup }, async cluster => {
    const caller = cluster.members[0] as TestMember
    const counters = keys(20)
    const done = new Map(counters.map(key => [key, 0]))
    let isOver = false
    const count = async (key: string): Promise<void> => {
      while (!isOver) {
        await caller.call('executeOnKey', 'm', key, 'cobnut.increment', 1)
        done.set(key, (done.get(key) as number) + 1)
      }
    }
    const counting = counters.map(count)
    for (let round = 0; round < 3; round++) {
      await cluster.kill(cluster.members[1] as TestMember)
      await cluster.add()
      await cluster.settled()
    }
    isOver = true
    await Promise.all(counting)
    for (const key of counters) assert.equal(await caller.call('get', 'm', key), done.get(key))
    assert.ok([...done.values()].every(n => n > 10))
  }))

test('an interceptor is attached for the whole cluster, and stays when members come and go', () =>
  using({ xml: oneBackup, members: 2 }, async cluster => {
    const [a, b] = cluster.members as [TestMember, TestMember]
    assert.equal(await a.call('addInterceptor', 'm', 'polite'), 'polite')
    await until('the other member to know it', async () => (await b.call('get', 'm', 'absent')) === 'sorry')
    await cluster.add()
    await cluster.kill(a)
    await cluster.settled()
    await withClient(cluster, async map => {
      for (const key of keys(20)) {
        await map.set(key, 'tea')
        assert.equal(await map.get(key), 'tea, please')
        await assert.rejects(map.set(key, 'rude'), /interceptor "polite" threw: be polite/)
      }
      assert.equal(await map.get('absent'), 'sorry')
    })
    assert.equal(await b.call('removeInterceptor', 'm', 'polite'), true)
    assert.equal(await b.call('removeInterceptor', 'm', 'polite'), false)
    for (const member of cluster.members) {
      await until('nobody to intercept', async () => (await member.call('get', 'm', 'absent')) === null)
    }
    await assert.rejects(b.call('addInterceptor', 'm', 'nobody'), { code: 'NOT_REGISTERED' })
  }))

/** Maps that ask for a number of members, when one of them is killed, for members and clients alike. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { type TestMember, until, using } from './test-cluster.js'

const { Client } = createRequire(import.meta.url)('hazelcast-client') as typeof import('hazelcast-client')

const protection = (on: string): string => `
  <split-brain-protection enabled="true" name="three-${on}">
    <minimum-cluster-size>3</minimum-cluster-size>
    <protect-on>${on}</protect-on>
  </split-brain-protection>
  <map name="${on}"><split-brain-protection-ref>three-${on}</split-brain-protection-ref></map>`

const all = ['READ', 'WRITE', 'READ_WRITE']

test('a protected map is refused while a member is missing, and served again when it is back', () =>
  using({ xml: all.map(protection).join('') }, async cluster => {
    const [a] = cluster.members as [TestMember]
    const client = await Client.newHazelcastClient({
      clusterName: 'test',
      network: { clusterMembers: cluster.ports.map(port => `127.0.0.1:${port}`) },
      properties: { 'hazelcast.logging.level': 'OFF' },
    })
    for (const map of [...all, 'free']) await a.call('put', map, 'k', 1)
    await cluster.kill(cluster.members[2] as TestMember)
    await until('two members', async () => (await a.status()).members.length === 2)

    const refusedBy = async (call: Promise<unknown>): Promise<string> =>
      call.then(
        () => '',
        (error: unknown) => (error as { code?: string }).code ?? (error as Error).constructor.name,
      )
    for (const map of all) {
      const [reads, writes] = [map !== 'WRITE', map !== 'READ']
      const code = (isRefused: boolean): string => (isRefused ? 'SPLIT_BRAIN_PROTECTION' : '')
      assert.equal(await refusedBy(a.call('get', map, 'k')), code(reads), `get of ${map}`)
      assert.equal(await refusedBy(a.call('size', map)), code(reads), `size of ${map}`)
      assert.equal(await refusedBy(a.call('put', map, 'k', 2)), code(writes), `put of ${map}`)
      assert.equal(await refusedBy(a.call('putAll', map, [['k', 3]])), code(writes), `putAll of ${map}`)
      const theirs = await client.getMap<string, number>(map)
      const name = (isRefused: boolean): string => (isRefused ? 'SplitBrainProtectionError' : '')
      assert.equal(await refusedBy(theirs.get('k')), name(reads), `a client's get of ${map}`)
      assert.equal(await refusedBy(theirs.put('k', 4)), name(writes), `a client's put of ${map}`)
    }
    assert.equal(await a.call('get', 'free', 'k'), 1)

    await cluster.add()
    await cluster.settled()
    for (const map of all) await a.call('put', map, 'k', 5)
    for (const map of all) assert.equal(await a.call('get', map, 'k'), 5)
    await client.shutdown()
  }))

/** Schemas of Compact values belong to the cluster: a client finds them at a member that came later than they, and after deaths. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Client } from 'hazelcast-client'
import { type TestMember, using } from './test-cluster.js'

const require = createRequire(import.meta.url)
const library = require('hazelcast-client') as typeof import('hazelcast-client')

class Employee {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

const serializer = {
  getClass: () => Employee,
  getTypeName: () => 'employee',
  read: (reader: { readString(name: string): string | null }) => new Employee(reader.readString('name') ?? ''),
  write: (writer: { writeString(name: string, value: string): void }, value: Employee) => writer.writeString('name', value.name),
}

const connect = (member: TestMember, knowsEmployee: boolean): Promise<Client> =>
  library.Client.newHazelcastClient({
    clusterName: 'test',
    network: { clusterMembers: [`127.0.0.1:${member.port}`], smartRouting: false },
    properties: { 'hazelcast.logging.level': 'OFF' },
    serialization: { compact: { serializers: knowsEmployee ? [serializer] : [] } },
  })

test('a member that came later knows the schemas, also when those that were told are dead', () =>
  using({ xml: '<map name="default"><backup-count>1</backup-count></map>', members: 2 }, async cluster => {
    const [first, second] = cluster.members as [TestMember, TestMember]
    const client = await connect(first, true)
    const map = await client.getMap<string, Employee>('staff')
    await map.set('a', new Employee('Ada'))
    await client.shutdown()
    const third = await cluster.add()
    await cluster.settled()
    for (const gone of [first, second]) {
      await cluster.kill(gone)
      await cluster.settled()
      const stranger = await connect(third, false)
      const found = await (await stranger.getMap<string, { getString(name: string): string }>('staff')).get('a')
      await stranger.shutdown()
      assert.equal(found?.getString('name'), 'Ada')
    }
  }))

/** The official clients and a cluster that changes under them. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Client } from 'hazelcast-client'
import { clientConfig, officialClients } from './support/official-clients.js'
import { eventually, startMember, TestCluster, type TestMember, testConfig } from './support/test-server.js'

for (const { version, library } of officialClients) {
  const connect = (members: readonly TestMember[], changes = {}): Promise<Client> =>
    library.Client.newHazelcastClient(
      clientConfig(
        members.map(member => member.port),
        changes,
      ),
    )

  describe(`client ${version} in a changing cluster`, () => {
    it('connects to a member that joins, and goes on when one leaves', async () => {
      const cluster = new TestCluster()
      const members = [await startMember(cluster), await startMember(cluster)]
      const client = await connect(members)
      const joined: string[] = []
      client.getCluster().addMembershipListener({
        memberAdded: event => joined.push(event.member.uuid.toString()),
        memberRemoved: () => undefined,
      })
      const map = await client.getMap<number, number>('m')
      const heard = new Set<unknown>()
      await map.addEntryListener({ added: event => heard.add(event.key) }, undefined, false)

      const third = await startMember(cluster)
      await eventually('the client connects to the third', () => third.server.clientCount === 1)
      assert.deepEqual(joined, [third.id])
      await eventually('its listener is there too', () => cluster.maps.listenerCount === 3)

      const second = members[1] as TestMember
      cluster.members.splice(1, 1)
      cluster.assign()
      await second.stop()
      await Promise.all(Array.from({ length: 100 }, (_, i) => map.set(i, i)))
      assert.equal(await map.size(), 100)
      await eventually('events still come', () => heard.size === 100)
      await eventually('the listeners of the lost session are gone', () => cluster.maps.listenerCount === 2)
      await client.shutdown()
      for (const member of [members[0] as TestMember, third]) await member.stop()
    })

    it('is not let into another cluster, or without the password', async () => {
      const cluster = new TestCluster()
      const properties = { 'cobnut.client.username': 'ada', 'cobnut.client.password': 'secret' }
      const member = await startMember(cluster, testConfig(properties))
      const impatient = { connectionStrategy: { connectionRetry: { clusterConnectTimeoutMillis: 100 } } }
      await assert.rejects(connect([member], { ...impatient, clusterName: 'prod' }))
      await assert.rejects(connect([member], impatient))
      await assert.rejects(connect([member], { ...impatient, security: { token: { token: 'abc' } } }))
      assert.equal(member.server.clientCount, 0)
      const client = await connect([member], { security: { usernamePassword: { username: 'ada', password: 'secret' } } })
      assert.equal(member.server.clientCount, 1)
      await client.shutdown()
      await eventually('the client is gone', () => member.server.clientCount === 0)
      await member.stop()
    })

    it('comes back to a member that restarts', async () => {
      const cluster = new TestCluster()
      const first = await startMember(cluster)
      const second = await startMember(cluster)
      const client = await connect([first, second], { network: { smartRouting: false } })
      const map = await client.getMap('m')
      await map.set('k', 1)
      const connected = first.server.clientCount === 1 ? first : second
      await connected.stop()
      assert.equal(await map.get('k'), 1)
      const other = connected === first ? second : first
      assert.equal(other.server.clientCount, 1)
      await client.shutdown()
      await other.stop()
    })

    it('hears of maps, once', async () => {
      const cluster = new TestCluster()
      const members = [await startMember(cluster), await startMember(cluster)]
      const client = await connect(members)
      const heard: string[] = []
      await client.addDistributedObjectListener(event => heard.push(`${event.objectName} ${event.eventType}`))
      await client.getMap('made')
      await eventually('it hears of the map', () => heard.length > 0)
      cluster.maps.map('by another')
      await eventually('it hears of the other', () => heard.length > 1)
      assert.deepEqual(heard, ['made created', 'by another created'])
      await client.shutdown()
      for (const member of members) await member.stop()
    })

    it('keeps compact values and their schemas', async () => {
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
        write: (writer: { writeString(name: string, value: string): void }, value: Employee) =>
          writer.writeString('name', value.name),
      }
      const cluster = new TestCluster()
      const member = await startMember(cluster)
      const client = await connect([member], { serialization: { compact: { serializers: [serializer] } } })
      const map = await client.getMap<string, Employee>('staff')
      await map.set('a', new Employee('Ada'))
      assert.equal((await map.get('a'))?.name, 'Ada')
      const stranger = await connect([member])
      const record = (await (await stranger.getMap<string, { getString(name: string): string }>('staff')).get('a')) ?? null
      assert.equal(record?.getString('name'), 'Ada')
      for (const one of [client, stranger]) await one.shutdown()
      await member.stop()
    })
  })
}

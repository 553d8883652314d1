/** Maps as objects of a cluster: their names, their list, their end; and the services that a member refuses. */

import type { Client } from 'hazelcast-client'
import { until } from '../../integration/test-cluster.js'
import type { Row } from '../row.js'

const names: Readonly<Record<string, string>> = {
  'of one letter': 'a',
  'with spaces': 'a map of many words',
  'of all planes': 'é漢字😀',
  'with an @': 'name@partition',
  'with a star': 'a*b',
  'with dots': 'a.b.c',
  'of 1000 letters': 'n'.repeat(1_000),
}

const services: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  queue: client => client.getQueue('x').then(queue => queue.offer(1)),
  set: client => client.getSet('x').then(set => set.add(1)),
  list: client => client.getList('x').then(list => list.add(1)),
  topic: client => client.getReliableTopic('x').then(topic => topic.publish(1)),
  'multi-map': client => client.getMultiMap('x').then(map => map.put('k', 1)),
  'replicated map': client => client.getReplicatedMap('x').then(map => map.put('k', 1)),
  ringbuffer: client => client.getRingbuffer('x').then(ring => ring.add(1)),
  'flake id generator': client => client.getFlakeIdGenerator('x').then(ids => ids.newId()),
  'PN counter': client => client.getPNCounter('x').then(counter => counter.get()),
  'atomic long': client =>
    client
      .getCPSubsystem()
      .getAtomicLong('x')
      .then(long => long.get()),
  'fenced lock': client =>
    client
      .getCPSubsystem()
      .getLock('x')
      .then(lock => lock.lock()),
  semaphore: client =>
    client
      .getCPSubsystem()
      .getSemaphore('x')
      .then(semaphore => semaphore.availablePermits()),
  'count-down latch': client =>
    client
      .getCPSubsystem()
      .getCountDownLatch('x')
      .then(latch => latch.getCount()),
}

export const proxies: readonly Row[] = [
  ...Object.entries(names).map(
    ([what, name]): Row => ({
      name: `a map with a name ${what}`,
      call: async scene => {
        const map = await scene.client.getMap(`${scene.name}/${name}`)
        const other = await scene.other.getMap(`${scene.name}/${name}`)
        await map.set('k', 1)
        return [map.getName() === `${scene.name}/${name}`, await other.get('k'), await scene.map.get('k')]
      },
      gives: [true, 1, null],
    }),
  ),
  {
    name: 'a map is listed once it is used',
    has: [['k', 1]],
    call: async ({ other, name }) => {
      const isListed = async (): Promise<boolean> => {
        const objects = await other.getDistributedObjects()
        return objects.some(object => object.getName() === name && object.getServiceName() === 'hz:impl:mapService')
      }
      await until('the map to be listed', isListed)
      return isListed()
    },
    gives: true,
  },
  {
    name: 'a map is listed before it is used',
    call: async ({ client, other, name }) => {
      await client.getMap(`${name}-unused`)
      const objects = await other.getDistributedObjects()
      return objects.some(object => object.getName() === `${name}-unused`)
    },
    gives: true,
  },
  {
    name: 'a map that has been destroyed is empty, and can be used again',
    has: [['k', 1]],
    call: async ({ client, other, name, map }) => {
      await map.destroy()
      const [again, theirs] = [await client.getMap(name), await other.getMap(name)]
      const before = [await again.size(), await theirs.get('k')]
      await again.set('l', 2)
      return [before, await theirs.entrySet()]
    },
    gives: [[0, null], [['l', 2]]],
    leaves: [['l', 2]],
    tells: 'any',
  },
  {
    name: 'a listener of objects hears of a map that is made and destroyed',
    call: async ({ client, other, name }) => {
      const heard: string[] = []
      const made = `${name}-made`
      const id = await client.addDistributedObjectListener(event => {
        if (event.objectName === made) heard.push(event.eventType)
      })
      const map = await other.getMap(made)
      await map.set('k', 1)
      await until('the making', () => heard.includes('created'))
      await map.destroy()
      await until('the end', () => heard.includes('destroyed'))
      return [await client.removeDistributedObjectListener(id), heard]
    },
    gives: [true, ['created', 'destroyed']],
    calm: true,
  },
  ...Object.entries(services).map(
    ([what, use]): Row => ({
      name: `a ${what} is refused`,
      call: ({ client }) => use(client),
      fails: 'UnsupportedOperationError',
      oursOnly: 'other services',
    }),
  ),
  {
    name: 'SQL is refused',
    call: ({ client }) => client.getSql().execute('SELECT 1'),
    fails: 'HazelcastSqlException',
    oursOnly: 'other services',
  },
]

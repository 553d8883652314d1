/** Every member of a cluster is restarted, one after the other, while a client of Hazelcast and an embedded member write. */

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { type TestContext, test } from 'node:test'
import { Cobnut, type MemberStatus } from 'cobnut'
import type { Client } from 'hazelcast-client'
import { parseAddress } from '../src/address.js'
import { freePorts } from '../src/free-ports.js'
import { MemberClient } from '../src/http-client.js'
import { CobnutProcess } from './cobnut-process.js'
import { eventually } from './support.js'

const library = createRequire(import.meta.url)('hazelcast-client') as { Client: typeof Client }
const clusterName = 'rolling'
const callers = 8
const keysPerCaller = 50

interface Writes {
  set(key: string, value: number): Promise<void>
}

class Load {
  readonly #written = new Map<string, number>()
  readonly #callers: Promise<void>[] = []
  #isOver = false

  start(name: string, map: Writes): void {
    for (let caller = 0; caller < callers; caller++) this.#callers.push(this.#write(map, `${name}-${caller}`))
  }

  async #write(map: Writes, name: string): Promise<void> {
    for (let i = 0; !this.#isOver; i++) {
      const key = `${name}-${i % keysPerCaller}`
      await map.set(key, i)
      this.#written.set(key, i)
    }
  }

  /** Rejects as soon as one call has failed. */
  get failing(): Promise<unknown> {
    return Promise.all(this.#callers)
  }

  /** What was acknowledged. */
  async end(): Promise<ReadonlyMap<string, number>> {
    this.#isOver = true
    await this.failing
    return this.#written
  }
}

/** Every member knows the others, and no copy is missing. */
async function whole(addresses: readonly string[], members: number): Promise<void> {
  let seen: MemberStatus[] = []
  const ask = async (): Promise<true | undefined> => {
    seen = await Promise.all(addresses.map(address => new MemberClient(parseAddress(address)).status()))
    const isWhole = seen.every(status => status.members.length === members && status.groups.underReplicated === 0)
    return isWhole && new Set(seen.map(status => status.stateVersion)).size === 1 ? true : undefined
  }
  await eventually(ask, () => seen.map(({ members: known, groups, stateVersion }) => ({ known, groups, stateVersion })), 30_000)
}

test('every member is restarted under load: no call fails, and nothing is lost', async (t: TestContext) => {
  const addresses = (await freePorts(3, 0)).map(port => `127.0.0.1:${port}`)
  const start = async (address: string): Promise<CobnutProcess> => {
    const seeds = addresses.flatMap(member => ['--member', member])
    const member = new CobnutProcess(t, [
      'start',
      '--port',
      address.split(':')[1] as string,
      '--cluster-name',
      clusterName,
      ...seeds,
    ])
    assert.equal(await member.address(), address)
    return member
  }
  const members = await Promise.all(addresses.map(start))
  const embedded = await Cobnut.start(
    {
      clusterName,
      liteMember: true,
      network: { port: 0, join: { tcpIp: { enabled: true, members: addresses }, multicast: { enabled: false } } },
    },
    { logLevel: 'error' },
  )
  t.after(() => embedded.shutdown())
  const client = await library.Client.newHazelcastClient({
    clusterName,
    network: { clusterMembers: addresses },
    properties: { 'hazelcast.logging.level': 'OFF' },
  })
  t.after(() => client.shutdown())
  await whole(addresses, 4)

  const numbers = await client.getMap<string, number>('numbers')
  const load = new Load()
  load.start('client', numbers)
  load.start('embedded', embedded.getMap<string, number>('numbers'))
  const restartAll = async (): Promise<void> => {
    for (const [i, member] of members.entries()) {
      member.child.kill('SIGTERM')
      assert.equal(await member.exitCode(), 0, member.err.join('\n'))
      assert.deepEqual(
        member.events.find(({ event }) => event === 'member.leavesWithData'),
        undefined,
      )
      await start(addresses[i] as string)
      await whole(addresses, 4)
    }
  }
  await Promise.race([restartAll(), load.failing])
  const written = await load.end()

  assert.equal(written.size, 2 * callers * keysPerCaller)
  for (const [key, value] of written) assert.equal(await numbers.get(key), value, key)
})

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import type { JoinConfig } from '../../../src/api/config.js'
import { isCobnutError } from '../../../src/base/errors.js'
import type { Address } from '../../../src/env/env.js'
import { Multicast, readPacket } from '../../../src/node/multicast.js'
import { networkConfig } from './network-config.js'
import { localhost, memoryLog } from './support.js'

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, localhost)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

type Group = (clusterName: string, more?: Partial<JoinConfig['multicast']>) => Multicast

/** Members of one group on loopback; all are closed afterwards. */
async function withGroup(run: (member: Group, port: number) => Promise<void>): Promise<void> {
  const port = await freeUdpPort()
  const all: Multicast[] = []
  try {
    await run((clusterName, more = {}) => {
      const { multicast } = networkConfig({ multicast: { enabled: true, port, timeToLive: 0, ...more } }).join
      const member = new Multicast(multicast, clusterName, localhost, memoryLog().log)
      all.push(member)
      return member
    }, port)
  } finally {
    for (const member of all) member.close()
  }
}

const at = (port: number): Address => ({ host: localhost, port })

/** Asks again until the answer is what is awaited, as joining does. */
async function asked(member: Multicast, self: Address, ...expected: Address[]): Promise<void> {
  let found: Address[] = []
  for (let round = 0; round < 20; round++) {
    found = await member.candidates(self)
    if (found.length >= expected.length) break
  }
  assert.deepEqual(new Set(found), new Set(expected))
}

describe('multicast', () => {
  test('members of one cluster name find each other, and not themselves', () =>
    withGroup(async member => {
      const [a, b, c] = [member('dev'), member('dev'), member('dev')]
      await a.candidates(at(1))
      await b.candidates(at(2))
      await asked(c, at(3), at(1), at(2))
      await asked(a, at(1), at(2), at(3))
    }))

  test('another cluster name is not heard', () =>
    withGroup(async member => {
      const [a, stranger] = [member('dev'), member('prod')]
      await stranger.candidates(at(9))
      await a.candidates(at(1))
      await asked(a, at(1))
      await asked(stranger, at(9))
    }))

  test('nor is who sends from an address that is not trusted', () =>
    withGroup(async member => {
      const trusting = member('dev', { trustedInterfaces: ['127.0.0.*'] })
      const wary = member('dev', { trustedInterfaces: ['10.*.*.*'] })
      await member('dev').candidates(at(2))
      await asked(trusting, at(3), at(2))
      await asked(wary, at(4))
    }))

  test('one that closed does not answer any more', () =>
    withGroup(async member => {
      const [a, gone] = [member('dev'), member('dev')]
      await gone.candidates(at(2))
      gone.close()
      gone.close()
      assert.deepEqual(await gone.candidates(at(2)), [])
      await asked(a, at(1))
    }))

  test('members that are known by addresses which their machine does not have find each other', () =>
    withGroup(async member => {
      const [a, b] = [member('dev'), member('dev')]
      const known: Address = { host: '203.0.113.5', port: 1 }
      await a.candidates(known)
      await asked(b, { host: 'grid.example', port: 2 }, known)
      await asked(a, known, { host: 'grid.example', port: 2 })
    }))

  test('a group that is none: an error, not a member by itself', async () => {
    const { multicast } = networkConfig({ multicast: { enabled: true, group: '10.0.0.1', port: await freeUdpPort() } }).join
    const member = new Multicast(multicast, 'dev', localhost, memoryLog().log)
    for (const _ of ['at once', 'and each time']) {
      await assert.rejects(
        member.candidates(at(1)),
        error => isCobnutError(error, 'CONFIG_INVALID') && /group 10\.0\.0\.1/.test(error.message),
      )
    }
    member.close()
  })

  test('packets of others are not ours', () => {
    const good = { kind: 'here', cluster: 'dev', host: '10.0.0.1', port: 5701 }
    const read = (value: unknown, magic = 'COBNUT1 ') => readPacket(Buffer.from(`${magic}${JSON.stringify(value)}`))
    assert.deepEqual(read(good), good)
    const bad: unknown[] = [
      null,
      [],
      7,
      { ...good, kind: 'bye' },
      { ...good, cluster: 1 },
      { ...good, host: '' },
      { ...good, host: 'a b' },
      { ...good, host: 'x'.repeat(254) },
      { ...good, port: 0 },
      { ...good, port: 65_536 },
      { ...good, port: 1.5 },
      { ...good, port: '5701' },
    ]
    for (const value of bad) assert.equal(read(value), null, JSON.stringify(value))
    assert.equal(read(good, 'COBNUT2 '), null)
    assert.equal(readPacket(Buffer.from('COBNUT1 {"kind"')), null)
    assert.equal(readPacket(Buffer.alloc(0)), null)
    assert.equal(read({ ...good, more: 'x'.repeat(1_024) }), null)
  })
})

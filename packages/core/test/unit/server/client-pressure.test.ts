/** Sessions of clients that are silent, slow, or ask for much at once. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clientTable, eventTable, mapTable } from '../../../src/protocol/client-table.js'
import { data, errorText, get, loggedIn, put } from './support/raw-calls.js'
import { encodeRequest, type Message } from './support/raw-session.js'

describe('client session: time and pressure', () => {
  it('a silent client is closed, one that pings is not', () => {
    const session = loggedIn()
    session.clock.advance(50_000)
    session.send(clientTable.ping, 2, {})
    session.clock.advance(50_000)
    assert.equal(session.pipe.state, 'open')
    session.clock.advance(12_000)
    assert.equal(session.pipe.state, 'destroyed')
    assert.match(String(session.log.find('client.left')?.reason), /silent/)
    assert.equal(session.server.clientCount, 0)
  })

  it('a client that does not read is not listened to, and closed in the end', async () => {
    const session = loggedIn()
    session.pipe.receive(put(2, 'k', 'v'.repeat(300_000)))
    await session.settled()
    session.pipe.blocked = true
    session.pipe.receive(get(3, 'k'))
    await session.settled()
    assert.ok(session.pipe.paused)
    session.pipe.drain()
    assert.ok(!session.pipe.paused)
    assert.deepEqual(
      session.messages().map(message => message.id),
      [2, 3],
    )

    session.pipe.blocked = true
    session.pipe.receive(get(4, 'k'))
    await session.settled()
    session.clock.advance(62_000)
    assert.equal(session.pipe.state, 'destroyed')
    assert.match(String(session.log.find('client.left')?.reason), /read nothing/)
  })

  it('a client that reads slowly is not closed, however long a large answer takes', async () => {
    const session = loggedIn()
    session.pipe.receive(put(2, 'k', 'v'.repeat(1_000_000)))
    await session.settled()
    session.pipe.blocked = true
    session.pipe.receive(get(3, 'k'))
    await session.settled()
    for (let second = 0; second < 100; second++) {
      session.pipe.take(5_000)
      session.clock.advance(1_000)
    }
    assert.equal(session.pipe.state, 'open')
    session.clock.advance(62_000)
    assert.equal(session.pipe.state, 'destroyed')
    assert.match(String(session.log.find('client.left')?.reason), /read nothing/)
  })

  for (const [what, valueBytes] of [
    ['large', 1_000_000],
    ['middling', 250_000],
    ['small', 50],
  ] as const) {
    it(`a client that does not read has little made for it of ${what} answers, and none is lost`, async () => {
      const session = loggedIn()
      session.pipe.receive(put(2, 'k', 'v'.repeat(valueBytes)))
      await session.settled()
      session.pipe.blocked = true
      const gets = Array.from({ length: 2_000 }, (_, i) => get(10 + i, 'k'))
      session.pipe.receive(Buffer.concat(gets))
      await session.settled()
      assert.ok(session.pipe.bufferedBytes < 19_000_000, `${session.pipe.bufferedBytes} bytes held for one client`)
      const ids: number[] = []
      while (ids.length < gets.length) {
        session.pipe.drain()
        session.pipe.blocked = true
        ids.push(...(await session.settled()).map(message => message.id).filter(id => id >= 10))
        session.pipe.arrived.length = 0
        assert.ok(session.pipe.bufferedBytes < 19_000_000, `${session.pipe.bufferedBytes} bytes held for one client`)
      }
      assert.deepEqual(
        ids,
        gets.map((_, i) => 10 + i),
      )
    })
  }

  it('answers of a kind that were large are not asked for in great number, though others are small', async () => {
    const session = loggedIn()
    let open = (): void => undefined
    session.pipe.receive(put(2, 'k', 'v'.repeat(1_000_000)))
    session.pipe.receive(Buffer.concat(Array.from({ length: 8 }, (_, i) => get(3 + i, 'k'))))
    await session.settled()
    session.pipe.arrived.length = 0
    session.cluster.maps.map('m').gate = new Promise(resolve => {
      open = resolve
    })
    session.pipe.blocked = true
    session.pipe.receive(Buffer.concat(Array.from({ length: 100 }, (_, i) => get(100 + i, 'k'))))
    assert.ok(session.pipe.paused)
    open()
    await session.settled()
    assert.ok(session.pipe.bufferedBytes < 18_000_000, `${session.pipe.bufferedBytes} bytes held for one client`)
    session.pipe.drain()
    assert.equal((await session.settled()).length, 100)
    assert.ok(!session.pipe.paused)
  })

  it('a large answer under way costs nobody its listeners', async () => {
    const session = loggedIn()
    session.send(mapTable.addEntryListener, 2, { name: 'm', includeValue: true, flags: 0xff, localOnly: false })
    session.pipe.receive(put(3, 'large', 'v'.repeat(20_000_000)))
    await session.settled()
    session.pipe.drain()
    session.pipe.blocked = true
    session.pipe.arrived.length = 0
    session.pipe.receive(get(4, 'large'))
    await session.settled()
    await session.cluster.maps.map('m').set(data('k'), data('v'), { ttlMs: -1, maxIdleMs: -1 })
    await session.settled()
    assert.equal(session.pipe.state, 'open')
    session.pipe.drain()
    const types = (await session.settled()).map(message => message.type)
    assert.deepEqual(types, [mapTable.get.code + 1, eventTable.entry.code])
  })

  it('a listener that does not read loses its session, not our memory', async () => {
    const session = loggedIn()
    session.send(mapTable.addEntryListener, 2, { name: 'm', includeValue: true, flags: 0xff, localOnly: false })
    await session.settled()
    session.pipe.blocked = true
    const map = session.cluster.maps.map('m')
    for (let i = 0; i < 40 && session.pipe.state === 'open'; i++) {
      await map.set(data('k'), data('v'.repeat(1_000_000)), { ttlMs: -1, maxIdleMs: -1 })
      await session.settled()
    }
    assert.equal(session.pipe.state, 'destroyed')
    assert.match(String(session.log.find('client.left')?.reason), /does not read its events/)
    await session.settled()
    assert.equal(map.listenerCount, 0)
  })

  it('reads no more while too many requests are open', async () => {
    const session = loggedIn()
    let open = (): void => undefined
    session.cluster.maps.map('m').gate = new Promise(resolve => {
      open = resolve
    })
    session.pipe.receive(Buffer.concat(Array.from({ length: 2_048 }, (_, i) => get(10 + i, 'k'))))
    assert.ok(session.pipe.paused)
    open()
    assert.equal((await session.settled()).length, 2_048)
    assert.ok(!session.pipe.paused)
  })

  it('hears a client whose writes wait for its own lock', async () => {
    const session = loggedIn()
    const lock = { name: 'm', key: data('k'), threadId: 1 }
    const set = { name: 'm', key: data('k'), value: data('v'), threadId: 0, ttl: -1 }
    session.send(mapTable.lock, 2, { ...lock, lease: -1, reference: 1 })
    await session.settled()
    session.pipe.receive(Buffer.concat(Array.from({ length: 2_100 }, (_, i) => encodeRequest(mapTable.set, 1_000 + i, set))))
    assert.ok(session.pipe.paused)
    session.clock.advance(2_000)
    assert.ok(!session.pipe.paused)
    session.send(clientTable.ping, 3, {})
    session.send(mapTable.unlock, 4, { ...lock, reference: 2 })
    const answers = await session.settled()
    assert.equal(answers.filter(({ type }) => type === mapTable.set.code + 1).length, 2_100)
    assert.deepEqual(
      answers.map(({ id }) => id).filter(id => id < 1_000),
      [2, 3, 4],
    )
  })

  it('takes no more than so many that wait, and still what may end their waiting', async () => {
    const session = loggedIn()
    session.pipe.receive(Buffer.concat(Array.from({ length: 100 }, (_, n) => get(100 + n, 'k'))))
    assert.equal((await session.settled()).length, 100, 'from now on answers are known to be small')
    session.pipe.arrived.length = 0
    let open = (): void => undefined
    session.cluster.maps.map('m').gate = new Promise(resolve => {
      open = resolve
    })
    const lock = { name: 'other', key: data('k'), threadId: 1 }
    session.send(mapTable.lock, 2, { ...lock, lease: -1, reference: 1 })
    await session.settled()
    for (let i = 0; i < 10; i++) {
      session.pipe.receive(Buffer.concat(Array.from({ length: 2_048 }, (_, n) => get(10_000 + i * 2_048 + n, 'k'))))
      session.clock.advance(2_000)
      assert.ok(!session.pipe.paused)
    }
    session.pipe.receive(get(3, 'k'))
    session.send(clientTable.ping, 4, {})
    session.send(mapTable.unlock, 5, { ...lock, reference: 2 })
    const [locked, refused, ...others] = await session.settled()
    assert.deepEqual([locked?.id, refused?.id, ...others.map(({ id }) => id)], [2, 3, 4, 5])
    assert.match(errorText(refused as Message), /OverloadException/)
    assert.deepEqual(
      others.map(({ type }) => type),
      [clientTable.ping.code + 1, mapTable.unlock.code + 1],
    )
    open()
    assert.equal((await session.settled()).length, 4 + 20_480)
    session.pipe.receive(get(6, 'k'))
    assert.equal((await session.settled()).at(-1)?.type, mapTable.get.code + 1)
  })
})

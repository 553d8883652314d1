/** Sessions of clients that are strangers, silent, slow, or gone. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { InvariantError } from '../../../src/base/assert.js'
import { clientTable, eventTable, mapTable } from '../../../src/protocol/client-table.js'
import { ManualPipe } from './support/manual-world.js'
import { data, errorText, get, loggedIn, put, service } from './support/raw-calls.js'
import { decodeEvent, decodeResponse, encodeRequest, loginRequest, type Message, RawSession } from './support/raw-session.js'

describe('client session: login', () => {
  it('accepts the cluster name and tells where it is', () => {
    const session = new RawSession()
    const answer = session.login()
    assert.equal(answer.status, 0)
    assert.equal(answer.partitionCount, 271)
    assert.deepEqual(answer.address, { host: '10.0.0.1', port: 5_701 })
    assert.equal(answer.members.length, 1)
    assert.equal(answer.partitions.get(answer.memberUuid ?? '')?.length, 271)
    assert.deepEqual(
      session.server.clients().map(({ id, name, type, version, statistics }) => ({ id, name, type, version, statistics })),
      [{ id: '00000000-0000-4000-8000-0000000000cc', name: 'raw', type: 'NJS', version: '5.7.0', statistics: null }],
    )
  })

  it('refuses another cluster, another serialization, a token, and ends the session', () => {
    for (const [changes, status] of [
      [{ clusterName: 'prod' }, 1],
      [{ serializationVersion: 2 }, 2],
      [{ uuid: null }, 1],
    ] as const) {
      const session = new RawSession()
      assert.equal(session.login(changes).status, status)
      assert.equal(session.pipe.state, 'ended')
      assert.equal(session.server.clientCount, 0)
    }
    const session = new RawSession()
    const { username: _, password: __, ...rest } = loginRequest
    session.send(clientTable.authenticateCustom, 1, { ...rest, credentials: new Uint8Array([1]) })
    assert.equal(decodeResponse(clientTable.authenticateCustom, session.messages()[0] as Message).status, 1)
    assert.equal(session.pipe.state, 'ended')
  })

  it('wants the configured username and password', () => {
    const properties = { 'cobnut.client.username': 'ada', 'cobnut.client.password': 'secret' }
    const status = (username: string | null, password: string | null): number =>
      new RawSession(properties).login({ username, password }).status
    assert.equal(status('ada', 'secret'), 0)
    for (const [username, password] of [
      ['ada', 'secre'],
      ['ada', 'secretsecret'],
      ['ada', null],
      [null, null],
      ['', ''],
    ] as const) {
      assert.equal(status(username, password), 1)
    }
    assert.equal(new RawSession().login({ username: 'any', password: 'body' }).status, 0)
  })

  it('answers nothing but a login before the login', () => {
    const session = new RawSession()
    session.pipe.receive(get(7, 'k'))
    const [answer] = session.messages()
    assert.equal(answer?.id, 7)
    assert.match(errorText(answer as Message), /AuthenticationException/)
    assert.equal(session.pipe.state, 'ended')
    session.pipe.receive(get(8, 'k'))
    assert.equal(session.messages().length, 1, 'nothing is answered after the end')
  })

  it('shows out who does not log in', () => {
    const session = new RawSession()
    session.clock.advance(9_000)
    assert.equal(session.pipe.state, 'open')
    session.clock.advance(3_000)
    assert.equal(session.pipe.state, 'destroyed')
    assert.match(String(session.log.find('client.left')?.reason), /no login/)
    assert.equal(session.clock.timerCount, 0)
  })
})

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

describe('client session: listeners and views', () => {
  it('an entry listener hears its key, with the id of its registration', async () => {
    const session = loggedIn()
    session.send(mapTable.addEntryListenerToKey, 9, { name: 'm', key: data('k'), includeValue: false, flags: 1, localOnly: true })
    const [answer] = await session.settled()
    const registration = decodeResponse(mapTable.addEntryListenerToKey, answer as Message)
    session.pipe.arrived.length = 0
    session.pipe.receive(Buffer.concat([put(2, 'other', 1), put(3, 'k', 1), put(4, 'k', 2)]))
    const heard = (await session.settled()).filter(message => message.id === 9)
    assert.equal(heard.length, 1)
    const event = decodeEvent(eventTable.entryOfKey, heard[0] as Message)
    assert.deepEqual([service.toObject(event.key), event.value, event.oldValue, event.type], ['k', null, null, 1])

    session.pipe.arrived.length = 0
    session.send(mapTable.removeEntryListener, 5, { name: 'm', registration })
    session.send(mapTable.removeEntryListener, 6, { name: 'm', registration })
    const answers = (await session.settled()).sort((a, b) => a.id - b.id)
    const removed = answers.map(message => decodeResponse(mapTable.removeEntryListener, message))
    assert.deepEqual(removed, [true, false])
  })

  it('a registration that completes after the client left is undone', async () => {
    const session = loggedIn()
    const map = session.cluster.maps.map('m')
    let open = (): void => undefined
    map.gate = new Promise(resolve => {
      open = resolve
    })
    session.send(mapTable.addEntryListener, 2, { name: 'm', includeValue: true, flags: 0xff, localOnly: false })
    session.pipe.closeByPeer()
    open()
    await session.settled()
    assert.equal(map.listenerCount, 0)
  })

  it('has only so many', async () => {
    const session = loggedIn()
    const one = { name: 'm', includeValue: true, flags: 0xff, localOnly: false }
    for (let id = 2; id <= 10_002; id += 1_000) {
      const batch = Array.from({ length: 1_000 }, (_, i) => encodeRequest(mapTable.addEntryListener, id + i, one))
      session.pipe.receive(Buffer.concat(batch))
      await session.settled()
    }
    const refused = (await session.settled()).filter(message => message.type === 0)
    assert.equal(refused.length, 1_000)
    assert.match(errorText(refused[0] as Message), /OverloadException/)
    await session.settled()
    assert.equal(session.cluster.maps.map('m').listenerCount, 10_000)
  })

  it('the views come at once and at each change, gathered', () => {
    const session = loggedIn()
    session.send(clientTable.addClusterViewListener, 3, {})
    const [answer, members, partitions] = session.messages()
    assert.equal(answer?.type, clientTable.addClusterViewListener.code + 1)
    assert.equal(decodeEvent(eventTable.membersView, members as Message).members.length, 1)
    assert.equal(decodeEvent(eventTable.partitionsView, partitions as Message).partitions.size, 1)

    session.pipe.arrived.length = 0
    session.cluster.owners[5] = null
    session.cluster.changed()
    session.cluster.changed()
    session.clock.advance(50)
    const [, later, ...more] = session.messages()
    assert.equal(more.length, 0)
    const view = decodeEvent(eventTable.partitionsView, later as Message)
    assert.equal(view.version, session.cluster.version)
    assert.equal([...view.partitions.values()].flat().length, 270, 'a partition without an owner is left out')
  })

  it('tells of maps made and destroyed', async () => {
    const session = loggedIn()
    session.send(clientTable.addDistributedObjectListener, 3, { localOnly: true })
    session.send(clientTable.createProxy, 4, { name: 'new', service: 'hz:impl:mapService' })
    session.send(clientTable.destroyProxy, 5, { name: 'new', service: 'hz:impl:mapService' })
    session.send(clientTable.createProxy, 6, { name: 'new', service: 'hz:impl:mapService' })
    await session.settled()
    const heard = session.messages().filter(message => message.type === eventTable.distributedObject.code)
    const types = heard.map(message => decodeEvent(eventTable.distributedObject, message))
    assert.deepEqual(
      types.map(({ name, type }) => `${name} ${type}`),
      ['new CREATED', 'new DESTROYED', 'new CREATED'],
    )
  })

  it('keeps schemas for those who ask later', async () => {
    const session = loggedIn()
    const fields = [
      ['active', 1],
      ['id', 9],
      ['name', 17],
      ['salary', 11],
      ['scores', 12],
    ] as const
    const schema = { typeName: 'employee', fields: fields.map(([fieldName, kind]) => ({ fieldName, kind })) }
    session.send(clientTable.sendSchema, 2, { schema })
    session.send(clientTable.fetchSchema, 3, { id: -6780660102124444428n })
    session.send(clientTable.fetchSchema, 4, { id: 1n })
    await session.settled()
    const [sent, found, missing] = (await session.settled()).sort((a, b) => a.id - b.id)
    assert.deepEqual(
      decodeResponse(clientTable.sendSchema, sent as Message),
      session.cluster.members.map(member => member.id),
    )
    assert.deepEqual(decodeResponse(clientTable.fetchSchema, found as Message), schema)
    assert.equal(decodeResponse(clientTable.fetchSchema, missing as Message), null)
  })
})

describe('client session: errors of this member', () => {
  it('a bug is answered and logged, a broken invariant reaches whoever stops the member', async () => {
    const session = loggedIn()
    const map = session.cluster.maps.map('m')
    map.fail(new TypeError('a bug'))
    session.pipe.receive(get(2, 'k'))
    assert.match(errorText((await session.settled())[0] as Message), /a bug/)
    assert.equal(session.log.find('client.request.crashed')?.what, 'Map.get')
    map.fail(new InvariantError('two owners'))
    session.pipe.receive(get(3, 'k'))
    await assert.rejects(session.settled(), InvariantError)
  })
})

describe('client server: stop', () => {
  it('sends what is answered, closes, and leaves no timer behind', () => {
    const session = loggedIn()
    session.send(clientTable.ping, 2, {})
    session.server.close()
    assert.deepEqual(
      session.messages().map(message => message.id),
      [2],
    )
    assert.equal(session.pipe.state, 'ended')
    session.clock.advance(1_000)
    assert.equal(session.pipe.state, 'destroyed')
    assert.equal(session.clock.timerCount, 0)
    assert.equal(session.cluster.listeners.size, 0)
  })

  it('accepts nobody afterwards', () => {
    const session = loggedIn()
    session.server.close()
    const late = new ManualPipe()
    session.server.accept(late, new Uint8Array(0))
    assert.equal(late.state, 'destroyed')
  })
})

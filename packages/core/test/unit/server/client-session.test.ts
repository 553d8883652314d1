/** Sessions of clients that are strangers, listen, or are gone. */

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

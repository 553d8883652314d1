/** Sessions under hostile and unlucky clients. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { clientTable, eventTable, mapTable } from '../../../src/protocol/client-table.js'
import { SerializationService } from '../../../src/serialization/serialization-service.js'
import {
  decodeEvent,
  decodeResponse,
  encodeRequest,
  loginRequest,
  ManualPipe,
  type Message,
  RawSession,
} from './support/raw-session.js'

const service = new SerializationService()
const data = (value: unknown): Uint8Array => service.toData(value)
const put = (id: number, key: unknown, value: unknown): Buffer =>
  encodeRequest(mapTable.put, id, { name: 'm', key: data(key), value: data(value), threadId: 0, ttl: -1 })
const get = (id: number, key: unknown): Buffer => encodeRequest(mapTable.get, id, { name: 'm', key: data(key), threadId: 0 })
const errorText = (message: Message): string => {
  assert.equal(message.type, 0)
  return Buffer.from(message.bytes).toString('latin1')
}
const loggedIn = (): RawSession => {
  const session = new RawSession()
  session.login()
  return session
}

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
      session.server.clients().map(({ uuid, name, type, version }) => ({ uuid, name, type, version })),
      [{ uuid: '00000000-0000-4000-8000-0000000000cc', name: 'raw', type: 'NJS', version: '5.7.0' }],
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

describe('client session: bytes', () => {
  it('understands messages cut and glued anywhere', async () => {
    const bytes = Buffer.concat([
      put(2, 'k', 'v'.repeat(50)),
      get(3, 'k'),
      encodeRequest(clientTable.ping, 4, {}),
      get(5, 'none'),
    ])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 }), async cuts => {
        const session = loggedIn()
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        for (let i = 1; i < edges.length; i++) session.pipe.receive(bytes.subarray(edges[i - 1], edges[i]))
        const answers = new Map((await session.settled()).map(message => [message.id, message]))
        assert.deepEqual([...answers.keys()].sort(), [2, 3, 4, 5])
        const value = decodeResponse(mapTable.get, answers.get(3) as Message)
        assert.equal(service.toObject(value), 'v'.repeat(50))
        assert.equal(decodeResponse(mapTable.get, answers.get(5) as Message), null)
      }),
      { numRuns: 100 },
    )
  })

  it('one byte at a time', async () => {
    const session = loggedIn()
    for (const byte of put(2, 'k', 'v')) session.pipe.receive(Uint8Array.of(byte))
    assert.deepEqual(
      (await session.settled()).map(message => message.id),
      [2],
    )
  })

  it('garbage ends the session and leaves the server in peace', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 6, maxLength: 200 }), async bytes => {
        const session = loggedIn()
        session.pipe.receive(bytes)
        await session.settled()
        assert.equal(session.log.find('client.session.crashed'), undefined)
        assert.equal(session.log.find('client.request.crashed'), undefined)
      }),
    )
    for (const bytes of ['ffffffff00c0', '0500000000c0', '0600000000e0', 'ffffff7f00c0']) {
      const session = loggedIn()
      session.pipe.receive(Buffer.from(bytes, 'hex'))
      assert.equal(session.pipe.state, 'destroyed')
      assert.match(String(session.log.find('client.left')?.reason), /unreadable/)
    }
  })

  it('a valid message with one byte changed is answered or ends the session', async () => {
    const whole = put(2, 'key', 'value')
    for (let at = 0; at < whole.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const session = loggedIn()
        const changed = Buffer.from(whole)
        changed[at]! ^= flip
        session.pipe.receive(changed)
        await session.settled()
        assert.equal(session.log.find('client.session.crashed'), undefined)
        assert.equal(session.log.find('client.request.crashed'), undefined)
      }
    }
  })

  it('limits what a stranger may send', () => {
    const session = new RawSession()
    session.send(clientTable.authenticate, 1, { ...loginRequest, labels: ['x'.repeat(9_000)] })
    assert.equal(session.pipe.state, 'destroyed')
    assert.match(String(session.log.find('client.left')?.reason), /more than 8192 bytes/)

    const announcing = loggedIn()
    announcing.pipe.receive(Buffer.from('0100001000c0', 'hex'))
    assert.equal(announcing.pipe.state, 'destroyed', '256 MiB announced')
  })

  it('unknown messages and those of other services get an error', async () => {
    const session = loggedIn()
    for (const [i, type] of [0x010000, 0x020100, 0x7f7f00, 0x011000, -1].entries()) {
      const request = encodeRequest(clientTable.ping, 10 + i, {})
      request.writeInt32LE(type, 6)
      session.pipe.receive(request)
    }
    const answers = await session.settled()
    assert.deepEqual(
      answers.map(message => message.id),
      [10, 11, 12, 13, 14],
    )
    for (const answer of answers) assert.match(errorText(answer), /UnsupportedOperationException/)
    assert.match(errorText(answers[1] as Message), /MultiMap/)
    assert.match(errorText(answers[3] as Message), /Map\.lock/)
    assert.equal(session.pipe.state, 'open')
  })

  it('null keys and values are refused by name', async () => {
    const session = loggedIn()
    session.pipe.receive(put(2, null, 'v'))
    session.pipe.receive(put(3, 'k', null))
    for (const answer of await session.settled()) assert.match(errorText(answer), /NullPointerException/)
    session.send(mapTable.get, 4, { name: 'm', key: new Uint8Array(7), threadId: 0 })
    assert.equal(session.pipe.state, 'destroyed', 'not even a header')
  })
})

describe('client session: fragments', () => {
  /** Cuts a message at frame borders, as the protocol has it. */
  function fragments(message: Buffer, id: number): Buffer[] {
    const frames: Buffer[] = []
    for (let at = 0; at < message.length; ) {
      const length = message.readInt32LE(at)
      frames.push(Buffer.from(message.subarray(at, at + length)))
      at += length
    }
    return frames.map((frame, i) => {
      const head = Buffer.alloc(14)
      head.writeInt32LE(14, 0)
      head.writeUInt16LE((i === 0 ? 0x8000 : 0) | (i === frames.length - 1 ? 0x4000 : 0), 4)
      head.writeInt32LE(id, 6)
      frame.writeUInt16LE(frame.readUInt16LE(4) | 0x2000, 4)
      return Buffer.concat([head, frame])
    })
  }

  it('are put together again, interleaved too', async () => {
    const session = loggedIn()
    const [a, b] = [fragments(put(2, 'a', 1), 7), fragments(put(3, 'b', 2), 8)]
    for (const [i, fragment] of a.entries()) {
      session.pipe.receive(fragment)
      session.pipe.receive(b[i] as Buffer)
    }
    assert.deepEqual(
      (await session.settled()).map(message => message.id),
      [2, 3],
    )
    assert.equal(await session.cluster.maps.map('m').size(), 2)
  })

  it('out of order, too many, or from strangers, end the session', () => {
    const parts = fragments(put(2, 'a', 1), 7)
    const ended = (session: RawSession, pieces: readonly Buffer[]): void => {
      for (const piece of pieces) session.pipe.receive(piece)
      assert.equal(session.pipe.state, 'destroyed')
    }
    ended(loggedIn(), [parts[1] as Buffer])
    ended(loggedIn(), [parts[0] as Buffer, parts[0] as Buffer])
    ended(new RawSession(), parts)
    ended(
      loggedIn(),
      Array.from({ length: 65 }, (_, i) => fragments(put(2, 'a', 1), i)[0] as Buffer),
    )
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

  it('answers wait unwritten above the limit, and none is lost', async () => {
    const session = loggedIn()
    session.pipe.receive(put(2, 'k', 'v'.repeat(1_000_000)))
    await session.settled()
    session.pipe.blocked = true
    const gets = Array.from({ length: 40 }, (_, i) => get(10 + i, 'k'))
    session.pipe.receive(Buffer.concat(gets))
    await session.settled()
    assert.ok(session.pipe.bufferedBytes < 19_000_000, `${session.pipe.bufferedBytes} bytes held for one client`)
    session.pipe.drain()
    const ids = (await session.settled()).map(message => message.id).filter(id => id >= 10)
    assert.deepEqual(
      ids,
      gets.map((_, i) => 10 + i),
    )
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
    session.clock.advance(120_000)
    assert.equal(session.pipe.state, 'open', 'silence that we asked for is no silence')
    open()
    assert.equal((await session.settled()).length, 2_048)
    assert.ok(!session.pipe.paused)
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
    session.clock.advance(1_500)
    session.send(clientTable.destroyProxy, 5, { name: 'new', service: 'hz:impl:mapService' })
    await session.settled()
    session.clock.advance(1_500)
    const heard = session.messages().filter(message => message.type === eventTable.distributedObject.code)
    const types = heard.map(message => decodeEvent(eventTable.distributedObject, message))
    assert.deepEqual(
      types.map(({ name, type }) => `${name} ${type}`),
      ['new CREATED', 'new DESTROYED'],
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
    const [sent, found, missing] = session.messages()
    assert.deepEqual(
      decodeResponse(clientTable.sendSchema, sent as Message),
      session.cluster.members.map(member => member.id),
    )
    assert.deepEqual(decodeResponse(clientTable.fetchSchema, found as Message), schema)
    assert.equal(decodeResponse(clientTable.fetchSchema, missing as Message), null)
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

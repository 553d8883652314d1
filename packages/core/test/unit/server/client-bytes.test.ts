/** What comes in as bytes: cut, glued, garbled, in fragments, too much, unknown. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { clientTable, mapTable } from '../../../src/protocol/client-table.js'
import { errorText, get, loggedIn, put, service } from './support/raw-calls.js'
import { decodeResponse, encodeRequest, loginRequest, type Message, RawSession } from './support/raw-session.js'

describe('client bytes: messages', () => {
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
        assert.deepEqual(
          [...answers.keys()].sort((a, b) => a - b),
          [2, 3, 4, 5],
        )
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
    for (const [i, type] of [0x010000, 0x020100, 0x7f7f00, 0x014100, -1].entries()) {
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
    assert.match(errorText(answers[3] as Message), /Map\.eventJournalSubscribe/)
    assert.equal(session.pipe.state, 'open')
  })

  it('map names are taken as they are', async () => {
    const session = loggedIn()
    const names = ['\ufeffx', 'x', '', 'é😀', 'a/b c']
    for (const name of names) session.send(clientTable.createProxy, 2, { name, service: 'hz:impl:mapService' })
    await session.settled()
    assert.deepEqual(await session.cluster.maps.names(), names)
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

describe('client bytes: fragments', () => {
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

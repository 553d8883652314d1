/** A session without a socket: time and bytes are the test's, every message that comes out can be looked at. */

import { Prng } from '../../../../src/base/prng.js'
import { EVENT_HEAD_BYTES, int32At, REQUEST_HEAD_BYTES, RESPONSE_HEAD_BYTES } from '../../../../src/protocol/client-frame.js'
import { MessageReader } from '../../../../src/protocol/client-reader.js'
import type { EventRow, RequestOf, ResponseOf, Row } from '../../../../src/protocol/client-row.js'
import { clientTable } from '../../../../src/protocol/client-table.js'
import { MessageWriter } from '../../../../src/protocol/client-writer.js'
import { ClientServer } from '../../../../src/server/client-server.js'
import { ManualClock, ManualPipe } from './manual-world.js'
import { MemoryLog, TestCluster, testConfig } from './test-server.js'

export interface Message {
  readonly type: number
  readonly id: number
  readonly bytes: Uint8Array
}

export class RawSession {
  readonly clock = new ManualClock()
  readonly log = new MemoryLog()
  readonly cluster = new TestCluster()
  readonly pipe = new ManualPipe()
  readonly server: ClientServer

  constructor(properties: Record<string, string> = {}) {
    const id = '00000000-0000-4000-8000-000000000001'
    this.cluster.members.push({ id, address: { host: '10.0.0.1', port: 5_701 }, lite: false })
    this.cluster.assign()
    this.server = new ClientServer({
      maps: this.cluster.maps,
      addMapConfig: async (name, config) => void this.cluster.mapConfigs.set(name, config),
      schemas: this.cluster.schemas,
      views: this.cluster.views(id),
      config: testConfig(properties),
      clock: this.clock,
      random: new Prng(1),
      log: this.log,
      version: '0.0.0-test',
      onClientCame: () => undefined,
      onClientLeft: () => undefined,
    })
    this.server.accept(this.pipe, new Uint8Array(0))
  }

  send<Q>(row: Row<Q, unknown>, id: number, request: Q): void {
    this.pipe.receive(encodeRequest(row, id, request))
  }

  login(changes: Partial<RequestOf<typeof clientTable.authenticate>> = {}): ResponseOf<typeof clientTable.authenticate> {
    this.send(clientTable.authenticate, 1, { ...loginRequest, ...changes })
    const answer = this.messages().find(message => message.id === 1)
    if (answer === undefined) throw new Error('the login was not answered')
    this.pipe.arrived.length = 0
    return decodeResponse(clientTable.authenticate, answer)
  }

  /** What has come out so far. */
  messages(): Message[] {
    this.clock.runDeferred()
    return splitMessages(Buffer.concat(this.pipe.arrived))
  }

  /** Lets the promises of the handlers settle, then gives what has come out. */
  async settled(): Promise<Message[]> {
    await new Promise(resolve => setImmediate(resolve))
    return this.messages()
  }
}

export const loginRequest: RequestOf<typeof clientTable.authenticate> = {
  clusterName: 'dev',
  username: null,
  password: null,
  uuid: '00000000-0000-4000-8000-0000000000cc',
  clientType: 'NJS',
  serializationVersion: 1,
  clientVersion: '5.7.0',
  clientName: 'raw',
  labels: [],
  routingMode: undefined,
  cpDirectToLeaderRouting: undefined,
}

export function encodeRequest<Q>(row: Row<Q, unknown>, id: number, request: Q): Buffer {
  const writer = new MessageWriter()
  writer.begin(0x0100, row.code, id, 0, REQUEST_HEAD_BYTES, row.request.fixedBytes)
  row.request.write(writer, request)
  writer.finish()
  return Buffer.concat(writer.take())
}

export function decodeResponse<A>(row: Row<unknown, A>, message: Message): A {
  if (message.type !== row.code + 1) throw new Error(`answer of type ${message.type.toString(16)}`)
  return row.response.read(opened(message, RESPONSE_HEAD_BYTES))
}

export function decodeEvent<E>(row: EventRow<E>, message: Message): E {
  if (message.type !== row.code) throw new Error(`event of type ${message.type.toString(16)}`)
  return row.body.read(opened(message, EVENT_HEAD_BYTES))
}

function opened(message: Message, headBytes: number): MessageReader {
  const reader = new MessageReader()
  reader.open(message.bytes, 0, message.bytes.length, headBytes)
  return reader
}

/** Frame by frame, as a client does it; throws if bytes are left over. */
function splitMessages(bytes: Uint8Array): Message[] {
  const messages: Message[] = []
  let from = 0
  for (let at = 0; at < bytes.length; ) {
    const final = ((bytes[at + 5] ?? 0) & 0x20) !== 0
    at += int32At(bytes, at)
    if (at > bytes.length) throw new Error('a frame is longer than what was sent')
    if (!final) continue
    messages.push({ type: int32At(bytes, from + 6), id: int32At(bytes, from + 10), bytes: bytes.subarray(from, at) })
    from = at
  }
  if (from !== bytes.length) throw new Error('the last message has no end')
  return messages
}

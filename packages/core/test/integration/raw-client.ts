/** A client that sends and hears messages which the official client for Node.js does not know. */

import { connect, type Socket } from 'node:net'
import { MessageAssembler } from '../../src/protocol/client-assembler.js'
import { EVENT_HEAD_BYTES, RESPONSE_HEAD_BYTES } from '../../src/protocol/client-frame.js'
import { MessageReader } from '../../src/protocol/client-reader.js'
import type { EventRow, Row } from '../../src/protocol/client-row.js'
import { clientTable } from '../../src/protocol/client-table.js'
import { encodeRequest, loginRequest } from '../unit/server/support/raw-session.js'

/** One call after the other. */
export class RawClient {
  readonly #socket: Socket
  readonly #reader = new MessageReader()
  readonly #events = new Map<number, (reader: MessageReader) => void>()
  #onAnswer: (bytes: Uint8Array) => void = () => {}
  #calls = 0

  private constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.write('CP2')
    const assembler = new MessageAssembler((source, from, to) => this.#receive(source.slice(from, to)))
    assembler.trust()
    this.#socket.on('data', chunk => assembler.receive(chunk))
  }

  static async connect(port: number): Promise<RawClient> {
    const client = new RawClient(port)
    await client.call(clientTable.authenticate, { ...loginRequest, clusterName: 'local' })
    return client
  }

  /** From now on, whatever has been registered for. */
  hear<E>(row: EventRow<E>, onEvent: (event: E) => void): void {
    this.#events.set(row.code, reader => onEvent(row.body.read(reader)))
  }

  async call<Q, A>(row: Row<Q, A>, request: Q, partition = -1): Promise<A> {
    const bytes = encodeRequest(row, ++this.#calls, request)
    bytes.writeInt32LE(partition, 6 + 12)
    const answered = new Promise<Uint8Array>(resolve => {
      this.#onAnswer = resolve
    })
    this.#socket.write(bytes)
    const answer = await answered
    this.#reader.open(answer, 0, answer.length, RESPONSE_HEAD_BYTES)
    if (this.#reader.type !== row.code + 1) throw new Error(Buffer.from(answer).toString('latin1'))
    return row.response.read(this.#reader)
  }

  #receive(bytes: Uint8Array): void {
    this.#reader.open(bytes, 0, bytes.length, RESPONSE_HEAD_BYTES)
    const onEvent = this.#events.get(this.#reader.type)
    if (onEvent === undefined) return this.#onAnswer(bytes)
    this.#reader.open(bytes, 0, bytes.length, EVENT_HEAD_BYTES)
    onEvent(this.#reader)
  }

  close(): void {
    this.#socket.destroy()
  }
}

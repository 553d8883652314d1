/** The codecs of the official client, and messages of ours as they read them. */

import { createRequire } from 'node:module'
import { int32At } from '../../src/protocol/client-frame.js'
import { type EventRow, type Row, writeEvent, writeResponse } from '../../src/protocol/client-row.js'
import { MessageWriter } from '../../src/protocol/client-writer.js'

const require = createRequire(import.meta.url)
const { ClientMessage, Frame } = require('hazelcast-client/lib/protocol/ClientMessage')
const { HeapData } = require('hazelcast-client/lib/serialization/HeapData')
export const { Schema } = require('hazelcast-client/lib/serialization/compact/Schema')
export const { FieldDescriptor } = require('hazelcast-client/lib/serialization/generic_record/FieldDescriptor')
const { UUID } = require('hazelcast-client')
export const Long = require('long')

/** The codec of the client for a message, with its functions. */
export const codec = (name: string) => require(`hazelcast-client/lib/codec/${name}Codec`)[`${name}Codec`]

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[\s|]/g, ''), 'hex')
export const written = (write: (to: MessageWriter) => void): Buffer => {
  const writer = new MessageWriter()
  write(writer)
  return Buffer.concat(writer.take())
}
export const response = <A>(row: Row<unknown, A>, id: number, value: A): Buffer =>
  written(to => writeResponse(to, row, id, 0, value))
export const event = <E>(row: EventRow<E>, id: number, value: E): Buffer => written(to => writeEvent(to, row, id, 0, value))

/** Bytes as the client's decoders want them. */
export function theirMessage(bytes: Buffer) {
  let message: typeof ClientMessage = null
  for (let at = 0; at < bytes.length; ) {
    const length = int32At(bytes, at)
    const frame = new Frame(bytes.subarray(at + 6, at + length), bytes.readUInt16LE(at + 4))
    if (message === null) message = ClientMessage.createForDecode(frame)
    else message.addFrame(frame)
    at += length
  }
  return message
}

export const key = hex('00000000 fffffff5 00000001 6b')
export const value = hex('00000000 fffffff5 00000001 76')
export const [theirKey, theirValue] = [new HeapData(key), new HeapData(value)]
export const uuid = '01020304-0506-0708-090a-0b0c0d0e0f10'
export const theirUuid = new UUID(new Long(0x05060708, 0x01020304), new Long(0x0d0e0f10, 0x090a0b0c))
export const long = (n: number) => Long.fromNumber(n)

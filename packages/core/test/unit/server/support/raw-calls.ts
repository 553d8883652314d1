/** The calls that most tests of raw sessions make. */

import assert from 'node:assert/strict'
import { mapTable } from '../../../../src/protocol/client-table.js'
import { SerializationService } from '../../../../src/serialization/serialization-service.js'
import { encodeRequest, type Message, RawSession } from './raw-session.js'

export const service = new SerializationService()
export const data = (value: unknown): Uint8Array => service.toData(value)
export const put = (id: number, key: unknown, value: unknown): Buffer =>
  encodeRequest(mapTable.put, id, { name: 'm', key: data(key), value: data(value), threadId: 0, ttl: -1 })
export const get = (id: number, key: unknown): Buffer =>
  encodeRequest(mapTable.get, id, { name: 'm', key: data(key), threadId: 0 })
export const errorText = (message: Message): string => {
  assert.equal(message.type, 0)
  return Buffer.from(message.bytes).toString('latin1')
}
export const loggedIn = (): RawSession => {
  const session = new RawSession()
  session.login()
  return session
}

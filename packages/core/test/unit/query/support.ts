/** Values and conditions as the official client serializes them, and entries made of them. */

import { createRequire } from 'node:module'
import type { Condition, Where } from '../../../src/api/query.js'
import { Opener } from '../../../src/query/opener.js'
import { compile } from '../../../src/query/predicate.js'
import { QueryEntry } from '../../../src/query/query-entry.js'
import type { CompactSchema } from '../../../src/serialization/compact-layout.js'
import type { Data } from '../../../src/serialization/data.js'
import { SerializationService } from '../../../src/serialization/serialization-service.js'

const require = createRequire(import.meta.url)
const { SerializationServiceV1 } = require('hazelcast-client/lib/serialization/SerializationService')
const { SerializationConfigImpl } = require('hazelcast-client/lib/config/SerializationConfig')

export const hazelcast = require('hazelcast-client')

interface ClientSerialization {
  toData(value: unknown): { toBuffer(): Buffer }
}

const ours = new SerializationService()

export const own = (value: unknown): Data => ours.toData(value)

/** Schemas that the client would have sent to a member; it sends each before the first value of its type. */
const sentSchemas = new Map<bigint, CompactSchema>()

/** @param settings of the client's serialization: factories and serializers. */
export function clientSerialization(settings: Record<string, unknown> = {}): (value: unknown) => Data {
  const config = Object.assign(new SerializationConfigImpl(), settings)
  const known = new Map<string, ClientSchema>()
  const schemas = { get: (id: { toString(): string }) => known.get(id.toString()) }
  const service: ClientSerialization = new SerializationServiceV1(config, schemas)
  return value => {
    for (;;) {
      try {
        return Uint8Array.from(service.toData(value).toBuffer())
      } catch (error) {
        const { schema } = error as { schema?: ClientSchema }
        if (schema === undefined) throw error
        // the client would send it to the cluster now, and then go on
        known.set(schema.schemaId.toString(), schema)
        sentSchemas.set(BigInt(schema.schemaId.toString()), {
          typeName: schema.typeName,
          fields: schema.fields.map(({ fieldName, kind }) => ({ fieldName, kind })),
        })
      }
    }
  }
}

interface ClientSchema {
  readonly schemaId: { toString(): string }
  readonly typeName: string
  readonly fields: readonly { readonly fieldName: string; readonly kind: number }[]
}

export const theirs = clientSerialization()

const opener = new Opener({ get: id => sentSchemas.get(id) ?? null })

export const entryOf = (key: Data, value: Data): QueryEntry => new QueryEntry(key, value, opener)

const asCondition = (where: Where): Condition => (typeof where === 'string' ? { is: 'sql', text: where } : where)

/** Whether an entry of this value, and of this key, meets the condition. */
export const meets = (where: Where, value: unknown, key: unknown = 'k'): boolean =>
  compile(asCondition(where)).test(entryOf(own(key), own(value)))

interface Valued {
  readonly field: unknown
  readonly value: unknown
}

/** `field.INT32(5)`: a field of a Compact value, with its value. */
export const field: Readonly<Record<string, (value: unknown) => Valued>> = Object.fromEntries(
  Object.entries(hazelcast.Fields).map(([kind, one]) => [kind, value => ({ field: one, value })]),
)

/** A Compact value for the client's serializer. */
export const compact = (typeName: string, fields: Readonly<Record<string, Valued>>): unknown =>
  hazelcast.GenericRecords.compact(
    typeName,
    Object.fromEntries(Object.entries(fields).map(([name, of]) => [name, of.field])),
    Object.fromEntries(Object.entries(fields).map(([name, of]) => [name, of.value])),
  )

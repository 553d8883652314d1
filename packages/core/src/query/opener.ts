/** Opens serialized values so far that attributes can be read from them. One for a member. */

import { CobnutError, DecodeError } from '../base/errors.js'
import { type CompactLayout, compactLayout, type SchemaSource } from '../serialization/compact-layout.js'
import { CompactRecord } from '../serialization/compact-record.js'
import { DATA_HEADER_BYTES, type Data, typeOf } from '../serialization/data.js'
import { DataInput } from '../serialization/data-input.js'
import { PortableRecord } from '../serialization/portable-record.js'
import { typeId } from '../serialization/type-ids.js'
import { readTyped } from '../serialization/typed-value.js'

export interface Opened {
  /** Null also for what cannot be opened: it has no attributes. */
  readonly value: unknown
  /** Numbers of JSON have no type of their own. */
  readonly json: boolean
}

export const isRecord = (value: unknown): value is CompactRecord | PortableRecord =>
  value instanceof CompactRecord || value instanceof PortableRecord

const nothing: Opened = { value: null, json: false }

export class Opener {
  readonly #schemas: SchemaSource
  readonly #layouts = new Map<bigint, CompactLayout>()

  constructor(schemas: SchemaSource) {
    this.#schemas = schemas
  }

  /** @throws CobnutError SCHEMA_UNKNOWN */
  open(data: Data): Opened {
    const type = typeOf(data)
    const input = new DataInput(data, DATA_HEADER_BYTES)
    try {
      switch (type) {
        case typeId.json:
          return { value: JSON.parse(input.string() ?? 'null') as unknown, json: true }
        case typeId.compact:
          return { value: new CompactRecord(input, this.#layoutOf), json: false }
        case typeId.portable:
          return { value: PortableRecord.of(input), json: false }
        default:
          return { value: readTyped(type, input), json: false }
      }
    } catch (error) {
      if (error instanceof DecodeError || error instanceof SyntaxError) return nothing
      throw error
    }
  }

  readonly #layoutOf = (id: bigint): CompactLayout => {
    let layout = this.#layouts.get(id)
    if (layout === undefined) {
      const schema = this.#schemas.get(id)
      if (schema === null) throw new CobnutError('SCHEMA_UNKNOWN', `the schema ${id} of a Compact value is not known here`)
      layout = compactLayout(schema)
      this.#layouts.set(id, layout)
    }
    return layout
  }
}

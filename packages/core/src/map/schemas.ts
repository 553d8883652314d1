/**
 * Schemas of Compact values. A client sends each one before the first value of its type, and asks for those it does not
 * know, any member. They are part of the cluster state: a member that joins has them, and no death loses them.
 */

import { CobnutError } from '../base/errors.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { CompactSchema, SchemaSource } from '../serialization/compact-layout.js'
import { schemaId } from '../serialization/schema-id.js'

/** Of the names of one schema together: a fingerprint of more would keep everybody else waiting. */
const namesLengthMax = 65_536

export interface SchemaStore extends SchemaSource {
  /** Resolves when every member has them, or finds them when it is asked. */
  add(schemas: readonly CompactSchema[]): Promise<void>
  /** Also one that this member has not heard of yet. */
  find(id: bigint): Promise<CompactSchema | null>
}

export class Schemas implements SchemaStore {
  readonly #control: Pick<ControlPlane, 'state' | 'propose' | 'readIndex'>

  constructor(control: Pick<ControlPlane, 'state' | 'propose' | 'readIndex'>) {
    this.#control = control
  }

  async add(schemas: readonly CompactSchema[]): Promise<void> {
    for (const schema of schemas) checkLength(schema)
    const missing = schemas.filter(schema => this.get(schemaId(schema)) === null)
    if (missing.length === 0) return
    const [outcome] = await this.#control.propose([{ type: 'addSchemas', schemas: missing }])
    if (!outcome?.accepted) throw new CobnutError('OVERLOADED', 'the cluster has no room for more schemas')
  }

  get(id: bigint): CompactSchema | null {
    return this.#control.state().schemas.get(String(id)) ?? null
  }

  async find(id: bigint): Promise<CompactSchema | null> {
    const found = this.get(id)
    if (found !== null) return found
    await this.#control.readIndex()
    return this.get(id)
  }
}

function checkLength({ typeName, fields }: CompactSchema): void {
  const length = fields.reduce((sum, field) => sum + field.fieldName.length + 8, typeName.length)
  if (length > namesLengthMax) throw new CobnutError('ARGUMENT', `the names of a schema are ${length} long`)
}

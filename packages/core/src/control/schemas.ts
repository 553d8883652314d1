/** Schemas of Compact values in the cluster state: whoever has a later state has them, and they go when the cluster goes. */

import type { CompactSchema } from '../serialization/compact-layout.js'
import { schemaId } from '../serialization/schema-id.js'

/** By id, in decimal digits. */
export type SchemaTable = ReadonlyMap<string, CompactSchema>

/** Types of all applications together; one that makes up names without end is stopped here. */
const schemasMax = 2_000
/** Characters of all names together: the cluster state travels whole to whoever joins. */
const namesLengthMax = 1_048_576

const namesLength = ({ typeName, fields }: CompactSchema): number =>
  fields.reduce((length, { fieldName }) => length + fieldName.length, typeName.length)

/** With these beside those that are there; null = there is no room for them. */
export function schemasAfter(held: SchemaTable, added: readonly CompactSchema[]): SchemaTable | null {
  const after = new Map(held)
  for (const schema of added) {
    const id = String(schemaId(schema))
    if (!after.has(id)) after.set(id, schema)
  }
  if (after.size === held.size) return held
  const length = [...after.values()].reduce((sum, schema) => sum + namesLength(schema), 0)
  return after.size > schemasMax || length > namesLengthMax ? null : after
}

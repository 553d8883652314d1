/** What of an entry is given back by a projection. */

import { CobnutError } from '../base/errors.js'
import type { Data } from '../serialization/data.js'
import { DataOutput } from '../serialization/data-output.js'
import { typeId } from '../serialization/type-ids.js'
import type { DecodedProjection } from './aggregation-codec.js'
import { entryData, writeNestedData } from './identified.js'
import { Many, type Path, parsePath } from './path.js'
import { attributeData, type QueryEntry } from './query-entry.js'

/** @throws CobnutError QUERY */
export function projector({ attributes, asList }: DecodedProjection): (entry: QueryEntry) => Data {
  const paths = attributes.map(parsePath)
  const [first] = paths
  if (first === undefined) return ({ key, value }) => entryData(key, value)
  if (!asList) return entry => projected(entry, first)
  return entry => {
    const out = new DataOutput(64)
    out.int32(0)
    out.int32(typeId.objectArray)
    out.int32(paths.length)
    for (const path of paths) writeNestedData(out, projected(entry, path))
    return out.finish()
  }
}

function projected(entry: QueryEntry, path: Path): Data {
  // also where the value is of a kind that cannot be looked into
  if (path.steps.length === 0) return (path.root === 'key' ? entry.key : entry.value).slice()
  const value = entry.attribute(path)
  if (value instanceof Many) throw new CobnutError('QUERY', `${path.text} has many values: it cannot be projected`)
  return attributeData(value)
}

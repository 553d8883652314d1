/** Indexes as they are declared: checked, complete, and with one way to write each. */

import type { IndexConfig, IndexDefinition } from '../api/query.js'
import { CobnutError } from '../base/errors.js'
import { parsePath } from './path.js'

const attributesMax = 255
const indexTypes: readonly string[] = ['SORTED', 'HASH', 'BITMAP']

/** @throws CobnutError ARGUMENT */
export function indexDefinition(mapName: string, config: IndexConfig): IndexDefinition {
  const { type = 'SORTED', uniqueKey = '__key', uniqueKeyTransformation = 'OBJECT' } = config
  if (!indexTypes.includes(type)) throw refused(`there is no index type ${String(type)}`)
  const attributes = config.attributes.map(attribute => parsePath(attribute).text)
  const max = type === 'BITMAP' ? 1 : attributesMax
  if (attributes.length < 1 || attributes.length > max)
    throw refused(`${attributes.length} attributes, and 1 to ${max} are allowed`)
  if (new Set(attributes).size < attributes.length) throw refused(`an attribute comes twice: ${attributes.join(', ')}`)
  const name = config.name ?? `${mapName}_${type.toLowerCase()}_${attributes.join('_')}`
  return { name, type, attributes, uniqueKey, uniqueKeyTransformation }
}

const refused = (why: string): CobnutError => new CobnutError('ARGUMENT', `an index is refused: ${why}`)

export const sameIndex = (a: IndexDefinition, b: IndexDefinition): boolean =>
  a.name === b.name &&
  a.type === b.type &&
  a.uniqueKey === b.uniqueKey &&
  a.uniqueKeyTransformation === b.uniqueKeyTransformation &&
  a.attributes.join('\n') === b.attributes.join('\n')

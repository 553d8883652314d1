/** An entry whose attributes are asked for. Key and value are opened when the first attribute needs them, and once only. */

import { DecodeError } from '../base/errors.js'
import type { Data } from '../serialization/data.js'
import { Typed } from '../serialization/values.js'
import { writeValue } from '../serialization/write-value.js'
import { isRecord, type Opened, type Opener } from './opener.js'
import { follow, Many, type Path } from './path.js'

export class QueryEntry {
  readonly key: Data
  readonly value: Data
  readonly #opener: Opener
  #openKey: Opened | null = null
  #openValue: Opened | null = null

  /** The bytes may be views: the entry must not live longer than they do. */
  constructor(key: Data, value: Data, opener: Opener) {
    this.key = key
    this.value = value
    this.#opener = opener
  }

  /** With its type kept; null for what is not there or cannot be read; `Many` where the path has an `[any]`. */
  attribute({ root, steps }: Path): unknown {
    const opened = root === 'key' ? this.#ofKey() : this.#ofValue()
    try {
      const found = follow(opened.value, steps)
      if (!opened.json) return found
      return found instanceof Many ? new Many(found.items.map(ofJson)) : ofJson(found)
    } catch (error) {
      if (error instanceof DecodeError) return null
      throw error
    }
  }

  #ofKey(): Opened {
    this.#openKey ??= this.#opener.open(this.key)
    return this.#openKey
  }

  #ofValue(): Opened {
    this.#openValue ??= this.#opener.open(this.value)
    return this.#openValue
  }
}

/** A whole number of JSON is a long, as for the other members of the family; any other a double. */
const ofJson = (value: unknown): unknown =>
  typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0) ? new Typed('long', value) : value

/** As a serialized value of its own. */
export const attributeData = (value: unknown): Data => (isRecord(value) ? value.toData() : writeValue(value))

/**
 * Where the fields of a Compact value are, as its schema decides it. Fields are in the order of their names; those of fixed
 * size come first, the longest in front, then the booleans as bits; the others are found by an offset behind the content.
 *
 *     | schema id 8 | length 4 | fixed fields ... bits | variable fields ... | offsets, 1, 2 or 4 bytes each |
 *                    \_ only with variable fields                            \_ only with variable fields
 */

export interface CompactSchema {
  readonly typeName: string
  readonly fields: readonly { readonly fieldName: string; readonly kind: number }[]
}

/** Where schemas are found by their id. Null: none is known of that id, here and now. */
export interface SchemaSource {
  get(id: bigint): CompactSchema | null
}

/** Kinds of fields; an array of a kind is the kind plus one. */
export const fieldKind = {
  boolean: 1,
  int8: 3,
  int16: 7,
  int32: 9,
  int64: 11,
  float32: 13,
  float64: 15,
  string: 17,
  decimal: 19,
  time: 21,
  date: 23,
  timestamp: 25,
  timestampWithZone: 27,
  compact: 29,
  nullableBoolean: 33,
  nullableInt8: 35,
  nullableInt16: 37,
  nullableInt32: 39,
  nullableInt64: 41,
  nullableFloat32: 43,
  nullableFloat64: 45,
} as const

const fixedBytesOf: ReadonlyMap<number, number> = new Map([
  [fieldKind.int8, 1],
  [fieldKind.int16, 2],
  [fieldKind.int32, 4],
  [fieldKind.int64, 8],
  [fieldKind.float32, 4],
  [fieldKind.float64, 8],
])

export interface CompactPlace {
  readonly kind: number
  /** Fixed fields: bytes from the begin of the fixed area. Variable ones: place in the table of offsets. */
  readonly at: number
  /** Of a boolean; -1 otherwise. */
  readonly bit: number
  readonly variable: boolean
}

export interface CompactLayout {
  readonly places: ReadonlyMap<string, CompactPlace>
  readonly fixedBytes: number
  readonly variableFields: number
}

export function compactLayout(schema: CompactSchema): CompactLayout {
  const fields = [...schema.fields].sort((a, b) => (a.fieldName < b.fieldName ? -1 : 1))
  const places = new Map<string, CompactPlace>()
  const sizeOf = (kind: number): number => fixedBytesOf.get(kind) ?? 0
  const fixed = fields.filter(f => sizeOf(f.kind) > 0).sort((a, b) => sizeOf(b.kind) - sizeOf(a.kind))
  let at = 0
  for (const { fieldName, kind } of fixed) {
    places.set(fieldName, { kind, at, bit: -1, variable: false })
    at += sizeOf(kind)
  }
  let [bits, variableFields] = [0, 0]
  for (const { fieldName, kind } of fields) {
    if (kind === fieldKind.boolean) {
      places.set(fieldName, { kind, at: at + (bits >> 3), bit: bits & 7, variable: false })
      bits++
    } else if (sizeOf(kind) === 0) places.set(fieldName, { kind, at: variableFields++, bit: -1, variable: true })
  }
  return { places, fixedBytes: at + ((bits + 7) >> 3), variableFields }
}

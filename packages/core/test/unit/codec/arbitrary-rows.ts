/** Rows nobody would write by hand, each with messages that fit it. */

import fc from 'fast-check'
import {
  bool,
  bytes,
  f64,
  i32,
  i64,
  type Kind,
  list,
  optional,
  type Row,
  record,
  row,
  string,
  u8,
  u16,
  u32,
} from '../../../src/codec/row.js'

export type Message = Record<string, unknown>

interface Sample {
  readonly kind: Kind<unknown>
  readonly values: fc.Arbitrary<unknown>
}

const sample = <T>(kind: Kind<T>, values: fc.Arbitrary<T>): Sample => ({ kind: kind as Kind<unknown>, values })

/** The codec writes one zero: -0 is for f64 only. */
const wholeNumber = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })

const leaves: readonly Sample[] = [
  sample(u8, wholeNumber(0, 0xff)),
  sample(u16, wholeNumber(0, 0xffff)),
  sample(i32, wholeNumber(-0x80000000, 0x7fffffff)),
  sample(u32, wholeNumber(0, 0xffffffff)),
  sample(i64, wholeNumber(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
  sample(f64, fc.double()),
  sample(bool, fc.boolean()),
  // 'grapheme' is well-formed: what the wire holds is UTF-8
  sample(string, fc.string({ unit: 'grapheme', maxLength: 100 })),
  sample(string, fc.string({ unit: 'binary-ascii', maxLength: 100 })),
  sample(bytes, fc.uint8Array({ maxLength: 40 })),
]

const fieldName = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,8}$/)

const samples: fc.Arbitrary<Sample> = fc.letrec<{ sample: Sample }>(tie => ({
  sample: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...leaves),
    tie('sample').map(of => sample(optional(of.kind), fc.option(of.values))),
    tie('sample').map(of => sample(list(of.kind), fc.array(of.values, { maxLength: 5 }))),
    fc
      .dictionary(fieldName, tie('sample'), { minKeys: 1, maxKeys: 4, noNullPrototype: true })
      .map(fields => recordSample(fields)),
  ),
})).sample

function fieldsOf(named: Record<string, Sample>): {
  readonly kinds: Record<string, Kind<unknown>>
  readonly values: fc.Arbitrary<Message>
} {
  const entries = Object.entries(named)
  return {
    kinds: Object.fromEntries(entries.map(([name, of]) => [name, of.kind])),
    values: fc.record(Object.fromEntries(entries.map(([name, of]) => [name, of.values])), { noNullPrototype: true }),
  }
}

function recordSample(named: Record<string, Sample>): Sample {
  const { kinds, values } = fieldsOf(named)
  return sample(record(kinds), values)
}

export const rowsWithMessage: fc.Arbitrary<{ readonly of: Row<Message>; readonly message: Message }> = fc
  .dictionary(fieldName, samples, { minKeys: 1, maxKeys: 6, noNullPrototype: true })
  .chain(named => {
    const { kinds, values } = fieldsOf(named)
    return values.map(message => ({ of: row(1, 1, kinds) as Row<Message>, message }))
  })

/**
 * Conditions as clients serialize them: identified objects of one factory, one class for each kind.
 *
 *     | is identified 1 | factory 4 | class 4 | fields ... |       inside of others with the type in front
 *
 * What the Java client's builder makes is the one exception: an object that gives the name of its class.
 */

import type { Condition } from '../api/query.js'
import { CobnutError, DecodeError } from '../base/errors.js'
import { DATA_HEADER_BYTES, type Data, typeOf } from '../serialization/data.js'
import { DataInput } from '../serialization/data-input.js'
import { DataOutput } from '../serialization/data-output.js'
import { typeId } from '../serialization/type-ids.js'
import { readTyped } from '../serialization/typed-value.js'
import { UnknownData } from '../serialization/values.js'
import { readIdentity, readNested, writeIdentity, writeNested } from './identified.js'

const predicateFactory = -20

const builderClass = 'com.hazelcast.query.impl.PredicateBuilderImpl'

const classId = {
  sql: 0,
  and: 1,
  between: 2,
  equal: 3,
  greaterLess: 4,
  like: 5,
  ilike: 6,
  in: 7,
  instanceOf: 8,
  notEqual: 9,
  not: 10,
  or: 11,
  regex: 12,
  false: 13,
  true: 14,
  paging: 15,
  partition: 16,
} as const

const depthMax = 200

/** @throws CobnutError QUERY for what is no condition, or not one that this member knows */
export function decodePredicate(data: Data): Condition {
  try {
    const input = new DataInput(data, DATA_HEADER_BYTES)
    return read(typeOf(data), input, 0)
  } catch (error) {
    if (error instanceof DecodeError) throw new CobnutError('QUERY', `a predicate cannot be read: ${error.message}`)
    throw error
  }
}

function read(type: number, input: DataInput, depth: number): Condition {
  if (depth > depthMax) throw new DecodeError(`more than ${depthMax} predicates inside of each other`)
  const nested = (): Condition => read(input.int32(), input, depth + 1)
  if (skipBuilder(type, input)) return nested()
  const { factory, kind } = readIdentity(type, input)
  if (factory !== predicateFactory)
    throw new CobnutError('QUERY', `there is no predicate of factory ${factory} and class ${kind}`)
  const value = (): unknown => readNested(input)
  const list = <T>(item: () => T): T[] => {
    // a type and its value have four bytes at least
    const count = input.count(4) ?? 0
    return Array.from({ length: count }, item)
  }
  switch (kind) {
    case classId.sql:
      return { is: 'sql', text: readText(input) }
    case classId.and:
      return { is: 'and', of: list(nested) }
    case classId.or:
      return { is: 'or', of: list(nested) }
    case classId.between: {
      const attribute = readText(input)
      const to = value()
      return { is: 'between', attribute, from: value(), to }
    }
    case classId.equal:
      return { is: 'equal', attribute: readText(input), value: value() }
    case classId.notEqual:
      return { is: 'notEqual', attribute: readText(input), value: value() }
    case classId.greaterLess: {
      const [attribute, given] = [readText(input), value()]
      const [equal, less] = [input.boolean(), input.boolean()]
      return { is: `${less ? 'less' : 'greater'}${equal ? 'Equal' : ''}`, attribute, value: given }
    }
    case classId.like:
      return { is: 'like', attribute: readText(input), pattern: readText(input) }
    case classId.ilike:
      return { is: 'ilike', attribute: readText(input), pattern: readText(input) }
    case classId.regex:
      return { is: 'regex', attribute: readText(input), pattern: readText(input) }
    case classId.in:
      return { is: 'in', attribute: readText(input), values: list(value) }
    case classId.instanceOf:
      return { is: 'instanceOf', className: readText(input) }
    case classId.not:
      return { is: 'not', of: nested() }
    case classId.true:
      return { is: 'true' }
    case classId.false:
      return { is: 'false' }
    case classId.partition:
      return { is: 'partition', key: readPartitionKey(input), of: nested() }
    case classId.paging:
      throw new CobnutError('QUERY', 'a paging predicate cannot stand here')
    default:
      throw new CobnutError('QUERY', `there is no predicate of class ${kind}`)
  }
}

/** Whether a builder begins here; then its only condition is next. */
function skipBuilder(type: number, input: DataInput): boolean {
  const start = input.at
  if (type !== typeId.identified || input.boolean()) {
    input.at = start
    return false
  }
  const name = readText(input)
  if (name !== builderClass) throw new CobnutError('QUERY', `there is no predicate of class ${name}`)
  input.string()
  const conditions = input.int32()
  if (conditions !== 1) throw new CobnutError('QUERY', `a predicate builder holds ${conditions} conditions`)
  return true
}

/** Kept as bytes: it decides the partition, and a Compact or Portable key cannot be opened without ending the object. */
function readPartitionKey(input: DataInput): unknown {
  const from = input.at
  const type = input.int32()
  readTyped(type, input)
  const bytes = input.slice(from, input.at)
  const data = new Uint8Array(bytes.length + 4)
  data.set(bytes, 4)
  return new UnknownData(type, data)
}

function readText(input: DataInput): string {
  const text = input.string()
  if (text === null) throw new DecodeError('a null where a text has to be')
  return text
}

/** @throws CobnutError SERIALIZATION for values that have no serialized form */
export function encodePredicate(condition: Condition): Data {
  const out = new DataOutput(64)
  out.int32(0)
  write(out, condition)
  return out.finish()
}

function write(out: DataOutput, condition: Condition): void {
  const begin = (kind: number): void => writeIdentity(out, predicateFactory, kind)
  switch (condition.is) {
    case 'true':
    case 'false':
      return begin(classId[condition.is])
    case 'sql':
      begin(classId.sql)
      return out.string(condition.text)
    case 'and':
    case 'or':
      begin(classId[condition.is])
      out.int32(condition.of.length)
      for (const one of condition.of) write(out, one)
      return
    case 'not':
      begin(classId.not)
      return write(out, condition.of)
    case 'instanceOf':
      begin(classId.instanceOf)
      return out.string(condition.className)
    case 'partition':
      begin(classId.partition)
      writeNested(out, condition.key)
      return write(out, condition.of)
    case 'in':
      begin(classId.in)
      out.string(condition.attribute)
      out.int32(condition.values.length)
      for (const value of condition.values) writeNested(out, value)
      return
    case 'between':
      begin(classId.between)
      out.string(condition.attribute)
      writeNested(out, condition.to)
      return writeNested(out, condition.from)
    case 'like':
    case 'ilike':
    case 'regex':
      begin(classId[condition.is])
      out.string(condition.attribute)
      return out.string(condition.pattern)
    case 'equal':
    case 'notEqual':
      begin(classId[condition.is])
      out.string(condition.attribute)
      return writeNested(out, condition.value)
    default:
      begin(classId.greaterLess)
      out.string(condition.attribute)
      writeNested(out, condition.value)
      out.byte(condition.is.endsWith('Equal') ? 1 : 0)
      out.byte(condition.is.startsWith('less') ? 1 : 0)
  }
}

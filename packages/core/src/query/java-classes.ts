/** What clients mean by the name of a Java class, told by the type of a serialized value. */

import { type Data, typeOf } from '../serialization/data.js'
import { typeId } from '../serialization/type-ids.js'

const t = typeId

const numbers: readonly number[] = [t.byte, t.short, t.int, t.long, t.float, t.double, t.bigInteger, t.bigDecimal]
const lists: readonly number[] = [t.arrayList, t.linkedList, t.copyOnWriteArrayList]
const sets: readonly number[] = [t.hashSet, t.treeSet, t.linkedHashSet, t.copyOnWriteArraySet, t.concurrentSkipListSet]
const maps: readonly number[] = [t.hashMap, t.concurrentSkipListMap, t.concurrentHashMap, t.linkedHashMap, t.treeMap]

const classes: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ['java.lang.Number', numbers],
  ['java.lang.Byte', [t.byte]],
  ['java.lang.Boolean', [t.boolean]],
  ['java.lang.Character', [t.char]],
  ['java.lang.Short', [t.short]],
  ['java.lang.Integer', [t.int]],
  ['java.lang.Long', [t.long]],
  ['java.lang.Float', [t.float]],
  ['java.lang.Double', [t.double]],
  ['java.lang.String', [t.string]],
  ['java.lang.CharSequence', [t.string]],
  ['java.math.BigInteger', [t.bigInteger]],
  ['java.math.BigDecimal', [t.bigDecimal]],
  ['java.util.Date', [t.date]],
  ['java.util.UUID', [t.uuid]],
  ['java.util.List', lists],
  ['java.util.Set', sets],
  ['java.util.Map', maps],
  ['java.util.Collection', [...lists, ...sets, t.arrayDeque]],
  ['java.util.ArrayList', [t.arrayList]],
  ['java.util.LinkedList', [t.linkedList]],
  ['java.util.HashMap', [t.hashMap, t.linkedHashMap]],
  ['java.util.HashSet', [t.hashSet, t.linkedHashSet]],
  ['java.time.LocalDate', [t.localDate]],
  ['java.time.LocalTime', [t.localTime]],
  ['java.time.LocalDateTime', [t.localDateTime]],
  ['java.time.OffsetDateTime', [t.offsetDateTime]],
  ['com.hazelcast.core.HazelcastJsonValue', [t.json]],
  ['com.hazelcast.nio.serialization.Portable', [t.portable]],
  ['com.hazelcast.nio.serialization.genericrecord.GenericRecord', [t.portable, t.compact]],
])

/** A class that no serialized value stands for has no instances. */
export function isInstance(value: Data, className: string): boolean {
  return className === 'java.lang.Object' || (classes.get(className)?.includes(typeOf(value)) ?? false)
}

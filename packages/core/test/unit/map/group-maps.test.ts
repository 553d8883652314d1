import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../../../src/base/prng.js'
import { TextCache } from '../../../src/codec/text-cache.js'
import { eventType } from '../../../src/map/data-map.js'
import type { GroupMaps } from '../../../src/map/group-maps.js'
import type { SnapshotCursor } from '../../../src/operation/group-data.js'
import { readRecord } from '../../../src/operation/record.js'
import { type MapRequest, type OpName, opCode, type Result } from '../../../src/operation/request.js'
import { blob, Fixture, texts } from './map-fixture.js'

test('results of the single-key operations', () => {
  const f = new Fixture()
  assert.equal(f.now('put', { key: 'a', value: '1' }), null)
  assert.equal(f.now('put', { key: 'a', value: '2' }), '1')
  assert.equal(f.now('get', { key: 'a' }), '2')
  assert.equal(f.now('putIfAbsent', { key: 'a', value: '3' }), '2')
  assert.equal(f.now('putIfAbsent', { key: 'b', value: '3' }), null)
  assert.equal(f.now('replace', { key: 'c', value: '3' }), null)
  assert.equal(f.now('containsKey', { key: 'c' }), false)
  assert.equal(f.now('replace', { key: 'b', value: '4' }), '3')
  assert.equal(f.now('replaceIfSame', { key: 'b', expected: '3', value: '5' }), false)
  assert.equal(f.now('replaceIfSame', { key: 'b', expected: '4', value: '5' }), true)
  assert.equal(f.now('removeIfSame', { key: 'b', expected: '4' }), false)
  assert.equal(f.now('size'), 2)
  assert.equal(f.now('removeIfSame', { key: 'b', expected: '5' }), true)
  assert.equal(f.now('delete', { key: 'b' }), false)
  assert.equal(f.now('remove', { key: 'a' }), '2')
  assert.equal(f.now('size'), 0)
})

test('an operation sees the records of the tail, a whole-map read only what is committed', () => {
  const f = new Fixture()
  f.run('set', { key: 'a', value: '1' })
  assert.equal(f.run('putIfAbsent', { key: 'a', value: '2' }), '1')
  assert.equal(f.run('size'), 0)
  f.run('clear')
  assert.equal(f.run('get', { key: 'a' }), null)
  f.run('set', { key: 'a', value: '3' })
  assert.equal(f.run('get', { key: 'a' }), '3')
  f.commit(1)
  assert.equal(f.run('get', { key: 'a' }), '3')
  assert.equal(f.run('size'), 1)
  f.commit()
  assert.deepEqual(texts(f.run('entrySet')), ['a', '3'])
})

test('of a map that was destroyed nothing is left, and what the log still has of it is passed over', () => {
  const f = new Fixture()
  f.now('set', { key: 'a', value: '1' })
  f.run('set', { key: 'b', value: '1' })
  f.destroyed.add(3)
  f.data.dropDestroyed()
  f.commit()
  assert.deepEqual([...f.data.shards()], [])
  assert.throws(() => f.run('get', { key: 'a' }), { code: 'MAP_DESTROYED', outcome: 'not-applied' })
  const chunk = new Fixture()
  chunk.now('set', { key: 'a', value: '1' })
  f.data.install(chunk.data.snapshot(null, 1_000).bytes)
  assert.deepEqual([...f.data.shards()], [])
})

test('a map that is destroyed while a copy of it is received does not come back with the copy', () => {
  const f = new Fixture()
  for (let i = 0; i < 10; i++) f.now('set', { key: `k${i}`, value: '1' })
  const copy = f.data.empty()
  const { bytes, next } = f.data.snapshot(null, 64)
  copy.install(bytes)
  assert.equal([...copy.shards()].length, 1)
  f.destroyed.add(3)
  f.data.dropDestroyed()
  copy.install(f.data.snapshot(next, 1_000).bytes)
  copy.complete()
  assert.deepEqual([...copy.shards()], [])
  assert.deepEqual(copy.digest(null, 1_000), f.data.digest(null, 1_000))
})

test('a piece of a snapshot ends with the entry that fills it, however many there are', () => {
  const f = new Fixture()
  const [entries, valueBytes, bytesMax] = [64, 20_000, 30_000]
  for (let i = 0; i < entries; i++) f.now('set', { key: `k${i}`, value: 'v'.repeat(valueBytes) })
  const copy = f.data.empty()
  const pieces: number[] = []
  for (let cursor: SnapshotCursor | null = null; pieces.length === 0 || cursor !== null; ) {
    const { bytes, next } = f.data.snapshot(cursor, bytesMax)
    copy.install(bytes)
    pieces.push(bytes.length)
    cursor = next
  }
  assert.ok(Math.max(...pieces) < bytesMax + valueBytes + 100, `pieces of ${pieces} bytes`)
  assert.equal(copy.shard(3)?.store.size, entries)
})

test('a step of a digest is bounded by the bytes that it reads, and the sum is the same in any number of steps', () => {
  const f = new Fixture()
  for (let i = 0; i < 200; i++) f.now('set', { key: `k${i}`, value: 'v'.repeat(10_000) })
  const [whole] = digestBy(f.data, () => Number.POSITIVE_INFINITY)
  const [sum, steps] = digestBy(f.data, () => 50_000)
  assert.equal(sum, whole)
  assert.ok(steps >= 40, `${steps} steps`)
  for (let i = 0; i < 200; i++) f.now('set', { key: `k${i}`, value: '' })
  assert.ok(digestBy(f.data, () => 5_000)[1] > 10, 'to look at an entry costs something')
})

test('a read of a key with a record in the tail depends on that record', () => {
  const f = new Fixture()
  f.now('set', { key: 'a', value: '1' })
  f.run('set', { key: 'b', value: '1' })
  const get = (key: string): MapRequest => ({
    op: opCode.get,
    mapId: 3,
    key: blob(key),
    value: null,
    expected: null,
    ttlMs: -1,
    maxIdleMs: -1,
    items: [],
  })
  assert.equal(f.data.execute(get('a'), f.wallMs).dependsOn, 0)
  assert.equal(f.data.execute(get('b'), f.wallMs).dependsOn, 2)
  f.run('clear')
  assert.equal(f.data.execute(get('c'), f.wallMs).dependsOn, 3)
})

test('entries expire to the millisecond, as removals in the log', () => {
  const f = new Fixture()
  f.now('put', { key: 'a', value: '1', ttlMs: 100 })
  f.wallMs += 99
  assert.equal(f.now('get', { key: 'a' }), '1')
  f.wallMs += 1
  const before = f.log.length
  assert.equal(f.now('get', { key: 'a' }), null)
  assert.equal(f.log.length, before + 1)
  assert.deepEqual(f.told.at(-1), { type: eventType.expired, key: 'a', value: null, oldValue: '1' })
})

test('an idle limit is prolonged by reads, and not beyond the time to live', () => {
  const f = new Fixture({ maxIdleMs: 50, timeToLiveMs: 120 })
  f.now('set', { key: 'a', value: '1' })
  for (let i = 0; i < 2; i++) {
    f.wallMs += 40
    assert.equal(f.now('get', { key: 'a' }), '1')
  }
  f.wallMs += 39
  assert.equal(f.now('get', { key: 'a' }), '1')
  f.wallMs += 1
  assert.equal(f.now('get', { key: 'a' }), null)
})

test('a new owner does not take for idle what its predecessor was asked for', () => {
  const f = new Fixture({ maxIdleMs: 50 })
  f.now('set', { key: 'a', value: '1' })
  f.wallMs += 60
  f.data.promoted(f.wallMs)
  assert.equal(f.now('get', { key: 'a' }), '1')
  f.wallMs += 50
  assert.equal(f.now('get', { key: 'a' }), null)
})

test('the sweep removes what is past its time, and leaves alone what the tail has changed', () => {
  const f = new Fixture({ timeToLiveMs: 10 })
  for (const key of ['a', 'b', 'c']) f.now('set', { key, value: '1' })
  f.wallMs += 10
  f.run('set', { key: 'b', value: '2' })
  const effects = f.data.sweep(f.wallMs, 100)
  assert.ok(effects)
  f.append(effects)
  f.commit()
  assert.deepEqual(texts(f.run('keySet')), ['b'])
})

test('setTtl changes the time of a present entry only', () => {
  const f = new Fixture()
  assert.equal(f.now('setTtl', { key: 'a', ttlMs: 5 }), false)
  f.now('set', { key: 'a', value: '1' })
  assert.equal(f.now('setTtl', { key: 'a', ttlMs: 5 }), true)
  f.wallMs += 5
  assert.equal(f.now('get', { key: 'a' }), null)
})

test('events tell what was committed, with the value before', () => {
  const f = new Fixture()
  f.run('put', { key: 'a', value: '1' })
  f.run('put', { key: 'a', value: '2' })
  f.run('remove', { key: 'a' })
  assert.deepEqual(f.told, [])
  f.commit()
  assert.deepEqual(f.told, [
    { type: eventType.added, key: 'a', value: '1', oldValue: null },
    { type: eventType.updated, key: 'a', value: '2', oldValue: '1' },
    { type: eventType.removed, key: 'a', value: null, oldValue: '2' },
  ])
})

const kinds: readonly OpName[] = [
  'get',
  'put',
  'set',
  'putIfAbsent',
  'replace',
  'replaceIfSame',
  'remove',
  'removeIfSame',
  'delete',
  'putAll',
  'clear',
]

/** What the operations mean, written down a second time without a log. */
function expected(model: Map<string, string>, op: OpName, key: string, value: string, same: string): Result | string | undefined {
  const before = model.get(key) ?? null
  switch (op) {
    case 'get':
      return before
    case 'put':
    case 'set':
      model.set(key, value)
      return op === 'set' ? null : before
    case 'putIfAbsent':
      if (before === null) model.set(key, value)
      return before
    case 'replace':
      if (before !== null) model.set(key, value)
      return before
    case 'replaceIfSame':
      if (before === same) model.set(key, value)
      return before === same
    case 'remove':
    case 'delete':
      model.delete(key)
      return op === 'remove' ? before : before !== null
    case 'removeIfSame':
      if (before === same) model.delete(key)
      return before === same
    case 'putAll':
      model.set(key, value)
      model.set(`${key}2`, value)
      return null
    case 'clear':
      model.clear()
      return undefined
    default:
      throw new Error(op)
  }
}

test('a call whose changes cannot be encoded fails alone, and leaves nothing to the next one', () => {
  const f = new Fixture()
  f.run('set', { key: 'a', value: '1' })
  const { raw } = f.scratch
  f.scratch.raw = () => {
    throw new RangeError('no memory')
  }
  assert.throws(() => f.run('set', { key: 'a', value: '2' }), { code: 'INTERNAL' })
  f.scratch.raw = raw
  f.now('set', { key: 'b', value: '3' })
  assert.deepEqual(new Map(pairsOf(f.run('entrySet'))), new Map(Object.entries({ a: '1', b: '3' })))
})

test('what one call may not change in a partition is not encoded to its end', () => {
  const f = new Fixture()
  let encoded = 0
  // as long as it says, without the bytes
  Object.defineProperty(f.scratch, 'length', { get: () => 150 * 1024 * 1024 * encoded })
  f.scratch.flip = () => ({ length: f.scratch.length }) as Uint8Array
  const { bool } = f.scratch
  f.scratch.bool = value => {
    encoded++
    bool.call(f.scratch, value)
  }
  assert.throws(() => f.run('putAll', { items: ['a', '1', 'b', '1', 'c', '1', 'd', '1'] }), { code: 'TOO_LARGE' })
  assert.equal(encoded, 2)
})

test('what is read of a map that has nothing in a group leaves nothing there', () => {
  const f = new Fixture()
  f.run('size')
  f.run('get', { key: 'k' })
  f.run('remove', { key: 'k' })
  assert.deepEqual([...f.data.shards()], [])
  f.run('put', { key: 'k', value: 'v' })
  assert.equal([...f.data.shards()].length, 1)
})

test('a key that comes twice in one call is added and then updated, and read once', () => {
  const f = new Fixture()
  f.run('putAll', { items: ['k', 'a', 'l', 'b', 'k', 'c'] })
  assert.deepEqual(pairsOf(f.run('getAll', { items: ['k', 'l', 'k'] })), [
    ['k', 'c'],
    ['l', 'b'],
  ])
  f.commit()
  assert.deepEqual(
    f.told.map(({ type, key, value, oldValue }) => [type, key, oldValue, value]),
    [
      [eventType.added, 'k', null, 'a'],
      [eventType.added, 'l', null, 'b'],
      [eventType.updated, 'k', 'a', 'c'],
    ],
  )
  assert.equal((f.run('getEntryView', { key: 'k' }) as readonly unknown[])[7], 1, 'its version')
})

test('random operations, commits, backups and snapshots agree with a plain map', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Prng(seed)
    const f = new Fixture()
    const backup = new Fixture()
    const model = new Map<string, string>()
    let copy: { data: GroupMaps; cursor: SnapshotCursor | null; done: boolean; from: number } | null = null
    for (let i = 0; i < 300; i++) {
      const op = random.pick(kinds)
      const [key, value, same] = [`k${random.below(12)}`, `v${i}`, `v${random.below(i + 1)}`]
      const want = expected(model, op, key, value, same)
      const got = f.run(op, { key, value, expected: same, items: op === 'putAll' ? [key, value, `${key}2`, value] : [] })
      if (want !== undefined) assert.equal(got, want, `seed ${seed}, step ${i}: ${op} ${key}`)
      if (random.chance(1, 3)) f.commit(f.committed + random.below(f.log.length - f.committed + 1))
      if (copy === null && random.chance(1, 40)) copy = { data: f.data.empty(), cursor: null, done: false, from: f.committed }
      if (copy !== null && !copy.done) {
        const { bytes, next } = f.data.snapshot(copy.cursor, 64)
        copy.data.install(bytes)
        copy.cursor = next
        copy.done = next === null
      }
    }
    f.commit()
    for (const record of f.log) backup.data.commit(readRecord(record.bytes.slice(), new TextCache()), false)
    assert.equal(digestOf(backup.data, random), digestOf(f.data, random), `seed ${seed}: the backup differs`)
    assert.deepEqual(new Map(pairsOf(f.run('entrySet'))), model, `seed ${seed}: the map differs`)
    if (!copy?.done) continue
    for (const record of f.log.slice(copy.from)) copy.data.commit(record, false)
    assert.equal(digestOf(copy.data, random), digestOf(f.data, random), `seed ${seed}: the snapshot differs`)
  }
})

/** In pieces of any size, which make no difference. */
const digestOf = (data: GroupMaps, random: Prng): number => digestBy(data, () => 1 + random.below(5_000))[0]

/** The sum, and the number of steps. */
function digestBy(data: GroupMaps, bytesMax: () => number): [number, number] {
  let [sum, steps] = [0, 0]
  let cursor: SnapshotCursor | null = null
  do {
    const part = data.digest(cursor, bytesMax())
    sum ^= part.sum
    steps++
    cursor = part.next
  } while (cursor !== null)
  return [sum >>> 0, steps]
}

function pairsOf(result: Result): [string, string][] {
  const items = texts(result) as string[]
  return items.flatMap((key, i) => (i % 2 === 0 ? [[key, items[i + 1] as string] as [string, string]] : []))
}

test('changes are counted for near caches, each once, and anew by a new owner', () => {
  const f = new Fixture()
  const changes = (): string[] => f.changes.splice(0)
  f.now('set', { key: 'a', value: '1' })
  f.now('get', { key: 'a' })
  f.now('set', { key: 'a', value: '1' })
  f.now('setTtl', { key: 'a', ttlMs: 60_000 })
  f.now('delete', { key: 'none' })
  assert.deepEqual(changes(), ['a 1', 'a 2', 'a 3'])
  f.now('putAll', { items: ['b', '1', 'c', '1'] })
  f.now('delete', { key: 'b' })
  assert.deepEqual(changes(), ['b 4', 'c 5', 'b 6'])
  f.run('set', { key: 'a', value: '2' })
  assert.deepEqual(changes(), [], 'what is not committed is not told')
  f.commit()
  assert.deepEqual(changes(), ['a 7'])
  f.now('clear')
  assert.match(changes().join(), /^[ac] 8 all$/)
  f.now('clear')
  assert.deepEqual(changes(), [])
  f.data.promoted(f.wallMs)
  f.now('set', { key: 'a', value: '3' })
  assert.deepEqual(changes(), ['a 1'])
})

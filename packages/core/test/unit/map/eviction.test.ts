import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EvictionPolicy, MaxSizePolicy } from '../../../src/api/config.js'
import { eventType } from '../../../src/map/data-map.js'
import type { Shard } from '../../../src/map/shard.js'
import { SizeLimits } from '../../../src/map/size-limits.js'
import { Fixture } from './map-fixture.js'

const shardOf = (f: Fixture): Shard => f.data.shard(3) as Shard
const keysOf = (f: Fixture): Set<string> => new Set(f.texts(shardOf(f).latestKeys()))

const limited = (evictionPolicy: EvictionPolicy, maxSize: number, maxSizePolicy: MaxSizePolicy = 'PER_PARTITION'): Fixture =>
  new Fixture({ evictionPolicy, maxSize, maxSizePolicy })

const policies = ['LRU', 'LFU', 'RANDOM'] as const

test('the limit holds after every write, whatever waits for its copies, and backups hold what the owner holds', () => {
  const key = fc.integer({ min: 0, max: 40 }).map(n => `k${n}`)
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ op: fc.constantFrom('put' as const, 'set' as const, 'putIfAbsent' as const), key }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('putAll' as const), keys: fc.array(key, { maxLength: 12 }) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('get' as const, 'remove' as const), key }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('clear' as const) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('promote' as const) }) },
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...policies),
      fc.integer({ min: 1, max: 8 }),
      fc.array(step, { maxLength: 80 }),
      (policy, limit, steps) => {
        const f = limited(policy, limit)
        const backup = limited(policy, limit)
        for (const s of steps) {
          f.wallMs += 5
          if (s.op === 'commit') f.commit(Math.min(f.log.length, f.committed + s.count))
          else if (s.op === 'promote') {
            f.data.unstageAll()
            for (const record of f.log.slice(f.committed)) f.data.stage(record)
          } else if (s.op === 'clear') f.run('clear')
          else if (s.op === 'putAll') {
            f.run('putAll', { items: s.keys.flatMap(each => [each, 'v']) })
            const last = s.keys.at(-1)
            if (last !== undefined) assert.ok(keysOf(f).has(last), 'what was written last went itself')
          } else {
            f.run(s.op, { key: s.key, value: 'v' })
            if (s.op === 'put' || s.op === 'set') assert.ok(keysOf(f).has(s.key), 'what was written went itself')
          }
          if (f.log.length === 0) continue
          assert.ok(shardOf(f).latestSize <= limit, `${shardOf(f).latestSize} entries of ${limit}`)
          assert.equal(shardOf(f).latestKeys().length, shardOf(f).latestSize)
        }
        f.commit()
        for (const record of f.log) backup.data.commit(record, false)
        assert.deepEqual(backup.data.digest(null, Number.POSITIVE_INFINITY), f.data.digest(null, Number.POSITIVE_INFINITY))
      },
    ),
  )
})

test('LRU: what was not used for longest goes', () => {
  const f = limited('LRU', 4)
  for (const key of ['a', 'b', 'c', 'd']) {
    f.wallMs++
    f.now('set', { key, value: '1' })
  }
  f.wallMs++
  f.now('get', { key: 'a' })
  f.wallMs++
  f.now('set', { key: 'e', value: '1' })
  assert.deepEqual(keysOf(f), new Set(['a', 'c', 'd', 'e']))
  assert.deepEqual(f.told.at(-2)?.type, eventType.added)
  assert.deepEqual(f.told.at(-1), { type: eventType.evicted, key: 'b', value: null, oldValue: '1' })
})

test('LFU: what was used least goes', () => {
  const f = limited('LFU', 3)
  for (const key of ['a', 'b', 'c']) f.now('set', { key, value: '1' })
  for (const key of ['a', 'a', 'b', 'c', 'c']) f.now('get', { key })
  f.now('set', { key: 'd', value: '1' })
  assert.deepEqual(keysOf(f), new Set(['a', 'c', 'd']))
})

test('what is past its time goes before anything else', () => {
  for (const policy of policies) {
    const f = limited(policy, 3)
    f.now('set', { key: 'a', value: '1', ttlMs: 10 })
    f.now('set', { key: 'b', value: '1' })
    f.now('set', { key: 'c', value: '1' })
    f.wallMs += 10
    f.now('set', { key: 'd', value: '1' })
    assert.deepEqual(keysOf(f), new Set(['b', 'c', 'd']))
    assert.equal(f.told.at(-1)?.type, eventType.expired)
  }
})

test('an update makes no room, and without a policy or a size nothing goes', () => {
  const full = limited('LRU', 2)
  for (const key of ['a', 'b', 'a', 'b']) full.now('set', { key, value: '1' })
  assert.deepEqual(keysOf(full), new Set(['a', 'b']))
  for (const f of [limited('NONE', 2), limited('LRU', 0)]) {
    for (let i = 0; i < 20; i++) f.now('set', { key: `k${i}`, value: '1' })
    assert.equal(keysOf(f).size, 20)
  }
})

test('what is locked stays, even if the limit does not hold then', () => {
  const f = limited('LRU', 2)
  for (const key of ['a', 'b', 'c']) {
    f.now('set', { key, value: '1' })
    if (key === 'a') f.now('lock', { key, by: 'x' })
    f.wallMs++
  }
  assert.deepEqual(keysOf(f), new Set(['a', 'c']))
  f.now('lock', { key: 'c', by: 'x' })
  f.now('set', { key: 'd', value: '1' })
  assert.deepEqual(keysOf(f), new Set(['a', 'c', 'd']))
  f.now('unlock', { key: 'a', by: 'x' })
  f.now('set', { key: 'e', value: '1' })
  assert.deepEqual(keysOf(f), new Set(['c', 'e']))
})

test('limits in bytes: MiB and per cent of what the map uses, or of what all maps leave free', () => {
  const value = 'x'.repeat(200_000)
  // of a budget of 64 MiB
  const cases: [MaxSizePolicy, number, number][] = [
    ['USED_HEAP_SIZE', 1, 5],
    ['USED_NATIVE_MEMORY_SIZE', 1, 5],
    ['USED_HEAP_PERCENTAGE', 2, 6],
    ['FREE_HEAP_SIZE', 63, 5],
    ['FREE_HEAP_PERCENTAGE', 98, 6],
    ['FREE_NATIVE_MEMORY_PERCENTAGE', 98, 6],
  ]
  for (const [policy, size, held] of cases) {
    const f = limited('LRU', size, policy)
    for (let i = 0; i < 20; i++) {
      f.wallMs += 70
      f.now('set', { key: `k${i}`, value })
    }
    assert.deepEqual(keysOf(f), new Set(Array.from({ length: held }, (_, i) => `k${19 - i}`)), policy)
    // an update that needs more room makes it as well
    f.wallMs += 70
    f.now('set', { key: 'k19', value: value.repeat(2) })
    assert.equal(keysOf(f).size, held - 1, policy)
  }
})

test('a size for each member is shared out to the partitions', () => {
  const settings = { ...limited('LRU', 0).settings, maxSizePolicy: 'PER_NODE', maxSize: 1_000 } as const
  const limits = (dataMembers: number): SizeLimits =>
    new SizeLimits({ measure: () => new Map(), budgetBytes: 0, dataMembers: () => dataMembers, partitionCount: () => 271 })
  const excess = (members: number, entries: number, maxSize = 1_000): number =>
    limits(members).excess({ mapId: 1, settings: { ...settings, maxSize }, entries, grownBytes: 0, wallMs: 0 })
  assert.equal(excess(1, 3), 0)
  assert.equal(excess(1, 4), 1)
  assert.equal(excess(3, 11), 0)
  assert.equal(excess(3, 12), 1)
  assert.equal(excess(1, 1, 1), 0)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../../../src/base/prng.js'
import { TextCache } from '../../../src/codec/text-cache.js'
import { Writer } from '../../../src/codec/writer.js'
import { eventType } from '../../../src/map/data-map.js'
import type { GroupMaps } from '../../../src/map/group-maps.js'
import type { SnapshotCursor } from '../../../src/operation/group-data.js'
import { readRecord } from '../../../src/operation/record.js'
import { opCode, type Result } from '../../../src/operation/request.js'
import { blob, Fixture, texts } from './map-fixture.js'

const notOwner = { code: 'NOT_LOCK_OWNER', outcome: 'not-applied' }

test('a lock is its holder’s, as often as it was taken, and keeps others from changing the entry', () => {
  const f = new Fixture()
  const token = f.now('lock', { key: 'a', by: 'x' })
  assert.equal(f.now('lock', { key: 'a', by: 'x' }), token)
  assert.equal(f.now('lock', { key: 'a', by: 'y' }), 'waits for x')
  assert.equal(f.now('lock', { key: 'a', by: 'x 2' }), 'waits for x', 'another thread of the same endpoint')
  assert.equal(f.now('set', { key: 'a', value: '1', by: 'x' }), null)
  const others = ['put', 'set', 'putIfAbsent', 'replace', 'replaceIfSame', 'remove', 'removeIfSame'] as const
  for (const op of [...others, 'delete', 'evict', 'setTtl', 'executeOnKey'] as const) {
    for (const by of ['y', undefined]) {
      const q = { key: 'a', value: '2', expected: '1', ...(by === undefined ? {} : { by }) }
      assert.equal(f.now(op, q), 'waits for x', `${op} by ${by}`)
    }
  }
  assert.equal(f.now('get', { key: 'a', by: 'y' }), '1')
  assert.equal(f.now('isLocked', { key: 'a' }), true)
  assert.throws(() => f.now('unlock', { key: 'a', by: 'y' }), notOwner)
  f.now('unlock', { key: 'a', by: 'x' })
  assert.equal(f.now('set', { key: 'a', value: '2', by: 'y' }), 'waits for x')
  f.now('unlock', { key: 'a', by: 'x' })
  assert.equal(f.now('set', { key: 'a', value: '2', by: 'y' }), null)
  assert.equal(f.now('unlock', { key: 'a', by: 'x' }), false)
  assert.equal(f.now('size'), 1)
})

test('tokens rise with every lock, by the clock and without it, and over a copy that takes over', () => {
  const f = new Fixture()
  const take = (key: string): number => {
    const token = f.now('lock', { key, by: 'x' }) as number
    f.now('unlock', { key, by: 'x' })
    return token
  }
  const first = take('a')
  assert.equal(first, f.wallMs)
  assert.equal(take('a'), first + 1)
  assert.equal(take('b'), first + 2)
  f.wallMs += 500
  assert.equal(take('a'), f.wallMs)
  // the next owner's clock is behind, and all that it has is a snapshot without a lock
  const copy = copyOf(f)
  const late = new Fixture()
  late.wallMs = 10
  Object.defineProperty(late, 'data', { value: copy })
  assert.equal(late.now('lock', { key: 'a', by: 'y' }), f.wallMs + 1)
})

test('tokens and locks of the log’s tail count, and are gone with it', () => {
  const f = new Fixture()
  const token = f.run('lock', { key: 'a', by: 'x' }) as number
  assert.equal(f.run('lock', { key: 'b', by: 'x' }), token + 1)
  assert.equal(f.run('set', { key: 'a', value: '1', by: 'y' }), 'waits for x')
  f.run('unlock', { key: 'a', by: 'x' })
  assert.equal(f.run('set', { key: 'a', value: '1', by: 'y' }), null)
  f.data.unstageAll()
  assert.equal(f.run('isLocked', { key: 'b' }), false)
})

test('a lease ends by the owner’s clock, and its end is in the log', () => {
  const f = new Fixture()
  const token = f.now('lock', { key: 'a', by: 'x', ttlMs: 100 }) as number
  f.wallMs += 99
  assert.equal(f.now('set', { key: 'a', value: '1', by: 'y' }), 'waits for x')
  f.wallMs += 1
  assert.equal(f.now('unlock', { key: 'a', by: 'x' }), false)
  f.wallMs -= 50
  assert.equal(f.now('isLocked', { key: 'a' }), false, 'what its holder was told is over stays so when the clock goes back')
  f.wallMs += 50
  assert.equal(f.now('set', { key: 'a', value: '1', by: 'y' }), null)
  assert.equal(f.data.shard(3)?.locks.size, 0)
  assert.ok((f.now('lock', { key: 'a', by: 'y', ttlMs: 50 }) as number) > token)
  // locked again without a lease: it holds until it is unlocked
  f.now('lock', { key: 'a', by: 'y' })
  f.wallMs += 1_000
  assert.equal(f.now('isLocked', { key: 'a' }), true)
})

test('a sweep takes back leases that are over and locks of who is gone', () => {
  const f = new Fixture()
  f.now('lock', { key: 'a', by: 'x', ttlMs: 100 })
  f.now('lock', { key: 'b', by: 'y' })
  f.now('lock', { key: 'c', by: 'z' })
  assert.equal(f.data.sweep(f.wallMs, 10), null)
  f.gone.add('y')
  f.wallMs += 100
  f.append(f.data.sweep(f.wallMs, 10) as Uint8Array)
  f.commit()
  assert.deepEqual(
    ['a', 'b', 'c'].map(key => f.now('isLocked', { key })),
    [false, false, true],
  )
})

test('the same call is not done twice: references', () => {
  const f = new Fixture()
  f.now('lock', { key: 'a', by: 'x', reference: 7 })
  f.now('lock', { key: 'a', by: 'x', reference: 7 })
  f.now('unlock', { key: 'a', by: 'x', reference: 8 })
  assert.equal(f.now('isLocked', { key: 'a' }), false)
  f.now('lock', { key: 'a', by: 'x' })
  f.now('lock', { key: 'a', by: 'x' })
  f.now('unlock', { key: 'a', by: 'x', reference: 9 })
  f.now('unlock', { key: 'a', by: 'x', reference: 9 })
  assert.equal(f.now('isLocked', { key: 'a' }), true, 'no reference is not a reference')
})

test('what was given up is let go once, and takes nothing from a later lock', () => {
  const f = new Fixture()
  const first = f.now('lock', { key: 'a', by: 'x', ttlMs: 10 })
  f.wallMs += 10
  const second = f.now('lock', { key: 'a', by: 'x' })
  letGo(f, first)
  assert.equal(f.now('isLocked', { key: 'a' }), true)
  f.now('lock', { key: 'a', by: 'x' })
  letGo(f, second)
  assert.equal(f.now('isLocked', { key: 'a' }), true, 'once')
  letGo(f, second)
  letGo(f, second)
  assert.equal(f.now('isLocked', { key: 'a' }), false)
})

test('forceUnlock asks nobody', () => {
  const f = new Fixture()
  f.now('lock', { key: 'a', by: 'x' })
  f.now('lock', { key: 'a', by: 'x' })
  f.now('forceUnlock', { key: 'a', by: 'y' })
  assert.equal(f.now('isLocked', { key: 'a' }), false)
  f.now('forceUnlock', { key: 'a', by: 'y' })
})

for (const op of ['clear', 'evictAll'] as const) {
  test(`${op} leaves what is locked, committed or not`, () => {
    const f = new Fixture()
    for (const key of ['a', 'b', 'c']) f.now('set', { key, value: key })
    f.now('lock', { key: 'a', by: 'x' })
    f.run('lock', { key: 'd', by: 'x' })
    f.run('set', { key: 'd', value: 'd', by: 'x' })
    assert.equal(f.run(op), 2)
    assert.equal(f.run('get', { key: 'a' }), 'a')
    assert.equal(f.run('get', { key: 'b' }), null)
    f.run('set', { key: 'a', value: 'a2', by: 'x' })
    f.commit()
    assert.deepEqual(new Set(texts(f.now('entrySet'))), new Set(['a', 'a2', 'd']))
    assert.equal(f.data.shard(3)?.latestSize, 2)
    assert.equal(f.data.shard(3)?.hasPending, false)
  })
}

test('what is locked does not expire before it is unlocked', () => {
  const f = new Fixture()
  f.now('set', { key: 'a', value: '1', ttlMs: 10 })
  f.now('lock', { key: 'a', by: 'x' })
  f.wallMs += 10
  assert.equal(f.data.sweep(f.wallMs, 10), null)
  assert.equal(f.now('get', { key: 'a' }), '1')
  assert.equal(f.now('size'), 1)
  f.now('unlock', { key: 'a', by: 'x' })
  assert.equal(f.now('get', { key: 'a' }), null)
  assert.equal(f.told.at(-1)?.type, eventType.expired)
})

/** What is held, and nothing else: no tail, no effects, no encoding. */
class Model {
  readonly locks = new Map<string, { by: string; count: number; untilMs: number; token: number }>()
  lastToken = 0

  held(key: string, wallMs: number) {
    const lock = this.locks.get(key)
    return lock !== undefined && lock.untilMs > wallMs ? lock : undefined
  }

  lock(key: string, by: string, wallMs: number, ttlMs: number): Result | string {
    const held = this.held(key, wallMs)
    if (held !== undefined && held.by !== by) return `waits for ${held.by.split(' ')[0]}`
    if (held === undefined) this.lastToken = Math.max(this.lastToken + 1, wallMs)
    const token = held?.token ?? this.lastToken
    this.locks.set(key, {
      by,
      token,
      count: (held?.count ?? 0) + 1,
      untilMs: ttlMs < 0 ? Number.POSITIVE_INFINITY : wallMs + ttlMs,
    })
    return token
  }

  unlock(key: string, by: string, wallMs: number): Result | string {
    const held = this.held(key, wallMs)
    if (held === undefined) return false
    if (held.by !== by) return 'NOT_LOCK_OWNER'
    if (--held.count === 0) this.locks.delete(key)
    return true
  }
}

test('random calls answer as a plain model does; backups and snapshots end equal', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Prng(seed)
    const f = new Fixture()
    const backup = new Fixture()
    const model = new Model()
    let replicated = 0
    for (let step = 0; step < 200; step++) {
      const key = random.pick(['a', 'b', 'c'])
      const by = random.pick(['x', 'x 2', 'y', 'z'])
      const ttlMs = random.pick([-1, -1, 5, 50])
      f.wallMs += random.below(4)
      const what = random.below(10)
      const context = `seed ${seed}, step ${step}: ${by} ${key}`
      if (what < 4) assert.equal(f.run('lock', { key, by, ttlMs }), model.lock(key, by, f.wallMs, ttlMs), `${context} locks`)
      else if (what < 7) assert.equal(unlocked(f, key, by), model.unlock(key, by, f.wallMs), `${context} unlocks`)
      else if (what < 8) {
        const held = model.held(key, f.wallMs)
        const waits = held !== undefined && held.by !== by
        assert.equal(
          f.run('set', { key, value: '1', by }),
          waits ? `waits for ${held.by.split(' ')[0]}` : null,
          `${context} sets`,
        )
      } else if (what < 9) f.commit(f.committed + random.below(f.log.length - f.committed + 1))
      else {
        const effects = f.data.sweep(f.wallMs, 10)
        if (effects !== null) f.append(effects)
      }
    }
    f.commit()
    for (; replicated < f.log.length; replicated++) {
      backup.data.commit(readRecord((f.log[replicated] as (typeof f.log)[0]).bytes, new TextCache()), false)
    }
    const sum = (data: GroupMaps): number => data.digest(null, Number.POSITIVE_INFINITY).sum
    assert.equal(sum(backup.data), sum(f.data), `seed ${seed}: the backup differs`)
    assert.equal(sum(copyOf(f)), sum(f.data), `seed ${seed}: the snapshot differs`)
  }
})

test('a snapshot of many locks comes in pieces', () => {
  const f = new Fixture()
  for (let i = 0; i < 5_000; i++) f.now('lock', { key: `key-${i}`, by: 'x' })
  let pieces = 0
  const copy = copyOf(f, 10_000, () => pieces++)
  assert.ok(pieces > 2, `${pieces} pieces`)
  assert.equal(copy.shard(3)?.locks.size, 5_000)
  assert.deepEqual(copy.digest(null, Number.POSITIVE_INFINITY), f.data.digest(null, Number.POSITIVE_INFINITY))
})

test('to be told that one does not hold a key rests on the record that took it away', () => {
  const f = new Fixture()
  f.now('lock', { key: 'a', by: 'x' })
  f.run('unlock', { key: 'a', by: 'x' })
  f.run('lock', { key: 'a', by: 'y' })
  assert.deepEqual([unlocked(f, 'a', 'x'), f.dependsOn], ['NOT_LOCK_OWNER', 3])
})

function letGo(f: Fixture, token: Result): void {
  const out = new Writer()
  out.f64(token as number)
  const caller = { endpoint: 'x', threadId: 1, referenceId: 0, waitMs: -1 }
  const nothing = { value: null, ttlMs: -1, maxIdleMs: -1, items: [] }
  const request = { ...nothing, op: opCode.letGo, mapId: 3, key: blob('a'), expected: out.take(), caller }
  const { effects } = f.data.execute(request, f.wallMs)
  if (effects !== null) f.append(effects)
  f.commit()
}

function unlocked(f: Fixture, key: string, by: string): unknown {
  try {
    return f.run('unlock', { key, by })
  } catch (error) {
    return (error as { code: string }).code
  }
}

function copyOf(f: Fixture, bytesMax = 500, onPiece = (): unknown => null): GroupMaps {
  const copy = f.data.empty()
  for (let cursor: SnapshotCursor | null = null; ; ) {
    const { bytes, next } = f.data.snapshot(cursor, bytesMax)
    onPiece()
    copy.install(bytes)
    if (next === null) return copy
    cursor = next
  }
}

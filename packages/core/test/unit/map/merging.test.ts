import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MergePolicyName } from '../../../src/api/config.js'
import { ForkChanges } from '../../../src/map/fork-changes.js'
import type { GroupMaps } from '../../../src/map/group-maps.js'
import { conflictsIn, policyBytes, removedAt, type Version, versionBytes, winnerBy } from '../../../src/map/merging.js'
import { opCode } from '../../../src/operation/request.js'
import { blob, Fixture, texts } from './map-fixture.js'

const never = Number.POSITIVE_INFINITY
const version = (value: string | null, meta: Partial<Version['meta']> = {}): Version => ({
  value: value === null ? null : blob(value),
  meta: { ...removedAt(0), expiresAtMs: never, ...meta },
})

const others: readonly MergePolicyName[] = [
  'PutIfAbsentMergePolicy',
  'PassThroughMergePolicy',
  'LatestUpdateMergePolicy',
  'LatestAccessMergePolicy',
  'HigherHitsMergePolicy',
  'ExpirationTimeMergePolicy',
]

/** Policy, what is compared as far as the incoming and the existing version have it, and whether the incoming one wins. */
type Row = readonly [MergePolicyName, keyof Version['meta'], incoming: number, existing: number, wins: boolean]

const rows: readonly Row[] = [
  ['PutIfAbsentMergePolicy', 'lastUpdateMs', 9, 1, false],
  ['PassThroughMergePolicy', 'lastUpdateMs', 1, 9, true],
  ['DiscardMergePolicy', 'lastUpdateMs', 9, 1, false],
  ['LatestUpdateMergePolicy', 'lastUpdateMs', 2, 1, true],
  ['LatestUpdateMergePolicy', 'lastUpdateMs', 1, 1, true],
  ['LatestUpdateMergePolicy', 'lastUpdateMs', 1, 2, false],
  ['LatestAccessMergePolicy', 'lastAccessMs', 2, 1, true],
  ['LatestAccessMergePolicy', 'lastAccessMs', 1, 2, false],
  ['HigherHitsMergePolicy', 'hits', 2, 1, true],
  ['HigherHitsMergePolicy', 'hits', 1, 1, true],
  ['HigherHitsMergePolicy', 'hits', 1, 2, false],
  ['ExpirationTimeMergePolicy', 'expiresAtMs', 2, 1, true],
  ['ExpirationTimeMergePolicy', 'expiresAtMs', never, never, true],
  ['ExpirationTimeMergePolicy', 'expiresAtMs', 1, never, false],
]

test('each policy compares what its name says, and equal means incoming', () => {
  for (const [policy, field, incoming, existing, wins] of rows) {
    const winner = winnerBy(policy, version('e', { [field]: existing }), version('i', { [field]: incoming }))
    assert.equal(winner, wins ? 'incoming' : 'existing', `${policy} ${incoming} ${existing}`)
  }
})

test('where nothing is, what comes is taken, except by Discard', () => {
  for (const policy of others) assert.equal(winnerBy(policy, null, version('i')), 'incoming', policy)
  assert.equal(winnerBy('DiscardMergePolicy', null, version('i')), 'existing')
})

test('a removal wins by its time or by always, and has neither hits nor a time to live', () => {
  const removed: Version = { value: null, meta: removedAt(5) }
  const winners = [...others, 'DiscardMergePolicy' as const].filter(
    policy => winnerBy(policy, version('e', { lastUpdateMs: 4, lastAccessMs: 4 }), removed) === 'incoming',
  )
  assert.deepEqual(winners, ['PassThroughMergePolicy', 'LatestUpdateMergePolicy', 'LatestAccessMergePolicy'])
})

class Merging extends Fixture {
  merge(policy: MergePolicyName, entries: readonly (readonly [key: string, incoming: Version])[]): unknown[] {
    const request = { op: opCode.merge, mapId: 3, key: null, expected: null, ttlMs: -1, maxIdleMs: -1 }
    const items = entries.flatMap(([key, incoming]) => [blob(key), versionBytes(incoming)])
    const { error, result, effects } = this.data.execute({ ...request, value: policyBytes(policy), items }, this.wallMs)
    assert.equal(error, null)
    if (effects !== null) this.append(effects)
    this.commit()
    return conflictsIn(result).map(({ key, kept, existing, incoming }) => [
      ...texts([key]),
      kept,
      ...[existing, incoming].map(side => (side === null ? null : texts([side])[0])),
    ])
  }
}

test('what is given up is answered with both versions, and what is equal is no conflict', () => {
  const map = new Merging()
  for (const key of ['same', 'both', 'removed']) map.now('set', { key, value: key })
  const changes = [
    ['same', version('same')],
    ['both', version('other')],
    ['removed', { value: null, meta: removedAt(map.wallMs) }],
    ['new', version('new')],
    ['nowhere', { value: null, meta: removedAt(map.wallMs) }],
  ] as const
  assert.deepEqual(map.merge('PutIfAbsentMergePolicy', changes), [
    ['both', 'existing', 'both', 'other'],
    ['removed', 'existing', 'removed', null],
  ])
  assert.deepEqual([map.now('get', { key: 'both' }), map.now('get', { key: 'new' })], ['both', 'new'])
  assert.deepEqual(map.merge('DiscardMergePolicy', [['alone', version('alone')]]), [['alone', 'existing', null, 'alone']])
  assert.deepEqual(map.merge('PassThroughMergePolicy', changes), [
    ['both', 'incoming', 'both', 'other'],
    ['removed', 'incoming', 'removed', null],
  ])
  assert.deepEqual([map.now('get', { key: 'both' }), map.now('get', { key: 'removed' })], ['other', null])
})

test('an entry keeps its times, its hits and its expiry, and one that is over does not come', () => {
  const map = new Merging({ perEntryStats: true })
  const meta = { creationMs: 1, lastUpdateMs: 2, lastAccessMs: 3, hits: 4, ttlMs: 5_000, expiresAtMs: map.wallMs + 10 }
  map.merge('LatestUpdateMergePolicy', [
    ['lives', version('v', meta)],
    ['is over', version('v', { ...meta, expiresAtMs: map.wallMs })],
  ])
  const [, , creation, update, access, hits, expiresAt] = map.now('getEntryView', { key: 'lives' }) as number[]
  assert.deepEqual([creation, update, access, hits, expiresAt], [1, 2, 3, 4, map.wallMs + 10])
  assert.equal(map.now('containsKey', { key: 'is over' }), false)
  map.wallMs += 10
  assert.equal(map.now('get', { key: 'lives' }), null)
})

test('a merged entry makes room as any other', () => {
  const map = new Merging({ evictionPolicy: 'LRU', maxSizePolicy: 'PER_PARTITION', maxSize: 2 })
  for (const key of ['a', 'b']) map.now('set', { key, value: key })
  map.merge('PassThroughMergePolicy', [['c', version('c')]])
  assert.equal(map.now('size'), 2)
  assert.equal(map.now('get', { key: 'c' }), 'c')
})

test('while a cluster is divided the keys that change are remembered, until there is nothing to tell of them', () => {
  const map = new Fixture()
  for (const key of ['untouched', 'removed', 'expired', 'cleared'])
    map.now('set', { key, value: key, ttlMs: key === 'expired' ? 5 : 0 })
  map.forkedMs = 7
  map.now('set', { key: 'written', value: 'w' })
  map.now('set', { key: 'both', value: 'w' })
  for (const key of ['both', 'removed', 'absent']) map.now('delete', { key })
  map.now('setTtl', { key: 'expired', ttlMs: 5 })
  map.wallMs += 10
  assert.equal(map.now('get', { key: 'expired' }), null)
  assert.deepEqual(changesOf(map.data), { written: 0, both: 7, removed: 7 })
  map.forkedMs = 8
  map.now('clear')
  const changes = { written: 8, both: 7, removed: 7, untouched: 8, cleared: 8 }
  assert.deepEqual(changesOf(map.data), changes)
  const copy = map.data.empty()
  copy.install(map.data.snapshot(null, 1_000_000).bytes)
  copy.complete()
  assert.deepEqual(changesOf(copy), changes)
  map.forkedMs = null
  copy.complete()
  assert.deepEqual(changesOf(copy), {}, 'the fork ended while the copy was received')
})

test('of more keys than are remembered it is remembered that there are more', () => {
  const changes = new ForkChanges()
  const note = (n: number): void => changes.set(blob(`k${n}`), n, 0)
  for (let n = 0; n < 10_000; n++) note(n)
  note(5)
  assert.equal(changes.isFull, false)
  note(10_000)
  assert.equal(changes.isFull, true)
})

function changesOf(data: GroupMaps): Record<string, number> {
  const changes: Record<string, number> = {}
  data.shard(3)?.forkChanges?.each((key, _hash, removedMs) => {
    changes[texts([key])[0] ?? ''] = removedMs
  })
  return changes
}

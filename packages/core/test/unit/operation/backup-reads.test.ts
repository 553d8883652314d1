import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MapRequest, opCode } from '../../../src/operation/request.js'
import { blob } from '../map/map-fixture.js'
import { backup, CopyFixture } from './copy-fixture.js'

const get: MapRequest = {
  op: opCode.get,
  mapId: 3,
  key: blob('k'),
  value: null,
  expected: null,
  ttlMs: -1,
  maxIdleMs: -1,
  items: [],
}

test('however often a backup is read, an entry idles there from its last access at the owner on', () => {
  const { map, replica } = new CopyFixture(backup, { maxIdleMs: 1_000, perEntryStats: true })
  map.now('set', { key: 'k', value: 'v' })
  map.wallMs += 900
  assert.deepEqual(replica.readLocally(get, 0, 0), blob('v'))
  map.wallMs += 100
  assert.equal(replica.readLocally(get, 0, 0), undefined, 'the owner is asked')
  assert.equal(replica.readLocally(get, Number.POSITIVE_INFINITY, 0), undefined)
  assert.equal(map.data.shard(3)?.hits, 0)
})

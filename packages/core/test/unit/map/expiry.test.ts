import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reader } from '../../../src/codec/reader.js'
import { Writer } from '../../../src/codec/writer.js'
import { readMeta, writeMeta } from '../../../src/map/effects.js'
import { countedHere, metaForTtl, metaForWrite } from '../../../src/map/expiry.js'
import { mapSettings } from '../control/plane-world.js'

const most = 0xffff_ffff

test('a key that was written four billion times is written once more: its version begins anew, its hits stay', () => {
  const settings = { ...mapSettings, perEntryStats: true }
  const first = metaForWrite(null, settings, -1, -1, 1_000)
  const last = { ...first, version: most, hits: most }
  for (const next of [metaForWrite(last, settings, -1, -1, 2_000), metaForTtl(last, settings, 50, 2_000)]) {
    assert.deepEqual([next.version, next.hits], [0, most])
    const out = new Writer()
    writeMeta(out, next)
    assert.deepEqual(readMeta(new Reader(out.take())), next)
  }
})

test('what another cluster has counted further than this one can is as much as it can', () => {
  assert.deepEqual([-1, 7, 2 ** 32, Number.MAX_SAFE_INTEGER].map(countedHere), [0, 7, most, most])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCobnutError } from '../../../src/base/errors.js'
import { Catalog, type CatalogOptions } from '../../../src/map/catalog.js'

test('names without end are stopped before they fill the state that all members hold', async () => {
  const maps = new Map(Array.from({ length: 10_000 }, (_, i) => [`map-${i}`, { id: i, settings: {}, interceptors: [] }]))
  const control = {
    state: () => ({ maps, members: [] }),
    propose: () => assert.fail('it was proposed'),
    readIndex: async () => 0,
  }
  const clock = { monotonicMs: () => 0 }
  const configOf = () => ({ eviction: {}, indexes: [] })
  const catalog = new Catalog({ control, clock, configOf, code: {} } as unknown as CatalogOptions)
  await assert.rejects(catalog.create('one more'), error => isCobnutError(error, 'OVERLOADED'))
  await catalog.create('map-9999')
})

test('maps that another member has declared just now are listed', async () => {
  const declared = { id: 1, settings: {}, interceptors: [] }
  const applied = new Map([['old', declared]])
  const control = { state: () => ({ maps: applied, members: [] }), readIndex: async () => applied.set('new', declared).size }
  const catalog = new Catalog({ control, clock: { monotonicMs: () => 0 }, code: {} } as unknown as CatalogOptions)
  assert.deepEqual(await catalog.names(), ['old', 'new'])
})

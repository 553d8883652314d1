import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCobnutError } from '../../../src/base/errors.js'
import { defaultConfig } from '../../../src/config/index.js'
import type { ClusterState } from '../../../src/control/cluster-state.js'
import { settingsOf } from '../../../src/control/map-settings.js'
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

test('a member is told which indexes of its file the cluster does not have, not which it has beside them', () => {
  const file = (...indexes: { name?: string; type?: 'HASH'; attributes: string[] }[]) =>
    defaultConfig({ maps: { m: { indexes } } }).maps.get('m')
  const [own, other] = [file({ attributes: ['age'] }, { type: 'HASH', attributes: ['city'] }), file({ attributes: ['age'] })]
  assert.ok(own !== undefined && other !== undefined)
  const sortedByAge = { name: 'm_sorted_age', type: 'SORTED', attributes: ['age'], uniqueKey: '__key' }
  const atRunTime = { name: 'added', type: 'HASH', attributes: ['name'], uniqueKey: '__key', uniqueKeyTransformation: 'OBJECT' }
  const indexes = [{ ...sortedByAge, uniqueKeyTransformation: 'OBJECT' }, atRunTime]
  const declared = { id: 1, settings: settingsOf(other), interceptors: [], indexes }
  const told = (config: unknown): unknown[] => {
    const lines: unknown[] = []
    const control = { state: () => ({ maps: new Map([['m', declared]]), members: [] }) }
    const log = { warn: (event: string, fields: object) => lines.push({ event, ...fields }) }
    new Catalog({ control, log, configOf: () => config, code: {} } as unknown as CatalogOptions).compareAll()
    return lines
  }
  assert.deepEqual(told(other), [])
  const differs = { event: 'config.differs', map: 'm', setting: 'indexes' }
  assert.deepEqual(told(own), [{ ...differs, here: 'm_hash_city', cluster: 'm_sorted_age, added' }])
})

test('of a destroyed map no count of its queries is kept', () => {
  const declared = { id: 1, settings: {}, interceptors: [], indexes: [] }
  const fork = { settings: { fork: null } }
  const before = { maps: new Map([['m', declared]]), members: [], nextMapId: 2, ...fork }
  const options = { control: { state: () => before }, nearCaches: { onStateChange: () => undefined }, code: {} }
  const catalog = new Catalog(options as unknown as CatalogOptions)
  const counts = catalog.queries.counts(1)
  assert.equal(catalog.queries.counts(1), counts)
  catalog.onStateChange({ ...before, maps: new Map() } as unknown as ClusterState, before as unknown as ClusterState)
  assert.notEqual(catalog.queries.counts(1), counts)
})

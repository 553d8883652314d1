import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCobnutError } from '../../../src/base/errors.js'
import type { DataMap, EmbeddedMap } from '../../../src/map/data-map.js'
import { TypedMap } from '../../../src/map/typed-map.js'
import { SerializationService } from '../../../src/serialization/serialization-service.js'
import { Typed } from '../../../src/serialization/values.js'
import { MemoryMaps } from '../server/support/memory-maps.js'

const newMap = (): TypedMap<string, unknown> =>
  new TypedMap<string, unknown>(new MemoryMaps().map('m') as DataMap as EmbeddedMap, new SerializationService())

test('values are computed from what is there, and null removes', async () => {
  const map = newMap()
  const plus = (_: string, value: unknown): number => Number(value ?? 0) + 1
  assert.equal(await map.compute('k', plus), 1)
  assert.equal(await map.compute('k', plus), 2)
  assert.equal(await map.computeIfAbsent('k', () => 9), 2)
  assert.equal(await map.computeIfAbsent('new', key => `${key}!`), 'new!')
  assert.equal(await map.computeIfPresent('absent', () => 9), null)
  assert.equal(await map.computeIfPresent('k', plus), 3)
  assert.equal(await map.merge('k', 10, (before, value) => Number(before) + Number(value)), 13)
  assert.equal(await map.merge('other', 10, () => 0), 10)
  assert.equal(await map.merge('other', 10, () => null), null)
  assert.equal(await map.compute('k', () => null), null)
  assert.equal(await map.compute('k', () => null), null)
  assert.deepEqual(await map.keySet(), ['new'])
  await assert.rejects(
    map.compute('new', () => {
      throw new RangeError('no')
    }),
    RangeError,
  )
  assert.equal(await map.get('new'), 'new!')
})

test('numbers of other languages are compared as they are stored', async () => {
  const map = newMap()
  await map.set('k', new Typed('int', 5))
  assert.equal(await map.compute('k', (_, value) => Number(value) + 1), 6)
})

test('whoever was faster is seen, and one who always is, is told', async () => {
  const map = newMap()
  let calls = 0
  const racing = map.compute('k', (_, value) => {
    if (calls++ === 0) void map.set('k', 'theirs')
    return `${value} and ours`
  })
  assert.equal(await racing, 'theirs and ours')
  await assert.rejects(
    map.compute('k', () => {
      void map.set('k', `change ${calls++}`)
      return 'never'
    }),
    (error: unknown) => isCobnutError(error, 'OVERLOADED'),
  )
})

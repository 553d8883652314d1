import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultConfig, mapConfigFor } from '../../../src/config/index.js'

const counts = (maps: Readonly<Record<string, number>>) =>
  defaultConfig({ maps: Object.fromEntries(Object.entries(maps).map(([name, backupCount]) => [name, { backupCount }])) })

test('the name decides: exact, then the pattern with the longest fixed part, then default', () => {
  const config = counts({ default: 0, 'a*': 2, 'ab*': 3, abc: 4, '*-log': 5 })
  const count = (name: string): number => mapConfigFor(config, name).backupCount
  assert.deepEqual(['abc', 'abd', 'ax', 'x', 'audit-log', 'ab'].map(count), [4, 3, 2, 0, 5, 3])
})

test('from an @ on, a name does not count', () => {
  const config = counts({ abc: 4, 'b*': 3 })
  assert.deepEqual(
    ['abc@key', 'bc@a@b', 'x@abc'].map(name => mapConfigFor(config, name).backupCount),
    [4, 3, 1],
  )
})

test('two patterns that fit equally well are an error when such a map is asked for', () => {
  const config = counts({ 'a*': 2, '*b': 3, 'ab*': 4, 'c*': 5 })
  assert.throws(() => mapConfigFor(config, 'a-b'), {
    code: 'CONFIG_INVALID',
    message: /"a\*" and "\*b" fit the map "a-b" equally well/,
  })
  assert.deepEqual(
    ['ab-b', 'c', 'a'].map(name => mapConfigFor(config, name).backupCount),
    [4, 5, 2],
  )
})

test('a declared map does not inherit from default', () => {
  const config = defaultConfig({ maps: { default: { backupCount: 3, readBackupData: true }, m: {} } })
  assert.deepEqual([mapConfigFor(config, 'm').backupCount, mapConfigFor(config, 'm').readBackupData], [1, false])
  assert.deepEqual([mapConfigFor(config, 'n').backupCount, mapConfigFor(config, 'n').readBackupData], [3, true])
})

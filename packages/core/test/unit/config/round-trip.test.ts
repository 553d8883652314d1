/** Whatever a valid configuration says, it says the same in XML, YAML, JSON and as an object. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ConfigInput, type ConfigSource, type ConfigWorld, checkConfig, formatProblems } from '../../../src/config/index.js'

type Tree = { readonly [name: string]: Value }
type Value = string | number | boolean | Tree | readonly Value[]

const nowhere: ConfigWorld = { readText: async () => null, environment: {}, properties: {}, resolve: path => path }

/** Texts with what XML, YAML and variables give a meaning of its own; the blanks around a text are not part of it. */
const name = fc
  .string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'abzAZ09-_.&<>"\':#{}[],!%| ') })
  .filter(text => text === text.trim() && text !== '' && !text.includes('*'))
const seconds = fc.integer({ min: 0, max: 2_147_483_647 })
const host = fc.constantFrom('10.0.0.1', '10.0.0.2:5701', 'db.example', '[::1]:5701', '10.3.10.4-18')

const counts = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }))
  .filter(([synchronous, asynchronous]) => synchronous + asynchronous <= 6)
  .map(([synchronous, asynchronous]) => ({ 'backup-count': synchronous, 'async-backup-count': asynchronous }))
const settings = fc.record(
  {
    'read-backup-data': fc.boolean(),
    'statistics-enabled': fc.boolean(),
    'per-entry-stats-enabled': fc.boolean(),
    'time-to-live-seconds': seconds,
    'max-idle-seconds': seconds,
    'in-memory-format': fc.constantFrom('BINARY', 'OBJECT'),
    eviction: fc.record({ size: seconds, 'eviction-policy': fc.constantFrom('NONE', 'LRU', 'LFU', 'RANDOM') }),
    indexes: fc.array(
      fc.record({ type: fc.constantFrom('SORTED', 'HASH'), attributes: fc.array(name, { minLength: 1, maxLength: 3 }) }),
      { minLength: 1, maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
)
const map = fc.tuple(counts, settings).map(([c, s]): Tree => ({ ...c, ...s }))

const configuration: fc.Arbitrary<Tree> = fc.record(
  {
    'cluster-name': name,
    'instance-name': name,
    'partition-group': fc.record({ enabled: fc.boolean(), 'group-type': fc.constantFrom('PER_MEMBER', 'HOST_AWARE') }),
    network: fc.record({
      port: fc.record({
        port: fc.integer({ min: 0, max: 65_535 }),
        'auto-increment': fc.boolean(),
        'port-count': fc.integer({ min: 1, max: 65_535 }),
      }),
      'reuse-address': fc.boolean(),
      // an object that mentions a way to join means it; here the switch is always said
      join: fc.record({
        'tcp-ip': fc.record({ enabled: fc.boolean(), members: fc.array(host, { minLength: 1, maxLength: 4 }) }),
      }),
    }),
    map: fc.dictionary(name, map, { minKeys: 1, maxKeys: 4 }),
    properties: fc.record({ 'hazelcast.partition.count': fc.integer({ min: 1, max: 100_000 }) }),
  },
  { requiredKeys: [] },
)

test('XML, YAML, JSON and an object give one configuration, whatever it says', async () => {
  await fc.assert(
    fc.asyncProperty(configuration, async tree => {
      const expected = await configOf({ text: JSON.stringify({ hazelcast: tree }), format: 'yaml' })
      assert.deepEqual(await configOf({ text: xmlOf(tree), format: 'xml' }), expected)
      assert.deepEqual(await configOf({ text: `hazelcast:${blockOf(tree, 1)}\n`, format: 'yaml' }), expected)
      if (Object.keys(tree).length > 0) assert.deepEqual(await configOf(inputOf(tree)), expected)
    }),
    { numRuns: 200 },
  )
})

/** Maps have no order that means anything. */
async function configOf(source: ConfigSource): Promise<unknown> {
  const { config, problems } = await checkConfig(source, nowhere)
  assert.ok(config, formatProblems(problems))
  const { maps, withoutEffect, ...rest } = config
  return { ...rest, maps: new Map([...maps].sort()), withoutEffect: withoutEffect.map(({ path }) => path).sort() }
}

const isTree = (value: Value): value is Tree => typeof value === 'object' && !Array.isArray(value)
/** `>` too: XML does not allow `]]>` in a text. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Where XML repeats an element, and what that element is called. */
const repeated: Readonly<Record<string, string>> = { indexes: 'index', attributes: 'attribute' }
/** Whose values XML has as attributes. */
const inAttributes = new Set(['eviction', 'partition-group', 'tcp-ip'])

function xmlOf(tree: Tree): string {
  const parts = Object.entries(tree).map(([key, value]) => {
    if (key === 'map') return named('map', value as Tree)
    if (key === 'properties') return `<properties>${named('property', value as Tree)}</properties>`
    return elementOf(key, value)
  })
  return `<hazelcast>\n${parts.join('\n')}\n</hazelcast>`
}

const named = (element: string, all: Tree): string =>
  Object.entries(all)
    .map(([own, value]) => `<${element} name="${escaped(own)}">${contentOf(value)}</${element}>`)
    .join('\n')

function elementOf(key: string, value: Value): string {
  if (Array.isArray(value)) {
    const of = repeated[key]
    if (of === undefined) return value.map(item => elementOf('member', item)).join('')
    return `<${key}>${value.map(item => elementOf(of, item)).join('')}</${key}>`
  }
  if (key === 'port' && isTree(value)) {
    const { port, ...attributes } = value
    return `<port${attributesOf(attributes)}>${String(port)}</port>`
  }
  if (!isTree(value) || !inAttributes.has(key)) return `<${key}>${contentOf(value)}</${key}>`
  const single = Object.entries(value).filter(([, of]) => typeof of !== 'object')
  const others = Object.entries(value).filter(([, of]) => typeof of === 'object')
  return `<${key}${attributesOf(Object.fromEntries(single))}>${contentOf(Object.fromEntries(others))}</${key}>`
}

const attributesOf = (values: Tree): string =>
  Object.entries(values)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join('')

const contentOf = (value: Value): string => {
  if (!isTree(value)) return escaped(String(value))
  return Object.entries(value)
    .map(([key, of]) => elementOf(key, of))
    .join('\n')
}

/** YAML in lines, other than the one line of JSON. */
function blockOf(value: Value, depth: number): string {
  const indent = `\n${'  '.repeat(depth)}`
  if (Array.isArray(value)) return value.map(item => `${indent}-${blockOf(item, depth + 1)}`).join('')
  if (!isTree(value)) return ` ${typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : value}`
  return Object.entries(value)
    .map(([key, of]) => `${indent}'${key.replaceAll("'", "''")}':${blockOf(of, depth + 1)}`)
    .join('')
}

/** Names of maps and properties stand as they are; all others become camelCase. */
function inputOf({ map: maps, properties, ...tree }: Tree): ConfigInput {
  const input: Record<string, unknown> = { ...(camel(tree) as object) }
  if (maps !== undefined) input.maps = Object.fromEntries(Object.entries(maps).map(([own, of]) => [own, camel(of)]))
  if (properties !== undefined) input.properties = properties
  return input
}

function camel(value: Value): unknown {
  if (Array.isArray(value)) return value.map(camel)
  if (!isTree(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, of]) => [key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()), camel(of)]),
  )
}

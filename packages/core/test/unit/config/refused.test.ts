import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CobnutError } from '../../../src/base/errors.js'
import { type ConfigSource, defaultConfig, formatProblems } from '../../../src/config/index.js'
import { check, load, map, xml } from './config-world.js'

const join = (inner: string): ConfigSource => xml(`<network><join>${inner}</join></network>`)
const property = (name: string, value: string): ConfigSource =>
  xml(`<properties><property name="${name}">${value}</property></properties>`)

const indexOf = (...attributes: string[]): ConfigSource =>
  map(`<indexes><index><attributes>${attributes.map(a => `<attribute>${a}</attribute>`).join('')}</attributes></index></indexes>`)

const indexesOf = (...all: (readonly [name: string | null, attribute: string])[]): ConfigSource => {
  const one = ([name, attribute]: readonly [string | null, string]): string =>
    `<index${name === null ? '' : ` name="${name}"`}><attributes><attribute>${attribute}</attribute></attributes></index>`
  return map(`<indexes>${all.map(one).join('')}</indexes>`)
}

type Bad = readonly [what: string, source: ConfigSource, expected: RegExp]

const values: readonly Bad[] = [
  ['a count above 6', map('<backup-count>7</backup-count>'), /:2:15: hazelcast\.map\[u\]\.backup-count: "7".*\n.*from 0 to 6/],
  ['a negative count', map('<async-backup-count>-1</async-backup-count>'), /async-backup-count: "-1".*\n.*from 0 to 6/],
  ['a count that is no number', map('<backup-count>two</backup-count>'), /"two".*\n.*whole number/],
  ['a fraction', { text: 'hazelcast: {map: {u: {backup-count: 1.5}}}' }, /:1:37: hazelcast\.map\[u\]\.backup-count: "1\.5"/],
  ['a number in other digits', { text: 'hazelcast: {map: {u: {backup-count: 0x2}}}' }, /"0x2"/],
  ['nothing where a number is wanted', map('<backup-count/>'), /backup-count: ""/],
  ['a boolean that is none', map('<read-backup-data>yes</read-backup-data>'), /"yes".*\n.*true or false/],
  ['a wrong word', map('<in-memory-format>BINRY</in-memory-format>'), /"BINRY".*\n.*BINARY, OBJECT.*did you mean "BINARY"/],
  ['native memory', map('<in-memory-format>native</in-memory-format>'), /NATIVE is not possible here: entries are outside/],
  ['groups by zone', xml('<partition-group group-type="ZONE_AWARE"/>'), /ZONE_AWARE is not possible here.*\n.*HOST_AWARE/],
  ['a near cache limit on a map', map('<eviction max-size-policy="ENTRY_COUNT"/>'), /ENTRY_COUNT is not possible here/],
  ['an empty cluster name', xml('<cluster-name/>'), /cluster-name: "".*\n.*not empty/],
  ['a member that is no address', join('<tcp-ip><member>10.0.0.1:99999</member></tcp-ip>'), /members\[0\]: "10\.0\.0\.1:99999"/],
  [
    'an interface that is none',
    xml('<network><interfaces><interface>eth0</interface></interfaces></network>'),
    /"eth0".*\n.*10\.3\.16/,
  ],
  ['a multicast group that is none', join('<multicast multicast-group="10.0.0.1"/>'), /"10\.0\.0\.1".*\n.*224\.0\.0\.0/],
  [
    'a merge policy that does not exist',
    map('<merge-policy>PutIfAbsntMergePolicy</merge-policy>'),
    /"PutIfAbsntMergePolicy" is not a value of it\n.*did you mean "PutIfAbsentMergePolicy"/,
  ],
  ['a merge policy of an application', map('<merge-policy>com.x.Mine</merge-policy>'), /"com\.x\.Mine".*\n.*ExpirationTime/],
  ['a long value', map(`<backup-count>${'9'.repeat(500)}</backup-count>`), /"9{60}\.\.\." is not a value/],
]

const rules: readonly Bad[] = [
  [
    'a sum above 6, one way round',
    map('<async-backup-count>3</async-backup-count>\n<backup-count>4</backup-count>'),
    /:2:\d+: hazelcast\.map\[u\]\.async-backup-count: backup-count 4 and async-backup-count 3 make 7\n.*at most 6/,
  ],
  [
    'a sum above 6, the other way',
    map('<backup-count>4</backup-count>\n<async-backup-count>3</async-backup-count>'),
    /:3:\d+:.* make 7/,
  ],
  [
    'a sum above 6 by a default',
    map('<async-backup-count>6</async-backup-count>'),
    /backup-count 1 and async-backup-count 6 make 7/,
  ],
  [
    'a merge policy without what it compares',
    map('<merge-policy>com.hazelcast.spi.merge.HigherHitsMergePolicy</merge-policy>'),
    /HigherHitsMergePolicy compares statistics of entries, and none are kept\n.*per-entry-stats-enabled/,
  ],
  ['a percentage above 100', map('<eviction size="101" max-size-policy="USED_HEAP_PERCENTAGE"/>'), /"101" is no percentage/],
  ['two orders of eviction', map('<eviction eviction-policy="LRU" comparator-class-name="x.Y"/>'), /order is set twice/],
  [
    'a map store of two classes',
    map('<map-store><class-name>a</class-name><factory-class-name>b</factory-class-name></map-store>'),
    /two/,
  ],
  ['a map store of none', map('<map-store/>'), /names no class/],
  ['an index of nothing', map('<indexes><index/></indexes>'), /indexes\[0\]: the index has 0 attributes\n.*1 to 255/],
  [
    'a bitmap of two',
    map(
      '<indexes><index type="BITMAP"><attributes><attribute>a</attribute><attribute>b</attribute></attributes></index></indexes>',
    ),
    /has 2 attributes\n.*one, of a BITMAP/,
  ],
  ['an index of a path with a gap', indexOf('a..b'), /attributes\[0\]: "a\.\.b" is not a value of it\n.*address\.street/],
  ['an index of a place that is none', indexOf('a', 'tags[first]'), /attributes\[1\]: "tags\[first\]".*\n.*tags\[any\]/],
  [
    'an index of an attribute, and of it again',
    indexOf('a', 'a'),
    /attributes: the attribute "a" comes twice\n.*each attribute once/,
  ],
  ['the same, written in two ways', indexOf('__key#id', 'b', '__key.id'), /the attribute "__key\.id" comes twice/],
  [
    'two indexes of one name',
    indexesOf(['i', 'a'], ['j', 'b'], ['i', 'c']),
    /indexes: the index "i" comes twice\n.*a name of its own/,
  ],
  [
    'an index twice, without a name',
    indexesOf([null, '__key#id'], [null, '__key.id']),
    /indexes: the index "sorted___key\.id" comes/,
  ],
  [
    'more indexes than a cluster takes',
    indexesOf(...Array.from({ length: 65 }, (_, i) => [null, `a${i}`] as const)),
    /indexes: the map has 65 indexes\n.*at most 64/,
  ],
  ['a cache of no query', map('<query-caches><query-cache name="q"/></query-caches>'), /query-caches\[q\]: it has no predicate/],
  ['a pattern that fits nothing', xml('<map name="a*b*"/>'), /hazelcast\.map\[a\*b\*\]: the name has more than one \*/],
  [
    'a public address that is a range',
    xml('<network><public-address>10.3.10.4-18</public-address></network>'),
    /public-address: "10\.3\.10\.4-18" .*\n.*as others reach it/,
  ],
  [
    'a list of more hosts than can be asked',
    join('<tcp-ip enabled="true"><member>10.0.*.*</member></tcp-ip>'),
    /members: the list names 65536 hosts\n.*at most 1024/,
  ],
  ['a word in other letters', property('cobnut.http.remote.access', 'TRUE'), /"TRUE" is not a value of it\n.*false or true/],
  [
    'two ways to join',
    join('<multicast enabled="true"/><tcp-ip enabled="true"/>'),
    /join: multicast and tcp-ip are enabled\n.*one of them/,
  ],
  ['Kubernetes without a name', join('<kubernetes enabled="true"/>'), /without service-dns/],
  [
    'encryption of another kind',
    xml('<network><symmetric-encryption enabled="true"/></network>'),
    /network\.symmetric-encryption: it is enabled, and does not exist here/,
  ],
  [
    'that, said twice',
    xml('<network><symmetric-encryption enabled="false"/><symmetric-encryption enabled="true"/></network>'),
    /network\.symmetric-encryption: it is enabled/,
  ],
]

const shapes: readonly Bad[] = [
  [
    'a misspelt element',
    map('<backup-cuont>1</backup-cuont>'),
    /"backup-cuont" is not known here\n.*did you mean "backup-count"/,
  ],
  ['a misspelt item', map('<indexes><idnex/></indexes>'), /did you mean "index"/],
  ['an unknown element', xml('<maps-of-mars/>'), /:2:1: hazelcast\.maps-of-mars: "maps-of-mars" is not known/],
  ['an element of an earlier release', xml('<group><name>dev</name></group>'), /did you mean "cluster-name"/],
  ['a name that no one meant', xml(`<${'x'.repeat(500)}/>`), /"x{60}\.\.\." is not known/],
  ['an element twice', xml('<cluster-name>a</cluster-name>\n<cluster-name>b</cluster-name>'), /:3:1:.*second time\n.*line 2/],
  ['a section twice', xml('<network/>\n<network/>'), /:3:1: hazelcast\.network: it stands here a second time/],
  ['a key twice', { text: 'hazelcast:\n  map:\n    m: {}\n    m: {}' }, /:4:5: hazelcast\.map\.m: it stands here a second time/],
  ['a map without a name', xml('<map><backup-count>1</backup-count></map>'), /hazelcast\.map: the name is missing/],
  ['a text where elements are wanted', xml('<network>5701</network>'), /the text "5701" has no meaning here\n.*port/],
  [
    'elements where a text is wanted',
    { text: 'hazelcast: {cluster-name: {a: 1}}' },
    /a single value is expected, this is a section/,
  ],
  ['a list where a text is wanted', { text: 'hazelcast: {cluster-name: [a]}' }, /a single value is expected, this is a list/],
  ['a list where a section is wanted', { text: 'hazelcast: {network: [1]}' }, /a section is expected, this is a list/],
  ['a list where names are wanted', { text: 'hazelcast: {map: [users]}' }, /names with their values are expected/],
]

const files: readonly Bad[] = [
  ['another root', { text: '<hazelcast-client/>' }, /the root element is <hazelcast-client>\n.*<hazelcast>/],
  ['another schema', { text: '<hazelcast xmlns="urn:x"/>' }, /of urn:x\n.*www\.hazelcast\.com\/schema\/config/],
  ['broken XML', { text: '<hazelcast>\n<map>\n</hazelcast>' }, /:3:\d+: hazelcast: the file is not well-formed XML/],
  ['nothing at all', { text: '', format: 'xml' }, /not well-formed XML/],
  ['broken YAML', { text: 'hazelcast: [1,\n  {' }, /:2:\d+: hazelcast: the file is not well-formed YAML/],
  ['two documents', { text: 'hazelcast: {}\n---\nhazelcast: {}' }, /a second document begins/],
  ['YAML without the root', { text: 'map: {}' }, /"map" stands beside or instead/],
  ['YAML that is a text', { text: 'hello' }, /no key "hazelcast"/],
  ['a key that is a list', { text: 'hazelcast: {? [a] : b}' }, /a key is a section or a list/],
  ['an alias of nothing', { text: 'hazelcast: {cluster-name: *x}' }, /there is no &x before this/],
  ['a file that is not there', { file: 'nowhere.xml' }, /nowhere\.xml cannot be read\n.*exists/],
  ['a file of another kind', { file: 'conf.txt' }, /neither XML nor YAML/],
]

const properties: readonly Bad[] = [
  ['a property of ours that does not exist', property('cobnut.lease.milis', '1'), /did you mean "cobnut\.lease\.millis"/],
  ['a property of ours that is like no other', property('cobnut.x', '1'), /does not exist\n.*cobnut\.join\.dns/],
  [
    'a property out of range',
    property('hazelcast.partition.count', '0'),
    /:2:13: hazelcast\.properties\[hazelcast\.partition\.count\]: "0"/,
  ],
  ['a property that is no number', property('cobnut.lease.millis', '2s'), /"2s".*\n.*\(ms\)/],
]

for (const [what, source, expected] of [...values, ...rules, ...shapes, ...files, ...properties]) {
  test(`refused, with the place and what is allowed: ${what}`, async () => {
    const { config, problems } = await check(source)
    assert.equal(config, null)
    assert.equal(problems.length, 1, formatProblems(problems))
    assert.match(formatProblems(problems), expected)
  })
}

test('one error has every problem of the file, from top to bottom, with its place', async () => {
  const text =
    '<cluster-nam>x</cluster-nam>\n<map name="a"><backup-count>9</backup-count></map>\n<map name="b"><backup-count>x</backup-count></map>\n<instance-nam/>'
  const refusal = await load(xml(text)).then(
    () => assert.fail('it was accepted'),
    (error: unknown) => error,
  )
  assert.ok(refusal instanceof CobnutError)
  assert.equal(refusal.code, 'CONFIG_INVALID')
  const found = refusal.details.problems as readonly Record<string, unknown>[]
  assert.deepEqual(found[1], {
    file: 'the text',
    line: 3,
    column: 15,
    element: 'hazelcast.map[a].backup-count',
    message: '"9" is not a value of it',
    allowed: 'a whole number from 0 to 6',
  })
  assert.deepEqual(
    found.map(p => [p.line, p.element, p.didYouMean]),
    [
      [2, 'hazelcast.cluster-nam', 'cluster-name'],
      [3, 'hazelcast.map[a].backup-count', undefined],
      [4, 'hazelcast.map[b].backup-count', undefined],
      [5, 'hazelcast.instance-nam', 'instance-name'],
    ],
  )
  assert.match(refusal.message, /^the configuration has 4 problems:\nthe text:2:1: /)
})

test('an object is checked like a file, and says that it was the object', () => {
  const bad = { maps: { m: { backupCount: 7, backupCuont: 1 } } }
  assert.throws(
    () => defaultConfig(bad),
    (error: unknown) => {
      assert.ok(error instanceof CobnutError)
      assert.match(error.message, /the configuration object: hazelcast\.map\[m\]\.backup-count: "7"/)
      assert.match(error.message, /hazelcast\.map\[m\]\.backupCuont: .*\n.*did you mean "backup-count"/)
      return true
    },
  )
})

test('what has no effect is accepted and listed once, the whole instead of its parts', async () => {
  const { config, problems, withoutEffect } = await check(
    xml(`<queue name="q"/><queue name="r"><anything/></queue>
      <network><symmetric-encryption enabled="false"/><reuse-address>true</reuse-address></network>
      <map name="a"><near-cache><eviction comparator-class-name="x.Y"/></near-cache><eviction size="5"/></map>
      <properties>
        <property name="hazelcast.logging.type">jdk</property>
        <property name="hazelcast.partition.cout">9</property>
      </properties>`),
  )
  assert.deepEqual(problems, [])
  assert.deepEqual(config?.withoutEffect, withoutEffect)
  assert.deepEqual(
    withoutEffect.map(w => w.path),
    [
      'hazelcast.network.reuse-address',
      'hazelcast.network.symmetric-encryption',
      'hazelcast.map[a].near-cache',
      'hazelcast.queue',
      'hazelcast.properties[hazelcast.logging.type]',
      'hazelcast.properties[hazelcast.partition.cout]',
    ],
  )
  assert.match(withoutEffect.at(-1)?.reason ?? '', /did you mean "hazelcast\.partition\.count"/)
})

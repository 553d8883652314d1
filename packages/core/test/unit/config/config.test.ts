import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CobnutError } from '../../../src/base/errors.js'
import {
  type ConfigSource,
  type ConfigWorld,
  checkConfig,
  formatProblems,
  loadConfig,
  mapConfigFor,
} from '../../../src/config/index.js'

interface WorldParts {
  files?: Record<string, string>
  environment?: Record<string, string>
  properties?: Record<string, string>
}

const world = ({ files = {}, environment = {}, properties = {} }: WorldParts = {}): ConfigWorld => ({
  readText: async path => files[path] ?? null,
  environment,
  properties,
  resolve: path => path,
})

const load = (source: ConfigSource, parts?: WorldParts) => loadConfig(source, world(parts))
const xml = (inner: string): ConfigSource => ({ text: `<hazelcast>\n${inner}\n</hazelcast>` })

test('the fragments of the original manual work as written', async () => {
  const map = async (inner: string) => mapConfigFor(await load(xml(`<map name="default">${inner}</map>`)), 'anything')
  assert.equal((await map('<backup-count>1</backup-count>')).backupCount, 1)
  const asynchronous = await map('<backup-count>0</backup-count><async-backup-count>1</async-backup-count>')
  assert.deepEqual([asynchronous.backupCount, asynchronous.asyncBackupCount, asynchronous.readBackupData], [0, 1, false])
  const reading = await map(
    '<backup-count>0</backup-count>\n<async-backup-count>1</async-backup-count>\n<read-backup-data>true</read-backup-data>',
  )
  assert.deepEqual([reading.backupCount, reading.asyncBackupCount, reading.readBackupData], [0, 1, true])
})

test('defaults', async () => {
  const config = await load({}, { files: {} })
  assert.equal(config.clusterName, 'dev')
  assert.deepEqual([config.network.port, config.network.portAutoIncrement, config.network.portCount], [5701, true, 100])
  assert.equal(config.network.join.autoDetection.enabled, true)
  assert.equal(config.knobs.partitionCount, 271)
  const map = mapConfigFor(config, 'm')
  assert.deepEqual([map.backupCount, map.asyncBackupCount, map.readBackupData, map.statisticsEnabled], [1, 0, false, true])
})

const sample = {
  xml: `<hazelcast xmlns="http://www.hazelcast.com/schema/config" xmlns:xsi="x" xsi:schemaLocation="y">
  <cluster-name>prod</cluster-name>
  <lite-member enabled="true"/>
  <properties><property name="hazelcast.partition.count">31</property></properties>
  <network>
    <port auto-increment="false" port-count="7">6000</port>
    <join>
      <multicast enabled="false"/>
      <tcp-ip enabled="true"><member>10.0.0.1:5701</member><member>10.0.0.2</member></tcp-ip>
    </join>
    <interfaces enabled="true"><interface>10.0.0.*</interface></interfaces>
  </network>
  <partition-group enabled="true" group-type="HOST_AWARE"/>
  <map name="users">
    <async-backup-count>6</async-backup-count>
    <backup-count>0</backup-count>
    <time-to-live-seconds>30</time-to-live-seconds>
    <eviction size="1000" eviction-policy="LRU"/>
    <indexes><index type="HASH"><attributes><attribute>age</attribute></attributes></index></indexes>
  </map>
  <map name="order*"><max-idle-seconds>5</max-idle-seconds></map>
</hazelcast>`,
  yaml: `hazelcast:
  cluster-name: prod
  lite-member: {enabled: true}
  properties: {hazelcast.partition.count: 31}
  network:
    port: {auto-increment: false, port-count: 7, port: 6000}
    join:
      multicast: {enabled: false}
      tcp-ip:
        enabled: true
        member-list: ["10.0.0.1:5701", 10.0.0.2]
    interfaces: {enabled: true, interfaces: [10.0.0.*]}
  partition-group: {enabled: true, group-type: host_aware}
  map:
    users:
      async-backup-count: 6
      backup-count: 0
      time-to-live-seconds: 30
      eviction: {size: 1000, eviction-policy: LRU}
      indexes:
        - type: HASH
          attributes: [age]
    order*:
      max-idle-seconds: 5
`,
}

test('XML, YAML and JSON give one configuration', async () => {
  const fromXml = await load({ text: sample.xml })
  const fromYaml = await load({ text: sample.yaml })
  assert.deepEqual(fromYaml, fromXml)
  assert.deepEqual([fromXml.maps.get('users')?.backupCount, fromXml.maps.get('users')?.asyncBackupCount], [0, 6])
  assert.deepEqual(fromXml.network.join.tcpIp.members, ['10.0.0.1:5701', '10.0.0.2'])
  assert.deepEqual(fromXml.maps.get('users')?.indexes, [{ type: 'HASH', attributes: ['age'] }])
  const json = JSON.stringify({ hazelcast: { 'cluster-name': 'j', map: { default: { 'backup-count': 2 } } } })
  const fromJson = await load({ file: 'x.json' }, { files: { 'x.json': json } })
  assert.equal(mapConfigFor(fromJson, 'any').backupCount, 2)
})

test('a typed object gives the same, and wins over a file', async () => {
  const object: ConfigSource = {
    clusterName: 'prod',
    network: { port: 6000, join: { tcpIp: { members: ['10.0.0.1:5701'] } } },
    maps: { users: { readBackupData: true } },
    properties: { 'hazelcast.partition.count': 31 },
  }
  const config = await load(object)
  assert.deepEqual([config.clusterName, config.network.port, config.knobs.partitionCount], ['prod', 6000, 31])
  assert.deepEqual(config.network.join.tcpIp, { enabled: true, members: ['10.0.0.1:5701'], connectionTimeoutSeconds: 5 })
  assert.equal(config.maps.get('users')?.readBackupData, true)
  const both = await load({ file: 'a.xml', ...object }, { files: { 'a.xml': sample.xml } })
  assert.equal(both.network.port, 6000)
  assert.equal(both.network.portAutoIncrement, false)
  assert.deepEqual([both.maps.get('users')?.asyncBackupCount, both.maps.get('users')?.readBackupData], [6, true])
})

const bad: readonly (readonly [what: string, source: ConfigSource, expected: readonly RegExp[]])[] = [
  [
    'a count above 6',
    xml('<map name="users"><backup-count>7</backup-count></map>'),
    [/:2:.*hazelcast\.map\[users\]\.backup-count.*"7"[\s\S]*from 0 to 6/],
  ],
  ['a negative count', xml('<map name="u"><async-backup-count>-1</async-backup-count></map>'), [/async-backup-count.*"-1"/]],
  ['a count that is no number', xml('<map name="u"><backup-count>two</backup-count></map>'), [/"two"/]],
  [
    'a sum above 6',
    xml('<map name="u"><async-backup-count>3</async-backup-count><backup-count>4</backup-count></map>'),
    [/:2:.*map\[u\].*4 and .* 3 make 7[\s\S]*at most 6/],
  ],
  [
    'a misspelt element',
    xml('<map name="u"><backup-cuont>1</backup-cuont></map>'),
    [/backup-cuont[\s\S]*did you mean "backup-count"/],
  ],
  ['an unknown element', xml('<maps-of-mars/>'), [/"maps-of-mars" is not known/]],
  ['a wrong word', xml('<map name="u"><in-memory-format>BINRY</in-memory-format></map>'), [/did you mean "BINARY"/]],
  ['native memory', xml('<map name="u"><in-memory-format>NATIVE</in-memory-format></map>'), [/NATIVE is not possible here/]],
  ['an element twice', xml('<cluster-name>a</cluster-name>\n<cluster-name>b</cluster-name>'), [/:3:.*second time/]],
  ['a boolean that is none', xml('<map name="u"><read-backup-data>yes</read-backup-data></map>'), [/"yes"[\s\S]*true or false/]],
  ['another root', { text: '<hazelcast-client/>' }, [/<hazelcast-client>[\s\S]*<hazelcast>/]],
  ['broken XML', { text: '<hazelcast>\n<map>\n</hazelcast>' }, [/not well-formed XML/]],
  ['broken YAML', { text: 'hazelcast: [1,\n  {' }, [/not well-formed YAML/]],
  ['YAML without the root', { text: 'map: {}' }, [/"map" stands beside or instead/]],
  [
    'a property of ours that does not exist',
    xml('<properties><property name="cobnut.lease.milis">1</property></properties>'),
    [/did you mean "cobnut.lease.millis"/],
  ],
  [
    'a property out of range',
    xml('<properties><property name="hazelcast.partition.count">0</property></properties>'),
    [/partition\.count.*"0"/],
  ],
  [
    'an external entity',
    { text: '<!DOCTYPE h [<!ENTITY x SYSTEM "file:///etc/passwd">]><hazelcast>&x;</hazelcast>' },
    [/entity is declared/],
  ],
  [
    'an entity bomb',
    { text: `<!DOCTYPE h [<!ENTITY a "aaaa"><!ENTITY b "${'&a;'.repeat(50)}">]><hazelcast>&b;</hazelcast>` },
    [/entity is declared/],
  ],
  ['50,000 nested elements', { text: `<hazelcast>${'<map>'.repeat(50_000)}` }, [/more than 100 deep[\s\S]*at most 100/]],
  ['50,000 nested lists', { text: `hazelcast: ${'['.repeat(50_000)}` }, [/more than 100 deep/]],
  [
    'a file of more than 10 MiB',
    { text: `<hazelcast>${' '.repeat(10 * 1024 * 1024)}</hazelcast>` },
    [/10485783 characters[\s\S]*at most 10485760/],
  ],
  ['a file that is not there', { file: 'nowhere.xml' }, [/nowhere\.xml cannot be read/]],
  ['a file of another kind', { file: 'conf.txt' }, [/neither XML nor YAML/]],
]

for (const [what, source, expected] of bad) {
  test(`refused, with the place and what is allowed: ${what}`, async () => {
    const { config, problems } = await checkConfig(source, world())
    assert.equal(config, null)
    assert.ok(problems.length > 0)
    for (const pattern of expected) assert.match(formatProblems(problems), pattern)
    await assert.rejects(load(source), (e: unknown) => e instanceof CobnutError && e.code === 'CONFIG_INVALID')
  })
}

test('every problem of a file in one report', async () => {
  const { problems } = await checkConfig(
    xml(
      '<cluster-nam>x</cluster-nam>\n<map name="a"><backup-count>9</backup-count></map>\n<map name="b"><backup-count>x</backup-count></map>',
    ),
    world(),
  )
  assert.deepEqual(
    problems.map(p => [p.line, p.element]),
    [
      [2, 'hazelcast.cluster-nam'],
      [3, 'hazelcast.map[a].backup-count'],
      [4, 'hazelcast.map[b].backup-count'],
    ],
  )
})

test('what has no effect is accepted and listed', async () => {
  const { config, withoutEffect } = await checkConfig(
    xml(
      '<queue name="q"/><queue name="r"/><map name="a"><near-cache/><eviction size="5"/></map><properties><property name="hazelcast.logging.type">jdk</property></properties>',
    ),
    world(),
  )
  assert.ok(config)
  const paths = withoutEffect.map(w => w.path)
  for (const path of [
    'hazelcast.queue',
    'hazelcast.map[a].near-cache',
    'hazelcast.map[a].eviction',
    'hazelcast.properties[hazelcast.logging.type]',
  ]) {
    assert.ok(paths.includes(path), `${path} in ${paths}`)
  }
})

test('the name decides: exact, then the longest pattern, then default', async () => {
  const config = await load(
    xml(
      '<map name="default"><backup-count>0</backup-count></map><map name="a*"><backup-count>2</backup-count></map><map name="ab*"><backup-count>3</backup-count></map><map name="abc"><backup-count>4</backup-count></map>',
    ),
  )
  const count = (name: string): number => mapConfigFor(config, name).backupCount
  assert.deepEqual(['abc', 'abd', 'ax', 'x', 'abc@key'].map(count), [4, 3, 2, 0, 4])
  const tie = await load(xml('<map name="a*"/><map name="*b"/>'))
  assert.throws(() => mapConfigFor(tie, 'a-b'), /equally well/)
})

test('a declared map does not inherit from default', async () => {
  const config = await load(xml('<map name="default"><backup-count>3</backup-count></map><map name="m"/>'))
  assert.equal(mapConfigFor(config, 'm').backupCount, 1)
})

test('variables, imports and overrides', async () => {
  const files = {
    'main.xml': '<hazelcast><import resource="maps.xml"/><cluster-name>${name}</cluster-name></hazelcast>',
    'maps.xml': '<hazelcast><map name="m"><backup-count>2</backup-count></map></hazelcast>',
    'loop.xml': '<hazelcast><import resource="loop.xml"/></hazelcast>',
    'gone.xml': '<hazelcast><import resource="nowhere.xml"/></hazelcast>',
  }
  const config = await load({ file: 'main.xml' }, { files, properties: { name: 'blue' } })
  assert.deepEqual([config.clusterName, config.maps.get('m')?.backupCount], ['blue', 2])
  await assert.rejects(load({ file: 'loop.xml' }, { files }), /imported by itself/)
  await assert.rejects(load({ file: 'gone.xml' }, { files }), /nowhere\.xml cannot be read/)
  const over = await load(
    { file: 'main.xml' },
    { files, environment: { HZ_CLUSTERNAME: 'green', HZ_NETWORK_PORT_PORT: '6001' }, properties: { name: 'b' } },
  )
  assert.deepEqual([over.clusterName, over.network.port], ['green', 6001])
  const twice = { environment: { HZ_CLUSTERNAME: 'a' }, properties: { 'hz.cluster-name': 'b' } }
  await assert.rejects(load({}, twice), /HZ_CLUSTERNAME and hz\.cluster-name both set it/)
})

test('without a source the usual places are searched', async () => {
  const files = {
    'hazelcast.yaml': 'hazelcast: {cluster-name: y}',
    'hazelcast.xml': '<hazelcast><cluster-name>x</cluster-name></hazelcast>',
  }
  assert.equal((await load({}, { files })).clusterName, 'x')
  assert.equal((await load({}, { files: { 'hazelcast.yaml': files['hazelcast.yaml'] } })).clusterName, 'y')
  assert.equal(
    (
      await load(
        {},
        { files: { ...files, 'other.yml': 'hazelcast: {cluster-name: z}' }, properties: { 'hazelcast.config': 'other.yml' } },
      )
    ).clusterName,
    'z',
  )
})

test('the reference page says what the tables say', () => {
  const script = fileURLToPath(new URL('../../../../../../scripts/config-reference.mjs', import.meta.url))
  const build = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], {
    encoding: 'utf8',
    env: { ...process.env, COBNUT_BUILD: build },
  })
  assert.equal(status, 0, stderr)
})

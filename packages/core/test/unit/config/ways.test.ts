import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Config } from '../../../src/api/config.js'
import { type ConfigInput, defaultConfig, mapConfigFor } from '../../../src/config/index.js'
import { check, load, xml } from './config-world.js'
import { asJson, asObject, asXml, asYaml, configuration } from './written-ways.js'

test('the fragments of the original manual work as written', async () => {
  const settings = async (inner: string): Promise<unknown> => {
    const config = await load({ text: `<hazelcast>\n  <map name="default">\n${inner}\n  </map>\n</hazelcast>\n` })
    const { backupCount, asyncBackupCount, readBackupData } = mapConfigFor(config, 'anything')
    return { backupCount, asyncBackupCount, readBackupData }
  }
  const one = '    <backup-count>1</backup-count>'
  const asynchronous = '    <backup-count>0</backup-count>\n    <async-backup-count>1</async-backup-count>'
  const reading = `${asynchronous}\n    <read-backup-data>true</read-backup-data>`
  assert.deepEqual(await settings(one), { backupCount: 1, asyncBackupCount: 0, readBackupData: false })
  assert.deepEqual(await settings(asynchronous), { backupCount: 0, asyncBackupCount: 1, readBackupData: false })
  assert.deepEqual(await settings(reading), { backupCount: 0, asyncBackupCount: 1, readBackupData: true })
})

test('nothing said means the defaults of the original', async () => {
  const config = await load({})
  assert.equal(config.clusterName, 'dev')
  assert.deepEqual([config.network.port, config.network.portAutoIncrement, config.network.portCount], [5701, true, 100])
  assert.deepEqual(config.network.join.autoDetection, { enabled: true })
  assert.deepEqual(
    [config.network.join.multicast.enabled, config.network.join.multicast.group, config.network.join.multicast.port],
    [false, '224.2.2.3', 54_327],
  )
  assert.equal(config.knobs.partitionCount, 271)
  const map = mapConfigFor(config, 'm')
  assert.deepEqual([map.backupCount, map.asyncBackupCount, map.readBackupData, map.statisticsEnabled], [1, 0, false, true])
  assert.deepEqual([map.timeToLiveSeconds, map.maxIdleSeconds, map.inMemoryFormat, map.other], [0, 0, 'BINARY', {}])
  assert.deepEqual(config.withoutEffect, [])
  assert.deepEqual(defaultConfig(), config)
})

const inXml = `<?xml version="1.0" encoding="UTF-8"?>
<!-- every kind of element -->
<hazelcast xmlns="http://www.hazelcast.com/schema/config" xmlns:xsi="x" xsi:schemaLocation="y z">
  <cluster-name>prod</cluster-name>
  <instance-name>a &amp; b</instance-name>
  <lite-member enabled="true"/>
  <properties><property name="hazelcast.partition.count">31</property></properties>
  <network>
    <public-address>10.0.0.9:6000</public-address>
    <port auto-increment="false" port-count="7">6000</port>
    <join>
      <multicast enabled="false"/>
      <tcp-ip enabled="true"><member>10.0.0.1:5701, 10.0.0.2</member><member>[::1]:5702</member></tcp-ip>
    </join>
    <interfaces enabled="true"><interface>10.0.0.*</interface></interfaces>
    <tpc-socket><port-range>14000-16000</port-range></tpc-socket>
  </network>
  <partition-group enabled="true" group-type="HOST_AWARE"/>
  <map name="users">
    <async-backup-count>6</async-backup-count>
    <backup-count>0</backup-count>
    <time-to-live-seconds>30</time-to-live-seconds>
    <eviction size="1000" eviction-policy="LRU"/>
    <merge-policy batch-size="50">ExpirationTimeMergePolicy</merge-policy>
    <indexes><index type="HASH"><attributes><attribute>age</attribute></attributes></index></indexes>
    <attributes><attribute extractor-class-name="com.x.Currency">currency</attribute></attributes>
    <near-cache><eviction size="9" eviction-policy="LFU"/></near-cache>
    <map-store initial-mode="EAGER">
      <class-name>com.x.Store</class-name>
      <properties><property name="url">jdbc:x</property></properties>
    </map-store>
    <event-journal enabled="true"><capacity>500</capacity></event-journal>
    <entry-listeners><entry-listener include-value="false">com.x.Listener</entry-listener></entry-listeners>
    <partition-lost-listeners><partition-lost-listener>com.x.Lost</partition-lost-listener></partition-lost-listeners>
    <partition-attributes><attribute>tenant</attribute></partition-attributes>
    <query-caches><query-cache name="old"><predicate type="sql">age &gt; 60</predicate></query-cache></query-caches>
  </map>
  <map name="order*"><max-idle-seconds>5</max-idle-seconds></map>
</hazelcast>`

const inYaml = `hazelcast:
  cluster-name: prod
  instance-name: a & b
  lite-member: {enabled: true}
  properties: {hazelcast.partition.count: 31}
  network:
    public-address: 10.0.0.9:6000
    port: {auto-increment: false, port-count: 7, port: 6000}
    join:
      multicast: {enabled: false}
      tcp-ip:
        enabled: true
        member-list: ["10.0.0.1:5701", 10.0.0.2, "[::1]:5702"]
    interfaces: {enabled: true, interfaces: [10.0.0.*]}
    tpc-socket: {port-range: 14000-16000}
  partition-group: {enabled: true, group-type: host_aware}
  map:
    users:
      async-backup-count: 6
      backup-count: 0
      time-to-live-seconds: 30
      eviction: {size: 1000, eviction-policy: LRU}
      merge-policy: {class-name: ExpirationTimeMergePolicy, batch-size: 50}
      indexes:
        - type: HASH
          attributes: [age]
      attributes:
        currency: {extractor-class-name: com.x.Currency}
      near-cache: {eviction: {size: 9, eviction-policy: LFU}}
      map-store: {initial-mode: EAGER, class-name: com.x.Store, properties: {url: "jdbc:x"}}
      event-journal: {enabled: true, capacity: 500}
      entry-listeners: [{class-name: com.x.Listener, include-value: false}]
      partition-lost-listeners: [com.x.Lost]
      partition-attributes:
        - name: tenant
      query-caches: {old: {predicate: {type: sql, class-name: age > 60}}}
    order*:
      max-idle-seconds: 5
`

const asTyped: ConfigInput = {
  clusterName: 'prod',
  instanceName: 'a & b',
  liteMember: true,
  properties: { 'hazelcast.partition.count': 31 },
  network: {
    publicAddress: '10.0.0.9:6000',
    port: 6000,
    portAutoIncrement: false,
    portCount: 7,
    join: { multicast: { enabled: false }, tcpIp: { members: ['10.0.0.1:5701', '10.0.0.2', '[::1]:5702'] } },
    interfaces: { interfaces: ['10.0.0.*'] },
    tpcSocket: { portRange: '14000-16000' },
  },
  partitionGroup: { enabled: true, groupType: 'HOST_AWARE' },
  maps: {
    users: {
      asyncBackupCount: 6,
      backupCount: 0,
      timeToLiveSeconds: 30,
      eviction: { size: 1000, evictionPolicy: 'LRU' },
      mergePolicy: { className: 'ExpirationTimeMergePolicy', batchSize: 50 },
      indexes: [{ type: 'HASH', attributes: ['age'] }],
      attributes: { currency: { extractorClassName: 'com.x.Currency' } },
      nearCache: { eviction: { size: 9, evictionPolicy: 'LFU' } },
      mapStore: { initialMode: 'EAGER', className: 'com.x.Store', properties: { url: 'jdbc:x' } },
      eventJournal: { enabled: true, capacity: 500 },
      entryListeners: [{ className: 'com.x.Listener', includeValue: false }],
      partitionLostListeners: ['com.x.Lost'],
      partitionAttributes: ['tenant'],
      queryCaches: { old: { predicate: { type: 'sql', className: 'age > 60' } } },
    },
    'order*': { maxIdleSeconds: 5 },
  },
}

function assertSample(config: Config): void {
  const users = config.maps.get('users')
  assert.deepEqual([users?.backupCount, users?.asyncBackupCount, users?.timeToLiveSeconds], [0, 6, 30])
  assert.deepEqual(config.network.join.tcpIp.members, ['10.0.0.1:5701', '10.0.0.2', '[::1]:5702'])
  assert.deepEqual(users?.indexes, [{ type: 'HASH', attributes: ['age'] }])
  assert.deepEqual(users?.mergePolicy, { className: 'ExpirationTimeMergePolicy', batchSize: 50 })
  assert.deepEqual(users?.other.attributes, new Map([['currency', { 'extractor-class-name': 'com.x.Currency' }]]))
  assert.deepEqual(Object.keys(users?.other ?? {}), [
    'near-cache',
    'map-store',
    'event-journal',
    'attributes',
    'entry-listeners',
    'partition-lost-listeners',
    'partition-attributes',
    'query-caches',
  ])
  assert.equal(config.maps.get('order*')?.maxIdleSeconds, 5)
  assert.deepEqual([...config.maps.keys()], ['users', 'order*', 'default'])
}

test('XML, YAML, JSON and a typed object give one configuration', async () => {
  const fromXml = await load({ text: inXml })
  assertSample(fromXml)
  assert.deepEqual(await load({ text: inYaml }), fromXml)
  assert.deepEqual(await load(asTyped), fromXml)
  assert.deepEqual(defaultConfig(asTyped), fromXml)
})

test('JSON is read by its name, with tabs as with blanks', async () => {
  const json = JSON.stringify({ hazelcast: { 'cluster-name': 'j', map: { default: { 'backup-count': 2 } } } }, null, '\t')
  const config = await load({ file: 'x.json' }, { files: { 'x.json': json } })
  assert.deepEqual([config.clusterName, mapConfigFor(config, 'any').backupCount], ['j', 2])
})

test('whatever the table allows says the same in XML, in YAML and as an object', async () => {
  let valid = 0
  await fc.assert(
    fc.asyncProperty(configuration, async drawn => {
      const fromXml = await check({ text: asXml(drawn) })
      const elements = (problems: typeof fromXml.problems): string[] => problems.map(p => p.element).sort()
      for (const source of [{ text: asYaml(drawn) }, { text: asJson(drawn) }, asObject(drawn)]) {
        const other = await check(source)
        assert.deepEqual(elements(other.problems), elements(fromXml.problems))
        assert.deepEqual(other.config, fromXml.config)
      }
      if (fromXml.config !== null) valid++
    }),
    { numRuns: 150 },
  )
  // one in eight is: few enough make the test say nothing, and chance alone does not bring so few
  assert.ok(valid > 3, `${valid} of them were valid`)
})

test('texts are what was written: no number is made of them on the way', async () => {
  const config = await load({ text: 'hazelcast: {cluster-name: 007, instance-name: 1.10, map: {1: {backup-count: 2}}}' })
  assert.deepEqual([config.clusterName, config.instanceName, config.maps.get('1')?.backupCount], ['007', '1.10', 2])
})

test('a name that JavaScript knows is a name like any other', async () => {
  const config = await load({ text: 'hazelcast: {map: {__proto__: {backup-count: 2}, constructor: {backup-count: 3}}}' })
  assert.deepEqual([mapConfigFor(config, '__proto__').backupCount, mapConfigFor(config, 'constructor').backupCount], [2, 3])
  assert.equal(mapConfigFor(config, 'toString').backupCount, 1)
  const properties = await load(xml('<properties><property name="__proto__">x</property></properties>'))
  assert.equal(properties.properties.get('__proto__'), 'x')
})

test('names are compared without hyphens and case', async () => {
  const config = await load({ text: 'hazelcast: {clusterName: x, map: {m: {backupCount: 2, ASYNC-backup-Count: 1}}}' })
  assert.deepEqual([config.clusterName, config.maps.get('m')?.backupCount, config.maps.get('m')?.asyncBackupCount], ['x', 2, 1])
})

test('a typed object is checked by the compiler too', () => {
  const inputs: readonly ConfigInput[] = [
    // @ts-expect-error: misspelt
    { maps: { m: { backupCuont: 1 } } },
    // @ts-expect-error: not one of the words
    { maps: { m: { inMemoryFormat: 'NATIVE' } } },
    // @ts-expect-error: a text where a number is wanted
    { network: { join: { multicast: { multicastPort: 'x' } } } },
  ]
  for (const input of inputs) assert.throws(() => defaultConfig(input), { code: 'CONFIG_INVALID' })
})

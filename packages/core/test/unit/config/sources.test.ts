import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, load, type WorldParts, xml } from './config-world.js'

const named = (clusterName: string): string => `<hazelcast><cluster-name>${clusterName}</cluster-name></hazelcast>`
const nameOf = async (source: Parameters<typeof load>[0], parts: WorldParts): Promise<string> =>
  (await load(source, parts)).clusterName

test('without a source the usual places are searched, in their order', async () => {
  const xmlFile = { 'hazelcast.xml': named('x') }
  const yamlFile = { 'hazelcast.yaml': 'hazelcast: {cluster-name: y}' }
  const ymlFile = { 'hazelcast.yml': 'hazelcast: {cluster-name: z}' }
  const other = { 'other.yml': 'hazelcast: {cluster-name: other}' }
  const all = { ...ymlFile, ...yamlFile, ...xmlFile, ...other }
  assert.equal(await nameOf({}, {}), 'dev')
  assert.equal(await nameOf({}, { files: ymlFile }), 'z')
  assert.equal(await nameOf({}, { files: { ...ymlFile, ...yamlFile } }), 'y')
  assert.equal(await nameOf({}, { files: all }), 'x')
  assert.equal(await nameOf({}, { files: all, environment: { HAZELCAST_CONFIG: 'other.yml' } }), 'other')
  assert.equal(await nameOf({}, { files: all, properties: { 'hazelcast.config': 'other.yml' } }), 'other')
})

test('who says something in code gets no file by chance, unless asked for', async () => {
  const files = { 'hazelcast.xml': named('x') }
  assert.equal(await nameOf({ liteMember: true }, { files }), 'dev')
  assert.equal(await nameOf({ liteMember: true, search: true }, { files }), 'x')
  assert.equal(await nameOf({ search: false }, { files }), 'dev')
})

test('a file in the usual place that is broken or cannot be read is not passed over', async () => {
  const files = { 'hazelcast.xml': '<hazelcast>', 'hazelcast.yaml': 'hazelcast: {}' }
  await assert.rejects(load({}, { files }), /hazelcast\.xml:1:\d+: hazelcast: the file is not well-formed/)
  await assert.rejects(load({}, { environment: { HAZELCAST_CONFIG: 'gone.xml' } }), /gone\.xml cannot be read/)
})

test('an object beside a file wins over it, element by element', async () => {
  const files = {
    'a.yaml': `hazelcast:
      cluster-name: file
      network: {port: {port: 6000, port-count: 7}, join: {tcp-ip: {enabled: false, member-list: [a, b]}}}
      map: {users: {backup-count: 2, max-idle-seconds: 9}, orders: {backup-count: 3}}
      properties: {hazelcast.partition.count: 31, cobnut.lease.millis: 500}`,
  }
  const config = await load(
    {
      file: 'a.yaml',
      network: { port: 6001, join: { tcpIp: { members: ['c'] } } },
      maps: { users: { backupCount: 1 }, more: {} },
      properties: { 'cobnut.lease.millis': 700 },
    },
    { files },
  )
  assert.deepEqual([config.clusterName, config.network.port, config.network.portCount], ['file', 6001, 7])
  assert.deepEqual([config.network.join.tcpIp.enabled, config.network.join.tcpIp.members], [true, ['c']])
  const counts = [...config.maps.values()].map(map => [map.name, map.backupCount, map.maxIdleSeconds])
  assert.deepEqual(counts, [
    ['users', 1, 9],
    ['orders', 3, 0],
    ['more', 1, 0],
    ['default', 1, 0],
  ])
  assert.deepEqual([config.knobs.partitionCount, config.knobs.leaseMs], [31, 700])
})

test('variables and properties of the start win over both, part by part', async () => {
  const files = { 'a.yaml': 'hazelcast: {network: {port: {auto-increment: false, port: 6000}}, map: {users: {backup-count: 2}}}' }
  const environment = {
    HZ_CLUSTERNAME: 'green',
    HZ_NETWORK_PORT: '6001',
    HZ_MAP_USERS_ASYNCBACKUPCOUNT: '3',
    HZ_NETWORK_JOIN_TCPIP_ENABLED: 'true',
    HZ_NETWORK_JOIN_TCPIP_MEMBERLIST: '10.0.0.1, 10.0.0.2:5702',
    HZ_PROPERTIES_HAZELCAST_PARTITION_COUNT: '31',
  }
  const properties = { 'hz.network.port.port-count': '5', 'hz.properties.cobnut.lease.millis': '500' }
  const config = await load({ file: 'a.yaml', clusterName: 'blue' }, { files, environment, properties })
  const { port, portAutoIncrement, portCount, join } = config.network
  assert.deepEqual([config.clusterName, port, portAutoIncrement, portCount], ['green', 6001, false, 5])
  assert.deepEqual([join.tcpIp.enabled, join.tcpIp.members], [true, ['10.0.0.1', '10.0.0.2:5702']])
  assert.deepEqual([config.maps.get('users')?.backupCount, config.maps.get('users')?.asyncBackupCount], [2, 3])
  assert.deepEqual([config.knobs.partitionCount, config.knobs.leaseMs], [31, 500])
})

test('a setting in two places of the start is an error, and so is a wrong value there', async () => {
  const twice = { environment: { HZ_CLUSTERNAME: 'a' }, properties: { 'hz.cluster-name': 'b' } }
  await assert.rejects(load({}, twice), /HZ_CLUSTERNAME and hz\.cluster-name both set it/)
  await assert.rejects(
    load({}, { environment: { HZ_MAP_DEFAULT_BACKUPCOUNT: '9' } }),
    /HZ_MAP_DEFAULT_BACKUPCOUNT: hazelcast\.map\[default\]\.backup-count: "9"/,
  )
})

test('variables that others set for their own purposes are listed and do no harm', async () => {
  const environment = { HZ_PORT: 'tcp://10.0.0.1:5701', HZ_SERVICE_HOST: '10.0.0.1', HZ_CLUSTERNMAE: 'x' }
  const { config, withoutEffect } = await check({}, { environment })
  assert.equal(config?.clusterName, 'dev')
  assert.deepEqual(
    withoutEffect.map(w => w.path),
    ['hazelcast.port', 'hazelcast.service', 'hazelcast.clusternmae'],
  )
  assert.match(withoutEffect[2]?.reason ?? '', /HZ_CLUSTERNMAE sets it/)
})

test('properties of the start stand for those that nobody sets', async () => {
  const properties = { 'hazelcast.partition.count': '11', 'cobnut.lease.millis': '500', 'user.home': '/x' }
  const config = await load(xml('<properties><property name="cobnut.lease.millis">900</property></properties>'), { properties })
  assert.deepEqual([config.knobs.partitionCount, config.knobs.leaseMs], [11, 900])
  assert.equal(config.properties.has('user.home'), false)
  await assert.rejects(load({}, { properties: { 'cobnut.lease.milis': '1' } }), /did you mean "cobnut\.lease\.millis"/)
})

test('${names} are properties of the start, then variables; what is unknown stays and is listed', async () => {
  const text = '<hazelcast><cluster-name>${color}-${size}</cluster-name><instance-name>${nothing}</instance-name></hazelcast>'
  const parts = { environment: { color: 'red', size: '2' }, properties: { color: 'blue' } }
  const config = await load({ text }, parts)
  assert.deepEqual([config.clusterName, config.instanceName], ['blue-2', '${nothing}'])
  assert.deepEqual(config.withoutEffect, [
    { path: 'hazelcast.instance-name', reason: '${nothing} stands as it is: nothing of this name is set' },
  ])
})

const importing = (...resources: readonly string[]): string =>
  `<hazelcast>${resources.map(resource => `<import resource="${resource}"/>`).join('')}</hazelcast>`

test('an import is what the file says, seen from the folder of the file that imports', async () => {
  const files = {
    'conf/main.xml': `<hazelcast><import resource="more/maps.yaml"/><import resource="file:///etc/\${which}.xml"/></hazelcast>`,
    'conf/more/maps.yaml': 'hazelcast: {import: [last.yaml], map: {m: {backup-count: 2}}}',
    'conf/more/last.yaml': 'hazelcast: {map: {m: {async-backup-count: 3}, n: {}}}',
    '/etc/name.xml': named('imported'),
  }
  const config = await load({ file: 'conf/main.xml' }, { files, properties: { which: 'name' } })
  assert.equal(config.clusterName, 'imported')
  assert.deepEqual(
    [config.maps.get('m')?.backupCount, config.maps.get('m')?.asyncBackupCount, config.maps.has('n')],
    [2, 3, true],
  )
})

const badImports: readonly (readonly [what: string, files: Record<string, string>, expected: RegExp])[] = [
  ['of itself', { 'main.xml': importing('main.xml') }, /main\.xml is imported by itself, or again/],
  [
    'in a circle',
    { 'main.xml': importing('a.xml'), 'a.xml': importing('main.xml') },
    /a\.xml:1:12: hazelcast\.import: main\.xml is imported/,
  ],
  [
    'twice',
    { 'main.xml': importing('a.xml', 'a.xml'), 'a.xml': importing() },
    /a\.xml is imported by itself, or again\n.*each file once/,
  ],
  ['of nothing', { 'main.xml': importing('gone.xml') }, /main\.xml:1:12: hazelcast\.import: gone\.xml cannot be read/],
  ['from the network', { 'main.xml': importing('https://x.y/a.xml') }, /https:\/\/x\.y\/a\.xml is not imported from where it is/],
  ['without saying what', { 'main.xml': '<hazelcast><import/></hazelcast>' }, /it does not say which file/],
  [
    'of what was said already',
    { 'main.xml': '<hazelcast><cluster-name>a</cluster-name><import resource="b.xml"/></hazelcast>', 'b.xml': named('b') },
    /b\.xml:1:12: hazelcast\.cluster-name: it stands here a second time/,
  ],
  [
    'of a hundred files, one after the other',
    Object.fromEntries(
      ['main', ...Array.from({ length: 120 }, (_, i) => `f${i}`)].map((name, i) => [`${name}.xml`, importing(`f${i}.xml`)]),
    ),
    /f99\.xml is one file too many\n.*at most 100 files/,
  ],
]

for (const [what, files, expected] of badImports) {
  test(`an import is refused: ${what}`, async () => {
    await assert.rejects(load({ file: 'main.xml' }, { files }), expected)
  })
}

test('the look-up of the original for Kubernetes, our element and our property are the same', async () => {
  const dns = async (inner: string): Promise<unknown> => (await load(xml(inner))).network.join.dns
  const join = (inner: string): string => `<network><join>${inner}</join></network>`
  const kubernetes =
    '<kubernetes enabled="true"><service-dns>grid.local</service-dns><service-port>6000</service-port></kubernetes>'
  assert.deepEqual(await dns(join(kubernetes)), { enabled: true, name: 'grid.local', port: 6000 })
  assert.deepEqual(await dns(join('<dns><name>grid.local</name><port>6000</port></dns>')), {
    enabled: true,
    name: 'grid.local',
    port: 6000,
  })
  const property = '<properties><property name="cobnut.join.dns">grid.local</property></properties>'
  assert.deepEqual(await dns(property), { enabled: true, name: 'grid.local', port: 5701 })
  assert.deepEqual(await dns(join('<kubernetes enabled="false"><service-dns>x</service-dns></kubernetes>')), {
    enabled: false,
    name: '',
    port: 5701,
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NetworkConfig } from '../../../src/api/config.js'
import { isCobnutError } from '../../../src/base/errors.js'
import type { Seeds } from '../../../src/cluster/joining.js'
import type { Address } from '../../../src/env/env.js'
import { createDiscovery, type Discovery, type DiscoveryOptions } from '../../../src/node/discovery.js'
import { networkConfig, tcpIp } from './network-config.js'
import { localhost, memoryLog } from './support.js'

const self: Address = { host: '10.0.0.7', port: 5701 }

function discover(network: NetworkConfig, more: Partial<DiscoveryOptions> = {}): Discovery {
  return createDiscovery({ network, clusterName: 'dev', log: memoryLog().log, ...more })
}

const texts = async (discovery: Discovery): Promise<string[]> =>
  (await discovery.candidates(self)).map(({ host, port }) => `${host}:${port}`)

describe('where the others may be', () => {
  test('what a discovery answers is what joining asks for', () => {
    const seeds: Seeds = discover(networkConfig())
    assert.equal(typeof seeds.candidates, 'function')
  })

  test('nobody, when no way is enabled, and that is certain', async () => {
    const discovery = discover(networkConfig())
    assert.deepEqual(await texts(discovery), [])
    assert.deepEqual([discovery.exhaustive, discovery.named], [true, false])
  })

  test('listed with their ports: exactly those', async () => {
    const discovery = discover(networkConfig(tcpIp('10.0.0.1:5701', 'db2:9000', '[::1]:5701', '10.0.0.1:5701')))
    assert.deepEqual(await texts(discovery), ['10.0.0.1:5701', 'db2:9000', '::1:5701'])
    assert.deepEqual([discovery.exhaustive, discovery.named], [true, true])
  })

  test('listed without ports: ten ports each, which are not all there could be', async () => {
    const discovery = discover(networkConfig(tcpIp('10.0.0.1'), { port: 6000 }))
    const found = await texts(discovery)
    assert.deepEqual([found.length, found[0], found[9]], [10, '10.0.0.1:6000', '10.0.0.1:6009'])
    assert.deepEqual([discovery.exhaustive, discovery.named], [false, false])
  })

  test('fewer ports configured: fewer tried, and that is certain', async () => {
    const three = discover(networkConfig(tcpIp('10.0.0.1'), { portCount: 3 }))
    assert.deepEqual(await texts(three), ['10.0.0.1:5701', '10.0.0.1:5702', '10.0.0.1:5703'])
    assert.equal(three.exhaustive, true)
    const one = discover(networkConfig(tcpIp('10.0.0.1'), { portAutoIncrement: false }))
    assert.deepEqual(await texts(one), ['10.0.0.1:5701'])
    assert.equal(one.exhaustive, true)
  })

  test('ranges stand for each of their addresses', async () => {
    assert.deepEqual(await texts(discover(networkConfig(tcpIp('10.0.0.4-6:5701')))), [
      '10.0.0.4:5701',
      '10.0.0.5:5701',
      '10.0.0.6:5701',
    ])
    assert.equal((await texts(discover(networkConfig(tcpIp('10.0.0.*:5701'))))).length, 256)
  })

  test('a range beyond reason, and what is no address, are errors of the configuration', () => {
    for (const member of ['10.0.*.*:5701', 'a:b']) {
      assert.throws(
        () => discover(networkConfig(tcpIp(member))),
        error => isCobnutError(error, 'CONFIG_INVALID'),
      )
    }
  })

  test('auto-detection looks at this machine only, at the usual ports and at those from its own on', async () => {
    const auto = { autoDetection: { enabled: true } }
    const usual = await texts(discover(networkConfig(auto)))
    assert.deepEqual([usual.length, usual[0], usual[9]], [10, `${localhost}:5701`, `${localhost}:5710`])
    const own = await texts(discover(networkConfig(auto, { port: 7000 })))
    assert.equal(own.length, 20)
    assert.ok(own.includes(`${localhost}:7009`))
    assert.ok(!(await texts(discover(networkConfig(auto, { port: 65_530 })))).some(text => text.endsWith(':65536')))
    assert.deepEqual(await texts(discover(networkConfig({ ...auto, ...tcpIp('db1:1') }))), ['db1:1'])
  })

  test('a DNS name: all its addresses, anew each time; one that does not resolve is nobody, said once', async () => {
    const { log, lines } = memoryLog()
    const answers: (readonly string[])[] = [['10.1.0.1', 'fd00::1'], [], ['10.1.0.2']]
    const lookup = async (name: string): Promise<readonly string[]> => {
      assert.equal(name, 'grid.example')
      const next = answers.shift() ?? []
      if (next.length === 0) throw new Error('ENOTFOUND')
      return next
    }
    const network = networkConfig({ dns: { enabled: true, name: 'grid.example' } })
    const discovery = discover(network, { lookup, log })
    assert.deepEqual(await texts(discovery), ['10.1.0.1:5701', 'fd00::1:5701'])
    assert.deepEqual(await texts(discovery), [])
    assert.deepEqual(await texts(discovery), ['10.1.0.2:5701'])
    await texts(discovery)
    await texts(discovery)
    assert.equal(lines.filter(line => line.event === 'discovery.nameUnknown').length, 2)
    assert.deepEqual([discovery.exhaustive, discovery.named], [false, false])
    const other = discover(networkConfig({ dns: { enabled: true, name: 'x', port: 9 } }), { lookup: async () => ['10.1.0.1'] })
    assert.deepEqual(await texts(other), ['10.1.0.1:9'])
  })

  test('multicast goes through the network of the bound address, whatever others are told', async () => {
    const network = networkConfig(
      { multicast: { enabled: true, timeToLive: 0 } },
      { interfaces: { enabled: true, patterns: [localhost] }, publicAddress: '203.0.113.5' },
    )
    const discovery = discover(network, { clusterName: 'of this test' })
    try {
      assert.deepEqual(await discovery.candidates({ host: '203.0.113.5', port: 5701 }), [])
    } finally {
      discovery.close()
    }
  })

  test('multicast that cannot be had is an error: a member that looks nowhere else would found a cluster of its own', async () => {
    const discovery = discover(networkConfig({ multicast: { enabled: true, group: '10.0.0.1' } }))
    await assert.rejects(discovery.candidates(self), error => isCobnutError(error, 'CONFIG_INVALID'))
    discovery.close()
  })

  test('the system resolves names', async () => {
    const found = await texts(discover(networkConfig({ dns: { enabled: true, name: 'localhost' } })))
    assert.ok(found.includes(`${localhost}:5701`) || found.includes('::1:5701'), String(found))
  })
})

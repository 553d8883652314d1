import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isCobnutError } from '../../../src/base/errors.js'
import { localAddress, type PickedAddress, pickAddress } from '../../../src/node/pick-address.js'
import { networkConfig, tcpIp } from './network-config.js'

const machine = [
  { address: '127.0.0.1', internal: true },
  { address: '::1', internal: true },
  { address: 'fd00::7', internal: false },
  { address: '172.17.0.1', internal: false },
  { address: '10.0.0.7', internal: false },
]
const alone = machine.slice(0, 2)
const interfaces = (...patterns: string[]) => ({ interfaces: { enabled: true, patterns } })
const everywhere = (host: string, port = 0): PickedAddress => ({ host: '0.0.0.0', publicAddress: { host, port } })
const only = (host: string): PickedAddress => ({ host })

describe('which address a member takes', () => {
  const cases: readonly [what: string, config: Parameters<typeof networkConfig>, picked: PickedAddress][] = [
    ['nobody mentioned a network: loopback', [{ autoDetection: { enabled: true } }], only('127.0.0.1')],
    ['no way to join at all: loopback', [], only('127.0.0.1')],
    ['a list of this machine: loopback', [tcpIp('127.0.0.1:5701', 'localhost', '[::1]:5702')], only('127.0.0.1')],
    ['a list with an own address: that one', [tcpIp('10.0.0.6', '10.0.0.7')], everywhere('10.0.0.7')],
    ['a list with a range around an own address: that one', [tcpIp('10.0.0.1-20:5701')], everywhere('10.0.0.7')],
    ['an own address counts more than loopback', [tcpIp('127.0.0.1', '10.0.0.7')], everywhere('10.0.0.7')],
    ['a list of others: the first outside address', [tcpIp('db1', 'db2')], everywhere('172.17.0.1')],
    ['multicast: the first outside address', [{ multicast: { enabled: true } }], everywhere('172.17.0.1')],
    ['DNS: the first outside address', [{ dns: { enabled: true, name: 'grid' } }], everywhere('172.17.0.1')],
    ['interfaces: the match, and nothing else is bound', [tcpIp('db1'), interfaces('10.0.*.*')], only('10.0.0.7')],
    ['interfaces: the first pattern that matches wins', [{}, interfaces('192.168.*.*', 'fd00::7', '10.0.0.7')], only('fd00::7')],
    [
      'a public address replaces what others are told',
      [tcpIp('10.0.0.7'), { publicAddress: 'db.example:9000' }],
      everywhere('db.example', 9000),
    ],
    ['a public address alone asks for a network', [{}, { publicAddress: '203.0.113.9' }], everywhere('203.0.113.9')],
    [
      'with interfaces, the match is bound',
      [{}, { ...interfaces('10.*.*.*'), publicAddress: 'db' }],
      { host: '10.0.0.7', publicAddress: { host: 'db', port: 0 } },
    ],
  ]
  for (const [what, config, picked] of cases) {
    test(what, () => assert.deepEqual(pickAddress(networkConfig(...config), machine), picked))
  }

  test('a machine without a network has loopback, whatever is configured', () => {
    assert.deepEqual(pickAddress(networkConfig(tcpIp('db1')), alone), only('127.0.0.1'))
    assert.deepEqual(pickAddress(networkConfig({ multicast: { enabled: true } }), alone), only('127.0.0.1'))
  })

  test('packets leave through an address of this machine, whatever others are told', () => {
    const multicast = { multicast: { enabled: true } }
    const through = (...config: Parameters<typeof networkConfig>): string => localAddress(networkConfig(...config), machine)
    assert.equal(through(multicast), '172.17.0.1')
    assert.equal(through(multicast, { publicAddress: '203.0.113.9' }), '172.17.0.1')
    assert.equal(through(multicast, { ...interfaces('10.*.*.*'), publicAddress: 'db' }), '10.0.0.7')
  })

  test('interfaces that match nothing: an error with both sides of it', () => {
    assert.throws(
      () => pickAddress(networkConfig({}, interfaces('192.168.*.*')), machine),
      error =>
        isCobnutError(error, 'CONFIG_INVALID') && /10\.0\.0\.7/.test(error.message) && /192\.168\.\*\.\*/.test(error.message),
    )
  })

  test('the addresses of the real machine will do', () => {
    assert.deepEqual(pickAddress(networkConfig({}, interfaces('127.0.0.*'))), only('127.0.0.1'))
  })
})

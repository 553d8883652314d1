/** What the check of a configuration says of addresses, and what a start makes of them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../../src/config/index.js'
import { createDiscovery } from '../../../src/node/discovery.js'
import { pickAddress } from '../../../src/node/pick-address.js'
import { networkConfig, tcpIp } from './network-config.js'
import { memoryLog } from './support.js'

const world = { readText: async () => null, environment: {}, properties: {}, resolve: (path: string) => path }
const machine = [{ address: '10.0.0.7', internal: false }]

const isValid = async (network: object): Promise<boolean> => (await checkConfig({ network }, world)).config !== null

function starts(network: Parameters<typeof networkConfig>): boolean {
  try {
    createDiscovery({ network: networkConfig(...network), clusterName: 'dev', log: memoryLog().log }).close()
    pickAddress(networkConfig(...network), machine)
    return true
  } catch {
    return false
  }
}

const texts: readonly [text: string, asMember: boolean, asPublic: boolean][] = [
  ['10.0.0.1', true, true],
  ['10.0.0.1:5701', true, true],
  ['db-1.example.org', true, true],
  ['node_1:1', true, true],
  ['::1', true, true],
  ['[fd00::2]:5701', true, true],
  ['10.0.0.4-9', true, false],
  ['10.0.0.*:5701', true, false],
  ['10.0.*.*', false, false],
  ['10.0.0.256', false, false],
  ['10.0.0.9-4', false, false],
  ['1.2.3', false, false],
  ['a..b', false, false],
  ['-a', false, false],
  ['*', false, false],
  ['a:0', false, false],
  ['a:65536', false, false],
  ['[a]:1', false, false],
  ['[10.0.0.1]:1', false, false],
  ['1:2:3', false, false],
  ['0.0.0.0', true, false],
  ['::', true, false],
]

for (const [text, asMember, asPublic] of texts) {
  test(`${text} ${asMember ? 'is' : 'is not'} a member of a list, and ${asPublic ? 'may' : 'may not'} be told to others`, async () => {
    const join = { autoDetection: { enabled: false }, tcpIp: { enabled: true, members: [text] } }
    assert.deepEqual([await isValid({ join }), starts([tcpIp(text)])], [asMember, asMember])
    assert.deepEqual([await isValid({ publicAddress: text }), starts([{}, { publicAddress: text }])], [asPublic, asPublic])
  })
}

test('a list may name so many hosts in all', async () => {
  const members = ['10.0.0.*', '10.0.1.*', '10.0.2.*', '10.0.3.*']
  for (const [list, allowed] of [
    [members, true],
    [[...members, 'one-more'], false],
  ] as const) {
    assert.deepEqual(
      [await isValid({ join: { tcpIp: { enabled: true, members: list } } }), starts([tcpIp(...list)])],
      [allowed, allowed],
    )
  }
})

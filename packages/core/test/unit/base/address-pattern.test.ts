import assert from 'node:assert/strict'
import { isIPv4, isIPv6 } from 'node:net'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  hostCount,
  hostsOf,
  ipv4Pattern,
  isIpv4,
  isIpv6,
  listedHosts,
  matchesAny,
  memberEntry,
  ownEntry,
} from '../../../src/base/address-pattern.js'

const octet = fc.integer({ min: 0, max: 255 })

describe('address patterns', () => {
  const cases: readonly [pattern: string, address: string, matches: boolean][] = [
    ['10.3.10.4', '10.3.10.4', true],
    ['10.3.10.4', '10.3.10.5', false],
    ['10.3.10.4-18', '10.3.10.4', true],
    ['10.3.10.4-18', '10.3.10.18', true],
    ['10.3.10.4-18', '10.3.10.19', false],
    ['10.3.*.*', '10.3.255.0', true],
    ['10.3.*.*', '10.4.1.1', false],
    ['192.168.1-2.*', '192.168.2.9', true],
    ['*.*.*.*', '1.2.3.4', true],
    ['*.*.*.*', '::1', false],
    ['fd00::2', 'FD00::2', true],
    ['example.org', 'example.org', true],
    ['10.3.10', '10.3.10.0', false],
  ]
  for (const [pattern, address, matches] of cases) {
    test(`${pattern} ${matches ? 'matches' : 'does not match'} ${address}`, () =>
      assert.equal(matchesAny([pattern], address), matches))
  }

  for (const text of [
    '10.3.10.256',
    '10.3.10.18-4',
    '10.3.10.',
    '10.3.10.4-',
    '10.3.10.a',
    '1.2.3.4.5',
    '',
    '10.3.10.-4',
    '**.1.1.1',
  ]) {
    test(`${JSON.stringify(text)} is no pattern`, () => assert.equal(ipv4Pattern(text), null))
  }

  test('the hosts of a pattern are those that it matches, each once', () => {
    assert.deepEqual(hostsOf(ipv4Pattern('10.0.0-1.254-255')!), ['10.0.0.254', '10.0.0.255', '10.0.1.254', '10.0.1.255'])
    const range = fc.tuple(octet, fc.integer({ min: 0, max: 5 })).map(([low, more]) => `${low}-${Math.min(low + more, 255)}`)
    fc.assert(
      fc.property(fc.tuple(octet, octet, range, range), octet, (parts, other) => {
        const text = parts.join('.')
        const pattern = ipv4Pattern(text)!
        const hosts = hostsOf(pattern)
        assert.equal(new Set(hosts).size, hostCount(pattern))
        for (const host of hosts) assert.ok(matchesAny([text], host))
        const stranger = [parts[0], parts[1], other, other].join('.')
        assert.equal(matchesAny([text], stranger), hosts.includes(stranger))
      }),
      { numRuns: 50 },
    )
  })
})

describe('entries of a member list', () => {
  const good: readonly [text: string, host: string, port: number | null][] = [
    ['10.0.0.1', '10.0.0.1', null],
    [' 10.0.0.1:5702 ', '10.0.0.1', 5702],
    ['10.0.0.1-9', '10.0.0.1-9', null],
    ['10.0.0.*:5701', '10.0.0.*', 5701],
    ['node-1', 'node-1', null],
    ['node_1.example.org:1', 'node_1.example.org', 1],
    ['localhost', 'localhost', null],
    ['::1', '::1', null],
    ['[::1]:5701', '::1', 5701],
    ['[fd00::2]', 'fd00::2', null],
  ]
  for (const [text, host, port] of good) test(text, () => assert.deepEqual(memberEntry(text), { host, port }))

  const bad = [
    '',
    ' ',
    ':5701',
    'a:0',
    'a:65536',
    'a:b',
    'a b',
    'http://a',
    '[::1',
    '[a]:1',
    '10.0.0.256',
    '10.0.0.9-1',
    '1.2.3',
    '-a',
    'a..b',
    'a,b',
  ]
  for (const text of bad) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(memberEntry(text), null))
  }

  test('a list names as many hosts as its ranges have', () => {
    assert.equal(listedHosts(['a', '10.0.0.4-6:5701', '10.0.*.1-2', 'no address']), 1 + 3 + 512)
  })

  test('a member is told to others by one address that is some', () => {
    for (const text of ['db:9000', '203.0.113.9', '[fd00::2]:5701', '::1']) assert.deepEqual(ownEntry(text), memberEntry(text))
    for (const text of ['10.3.10.4-18', '10.0.0.*', '0.0.0.0', '0.0.0.0:5701', '::', '[::]:1', '*', 'a..b']) {
      assert.equal(ownEntry(text), null, text)
    }
  })
})

describe('addresses', () => {
  const looksLike = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string({ unit: fc.constantFrom(':', '::', '.', '0', '1', '25', 'f', 'ffff', '1.2.3.4', '%', 'eth0'), maxLength: 9 }),
  )

  test('are what the system takes for some', () => {
    fc.assert(
      fc.property(looksLike, text => {
        assert.equal(isIpv4(text), isIPv4(text), text)
        assert.equal(isIpv6(text), isIPv6(text), text)
      }),
      { numRuns: 2_000 },
    )
    for (const text of [
      '::',
      '::1',
      '1::',
      '::ffff:1.2.3.4',
      '1:2:3:4:5:6:7::',
      'fe80::1%eth0',
      '01.2.3.4',
      ':::',
      '1::2::3',
      '',
    ]) {
      assert.deepEqual([isIpv4(text), isIpv6(text)], [isIPv4(text), isIPv6(text)], text)
    }
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isCobnutError } from '../../../src/base/errors.js'
import { hostCount, hostsOf, ipv4Pattern, matchesAny, memberEntry } from '../../../src/node/address-pattern.js'

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
    test(`${JSON.stringify(text)} is an error that says what is allowed`, () =>
      assert.throws(
        () => memberEntry(text),
        error => isCobnutError(error, 'CONFIG_INVALID') && /allowed are host/.test(error.message),
      ))
  }
})

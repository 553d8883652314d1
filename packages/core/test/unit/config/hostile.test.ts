/** Files made to be slow, large or deep. That they end at all, and soon, is what these tests are about. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConfigSource, defaultConfig, formatProblems } from '../../../src/config/index.js'
import { check } from './config-world.js'

const million = 1_000_000
const root = (inner: string): ConfigSource => ({ text: `<hazelcast>${inner}</hazelcast>` })
const yaml = (inner: string): ConfigSource => ({ text: `hazelcast: ${inner}` })
const numbered = (count: number, of: (i: number) => string): string => Array.from({ length: count }, (_, i) => of(i)).join('')

const laughs = `\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n${numbered(9, i => `  a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`)}]\n`)}`

const hostile: readonly (readonly [what: string, source: ConfigSource, expected: RegExp])[] = [
  [
    'an external entity',
    { text: '<!DOCTYPE h [<!ENTITY x SYSTEM "file:///etc/passwd">]><hazelcast>&x;</hazelcast>' },
    /entity is declared/,
  ],
  ['an entity that grows', { text: `<!DOCTYPE h [<!ENTITY a "${'&b;'.repeat(50)}">]><hazelcast/>` }, /entity is declared/],
  ['a document type in the middle', root('<!ENTITY x "y">'), /entity is declared/],
  ['50,000 nested elements', { text: `<hazelcast>${'<map>'.repeat(50_000)}` }, /nested more than 100 deep\n.*at most 100/],
  [
    'nested elements whose attributes look like ends',
    { text: `<hazelcast>${'<a b="/>">'.repeat(50_000)}` },
    /more than 100 deep/,
  ],
  [
    'nested elements behind unmatched ends',
    { text: `<hazelcast>${'</a>'.repeat(50_000)}${'<a>'.repeat(50_200)}` },
    /more than 100 deep/,
  ],
  ['50,000 nested lists', yaml('['.repeat(50_000)), /more than 100 deep/],
  ['50,000 nested mappings', yaml('{a: '.repeat(50_000)), /more than 100 deep/],
  [
    'nested lists behind ends that close nothing',
    yaml(`1\n# ${']'.repeat(50_000)}\nb: ${'['.repeat(50_000)}`),
    /more than 100 deep/,
  ],
  ['nested sequences in one line', yaml(`\n${'- '.repeat(50_000)}`), /more than 100 deep/],
  ['nested keys in one line', { text: '? '.repeat(50_000) }, /more than 100 deep/],
  ['ever deeper lines', yaml(`\n${numbered(500, i => `${' '.repeat(i + 1)}a:\n`)}`), /more than 100 deep/],
  ['aliases that multiply', yaml(laughs), /aliases make it too large/],
  ['an alias of what it is in', yaml('&a\n  map: *a\n'), /aliases make it too deep/],
  ['an object that holds itself', circular(), /nested too deep, or holds itself/],
  ['more than 10 MiB', root(' '.repeat(10 * 1024 * 1024)), /10485783 characters\n.*at most 10485760/],
  ['a million elements', root('<a/>'.repeat(million)), /more than 100000 elements/],
  [
    'a million attributes',
    { text: `<hazelcast ${numbered(million, i => `a${i}=""`)}/>` },
    /more than 100000 elements and attributes/,
  ],
  ['three million values', yaml(`[${'x, '.repeat(3 * million)}]`), /more than 500000 words/],
  ['two million comments', yaml(`1\n${'# x\n'.repeat(2 * million)}`), /more than 500000 words/],
  ['a name of 9 million letters', root(`<${'a'.repeat(9 * million)}/>`), /"a{60}\.\.\." is not known/],
  ['a value of 9 million letters', root('x'.repeat(9 * million)), /the text "x{60}\.\.\." has no meaning/],
  ['3 million tags that do not end', { text: `<hazelcast>${'<a '.repeat(3 * million)}` }, /well-formed/],
  ['10 million openings', { text: '<'.repeat(10 * million) }, /well-formed/],
  ['60,000 unknown names', root(numbered(60_000, i => `<e${i}/>`)), /and 59900 more that are not shown/],
  ['60,000 times the same key', yaml(`\n${'  map: {}\n'.repeat(60_000)}`), /and 59899 more that are not shown/],
  ['one element 40,000 times', root(`<map name="a">${'<backup-count>1</backup-count>'.repeat(40_000)}</map>`), /and 39899 more/],
]

function circular(): ConfigSource {
  const network: Record<string, unknown> = {}
  network.join = { tcpIp: network }
  network.tcpIp = network
  return { network } as ConfigSource
}

for (const [what, source, expected] of hostile) {
  test(`refused quickly: ${what}`, async () => {
    const { config, problems } = await check(source)
    assert.equal(config, null)
    assert.ok(problems.length <= 101)
    assert.match(formatProblems(problems), expected)
  })
}

test('99 levels are not too deep, however far they are indented', async () => {
  const steps = [' ', '  ', '    ']
  for (const step of steps) {
    const nested = numbered(98, i => `${step.repeat(i + 1)}a:\n`)
    assert.match(formatProblems((await check(yaml(`\n${nested}`))).problems), /"a" is not known/)
  }
  assert.match(formatProblems((await check(root(`${'<a>'.repeat(99)}${'</a>'.repeat(99)}`))).problems), /"a" is not known/)
  const inLine = `\n  properties:\n    ${'- '.repeat(90)}a: b c # [[[[ - - ? {\n`
  assert.match(formatProblems((await check(yaml(inLine))).problems), /names with their values are expected/)
})

test('30,000 aliases of one anchor are no more work than 30,000 values', async () => {
  const { problems } = await check(yaml(`\n  properties:\n    a: &x 1\n${numbered(30_000, i => `    k${i}: *x\n`)}`))
  assert.deepEqual(problems, [])
})

test('one map 30,000 times is one map', async () => {
  const { config } = await check(root(numbered(30_000, i => `<map name="a" max-idle-seconds="${i}"/>`)))
  assert.equal(config?.maps.get('a')?.maxIdleSeconds, 29_999)
})

test('names of the prototype neither vanish nor reach it', async () => {
  const world = { properties: { 'hz.__proto__.polluted': 'yes', 'hz.constructor.prototype.polluted': 'yes' } }
  const { config, withoutEffect } = await check({}, world)
  assert.ok(config)
  assert.deepEqual(
    withoutEffect.map(w => w.path),
    ['hazelcast.__proto__', 'hazelcast.constructor'],
  )
  assert.equal(({} as { polluted?: string }).polluted, undefined)
  assert.throws(() => defaultConfig(JSON.parse('{"network": {"__proto__": {"port": 1}}}')), /"__proto__" is not known/)
})

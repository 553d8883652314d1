import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConfigSource, formatProblems, mapConfigFor } from '../../../src/config/index.js'
import { check, load, xml } from './config-world.js'

const protection = (inner: string, attributes = 'enabled="true" name="three"'): string =>
  `<split-brain-protection ${attributes}>${inner}</split-brain-protection>`
const map = '<map name="m"><split-brain-protection-ref>three</split-brain-protection-ref></map>'
const three = { name: 'three', minimumClusterSize: 3, protectOn: 'READ_WRITE' }

test('a map refers to a protection by its name', async () => {
  const size = '<minimum-cluster-size>3</minimum-cluster-size>'
  const inXml = await load(xml(protection(size) + map))
  assert.deepEqual(mapConfigFor(inXml, 'm').splitBrainProtection, three)
  assert.equal(mapConfigFor(inXml, 'other').splitBrainProtection, undefined)
  const text = `
hazelcast:
  split-brain-protection:
    three:
      enabled: true
      minimum-cluster-size: 3
      protect-on: WRITE
      member-count-split-brain-protection: {}
  map:
    m:
      split-brain-protection-ref: three
`
  assert.deepEqual(mapConfigFor(await load({ text }), 'm').splitBrainProtection, { ...three, protectOn: 'WRITE' })
  const object = await load({
    splitBrainProtection: { three: { enabled: true, minimumClusterSize: 3 } },
    maps: { m: { splitBrainProtectionRef: 'three' } },
  })
  assert.deepEqual(mapConfigFor(object, 'm').splitBrainProtection, three)
})

test('one that is switched off protects nothing', async () => {
  const off = protection('<function-class-name>x.Y</function-class-name>', 'name="three"')
  assert.equal(mapConfigFor(await load(xml(off + map)), 'm').splitBrainProtection, undefined)
})

const size = '<minimum-cluster-size>3</minimum-cluster-size>'
const refused: readonly (readonly [what: string, source: ConfigSource, expected: RegExp])[] = [
  [
    'a name that is none',
    xml(protection(size) + map.replace('>three<', '>thre<')),
    /no split-brain-protection "thre"\n.*did you mean "three"/,
  ],
  ['no size', xml(protection('') + map), /does not say how many members/],
  ['a size that says nothing', xml(protection('<minimum-cluster-size>1</minimum-cluster-size>') + map), /"1".*\n.*from 2/],
  ['a wrong word', xml(protection(`${size}<protect-on>WRITES</protect-on>`) + map), /"WRITES".*\n.*did you mean "WRITE"/],
  [
    'Java code',
    xml(protection(`${size}<function-class-name>x.Y</function-class-name>`) + map),
    /function-class-name: it names Java code/,
  ],
]
for (const [what, source, expected] of refused) {
  test(`refused: ${what}`, async () => {
    const { config, problems } = await check(source)
    assert.equal(config, null)
    assert.equal(problems.length, 1, formatProblems(problems))
    assert.match(formatProblems(problems), expected)
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../../src/api/config.js'
import { type ConfigSource, formatProblems } from '../../../src/config/index.js'
import { tlsProperties } from '../../../src/config/tls.js'
import { check, load, xml } from './config-world.js'

const ssl = (properties: Readonly<Record<string, string>>, more = ''): ConfigSource => {
  const all = Object.entries(properties).map(([name, value]) => `<property name="${name}">${value}</property>`)
  return xml(`<network><ssl enabled="true">${more}<properties>${all.join('\n')}</properties></ssl></network>`)
}
const pem = { certificate: 'member.pem', key: 'member.key', ca: 'ca.pem' }

/** With the password in the open, for comparison. */
function shown({ network: { tls } }: Config): unknown {
  return tls && { ...tls, material: { ...tls.material, password: tls.material.password?.reveal() ?? null } }
}

const plain = {
  material: { kind: 'pem', certificateFile: 'member.pem', keyFile: 'member.key', password: null },
  caFile: 'ca.pem',
  mutualAuthentication: 'NONE',
  min: 'TLSv1.2',
  max: 'TLSv1.3',
  cipherSuites: [],
  validateIdentity: false,
}

test('files in PEM, by our names and by those of the original', async () => {
  assert.deepEqual(shown(await load(ssl(pem))), plain)
  const original = { keyCertChainFile: 'member.pem', keyFile: 'member.key', trustCertCollectionFile: 'ca.pem' }
  const factory = '<factory-class-name>com.hazelcast.nio.ssl.OpenSSLEngineFactory</factory-class-name>'
  assert.deepEqual(shown(await load(ssl(original, factory))), plain)
  const object = await load({ network: { ssl: { enabled: true, properties: pem } } })
  assert.deepEqual(shown(object), plain)
  const text = 'hazelcast: {network: {ssl: {enabled: true, properties: {certificate: member.pem, key: member.key, ca: ca.pem}}}}'
  assert.deepEqual(shown(await load({ text })), plain)
})

test('a store of keys, and everything that can be said', async () => {
  const store = {
    keyStore: 's.p12',
    keyStorePassword: 'changeit',
    keyStoreType: 'pkcs12',
    trustStore: 'ca.pem',
    trustStoreType: 'PEM',
  }
  const more = { mutualAuthentication: 'required', protocol: 'TLSv1.3', ciphersuites: 'A, B', validateIdentity: 'true' }
  const expected = {
    material: { kind: 'pkcs12', file: 's.p12', password: 'changeit' },
    caFile: 'ca.pem',
    mutualAuthentication: 'REQUIRED',
    min: 'TLSv1.3',
    max: 'TLSv1.3',
    cipherSuites: ['A', 'B'],
    validateIdentity: true,
  }
  const config = await load(ssl({ ...store, ...more }))
  assert.deepEqual(shown(config), expected)
  assert.deepEqual(
    config.withoutEffect.map(({ path }) => path),
    ['hazelcast.network.ssl.properties[trustStoreType]'],
  )
  const longNames = Object.fromEntries(
    Object.entries({ ...store, ...more }).map(([name, value]) => [`javax.net.ssl.${name}`, value]),
  )
  assert.deepEqual(shown(await load(ssl(longNames))), expected)
})

test('off is off', async () => {
  const { network } = await load(
    xml('<network><ssl enabled="false"><properties><property name="x">y</property></properties></ssl></network>'),
  )
  assert.equal(network.tls, null)
})

const refused: readonly (readonly [what: string, source: ConfigSource, expected: RegExp])[] = [
  ['no certificate', xml('<network><ssl enabled="true"/></network>'), /network\.ssl: it is enabled without a certificate/],
  ['no CA', ssl({ certificate: 'c', key: 'k' }), /without a CA/],
  ['two kinds', ssl({ ...pem, keyStore: 's' }), /a keyStore and a certificate/],
  [
    'a misspelt property',
    ssl({ ...pem, certificat: 'c' }),
    /properties\[certificat\]: .* does not exist\n.*did you mean "certificate"/,
  ],
  ['one thing by two names', ssl({ ...pem, keyFile: 'k' }), /it is set twice, once as key/],
  ['a store of Java', ssl({ keyStore: 's', keyStoreType: 'JKS' }), /JKS cannot be read here\n.*keytool -importkeystore/],
  ['a protocol that is broken', ssl({ ...pem, protocol: 'SSLv3' }), /:\d+:\d+: .*properties\[protocol\]: "SSLv3".*\n.*TLSv1\.3/],
  ['half a duty', ssl({ ...pem, mutualAuthentication: 'maybe' }), /"maybe" is not a value of it\n.*REQUIRED/],
  ['a factory of somebody', ssl(pem, '<factory-class-name>com.acme.Ssl</factory-class-name>'), /names Java code/],
]

for (const [what, source, expected] of refused) {
  test(`refused: ${what}`, async () => {
    const { config, problems } = await check(source)
    assert.equal(config, null)
    assert.match(formatProblems(problems), expected)
  })
}

test('no two properties share a name, and each says what it is for or why it does nothing', () => {
  const names = Object.entries(tlsProperties).flatMap(([name, { also }]) => [name, ...also].map(n => n.toLowerCase()))
  assert.equal(new Set(names).size, names.length)
  for (const [name, row] of Object.entries(tlsProperties)) assert.ok(row.doc !== '' || 'noEffect' in row, name)
})

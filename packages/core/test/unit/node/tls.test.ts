import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { after, describe, mock, test } from 'node:test'
import tls from 'node:tls'
import { isCobnutError } from '../../../src/base/errors.js'
import { defaultConfig } from '../../../src/config/index.js'
import type { Listener, Pipe } from '../../../src/env/env.js'
import { NodeNetwork } from '../../../src/node/node-network.js'
import { TlsGate } from '../../../src/node/tls-gate.js'
import { tlsMaterial } from '../../../src/node/tls-material.js'
import { type Certified, storePassword, tlsFile, tlsProperties, tlsText } from '../../tls/certificates.js'
import { bytes, localhost, memoryLog, Sink, until } from './support.js'

type Properties = Readonly<Record<string, string>>

const configOf = (properties: Properties) => {
  const { tls } = defaultConfig({ network: { ssl: { enabled: true, properties } } }).network
  assert.ok(tls !== null)
  return tls
}

interface End {
  readonly network: NodeNetwork
  readonly log: ReturnType<typeof memoryLog>
}

/** @param properties null: without TLS */
async function end(properties: Properties | null): Promise<End> {
  const log = memoryLog()
  if (properties === null) return { network: new NodeNetwork(log.log), log }
  const config = configOf(properties)
  return { network: new NodeNetwork(log.log, new TlsGate(config, await tlsMaterial(config, log.log), log.log)), log }
}

const certified = (name: Certified, more: Properties = {}): Promise<End> => end(tlsProperties(name, more))

const listeners: Listener[] = []
after(() => Promise.all(listeners.map(listener => listener.close())))

async function listening({ network }: End): Promise<{ listener: Listener; pipes: Pipe[] }> {
  const pipes: Pipe[] = []
  const listener = await network.listen({ host: localhost, port: 0, portCount: 1, onPipe: pipe => pipes.push(pipe) })
  listeners.push(listener)
  return { listener, pipes }
}

const fails = (expected: RegExp) => (error: unknown) => {
  assert.ok(isCobnutError(error, 'TLS_FAILED'), String(error))
  assert.match(error.message, expected)
  return true
}

describe('pipes over TLS', () => {
  for (const protocol of ['TLSv1.2', 'TLSv1.3']) {
    test(`carry bytes both ways, and say that the other end is certified: ${protocol}`, async () => {
      const [a, b] = [await certified('member', { protocol }), await certified('elsewhere')]
      const { listener, pipes } = await listening(a)
      const near = await b.network.dial(listener.address, 2_000)
      const out = new Sink(near)
      near.write(bytes('hello'))
      await until('the pipe', () => pipes.length === 1)
      const far = pipes[0] as Pipe
      assert.deepEqual([near.standing, far.standing], ['certified', 'certified'])
      assert.deepEqual([near.remote, far.remote], [listener.address, near.local])
      const into = new Sink(far)
      const much = 'x'.repeat(3 * 1024 * 1024)
      far.write(bytes(much))
      near.write(bytes(much))
      near.end()
      await until('the end', () => into.reasons.length === 1)
      assert.equal(into.text.length, 5 + much.length)
      await until('the other end', () => out.reasons.length === 1)
      assert.deepEqual([into.reasons, out.reasons], [['closed by the other side'], ['closed here']])
    })
  }

  test('hold back a writer whose reader has paused, and go on later', async () => {
    const [a, b] = [await certified('member'), await certified('member')]
    const { listener, pipes } = await listening(a)
    const near = await b.network.dial(listener.address, 2_000)
    const out = new Sink(near)
    near.write(bytes('hello'))
    await until('the pipe', () => pipes.length === 1)
    const far = pipes[0] as Pipe
    const into = new Sink(far)
    far.pause()
    const megabyte = bytes('x'.repeat(1024 * 1024))
    let written = 0
    while (near.bufferedBytes < 8 * megabyte.length) {
      near.write(megabyte)
      written += megabyte.length
      await new Promise(resume => setImmediate(resume))
      assert.ok(written < 200 * megabyte.length, 'a paused reader still reads')
    }
    far.resume()
    await until('everything', () => into.text.length === 5 + written, 20_000)
    assert.ok(out.drains > 0)
    assert.equal(near.bufferedBytes, 0)
    near.destroy()
    await until('the end', () => into.reasons.length === 1)
  })

  test('trust the CA alone: no other one, in either direction, and no name is looked at', async () => {
    const [a, stranger] = [await certified('member'), await certified('stranger', { ca: tlsFile('other-ca.pem') })]
    const { listener } = await listening(a)
    await assert.rejects(stranger.network.dial(listener.address, 2_000), fails(/unable to|self-signed|issuer/i))
    const blind = await certified('stranger', { ca: tlsFile('ca.pem') })
    const near = await blind.network.dial(listener.address, 2_000)
    near.destroy()
    const strict = await certified('member', { mutualAuthentication: 'REQUIRED' })
    const guarded = await listening(strict)
    await assert.rejects(blind.network.dial(guarded.listener.address, 2_000), fails(/is not trusted there/))
    await until('the reason', () => strict.log.find('tls.refused') !== undefined)
    const other = await listening(await certified('elsewhere'))
    const mine = await certified('member', { validateIdentity: 'true' })
    await assert.rejects(mine.network.dial(other.listener.address, 2_000), fails(/not in the cert's list|ALTNAME/i))
    ;(await mine.network.dial(listener.address, 2_000)).destroy()
  })

  test('show who has a certificate, where none is needed', async () => {
    for (const [mode, withCertificate, standing] of [
      ['NONE', false, 'encrypted'],
      ['OPTIONAL', false, 'encrypted'],
      ['OPTIONAL', true, 'certified'],
      ['REQUIRED', true, 'certified'],
    ] as const) {
      const { listener, pipes } = await listening(await certified('member', { mutualAuthentication: mode }))
      const own = withCertificate ? { cert: tlsText('client.pem'), key: tlsText('client.key') } : {}
      const socket = tls.connect({ ...listener.address, ca: tlsText('ca.pem'), ...own })
      socket.write('CP2')
      await until(`a pipe with ${mode}`, () => pipes.length === 1)
      assert.equal(pipes[0]?.standing, standing)
      socket.destroy()
    }
  })

  test('turn away a certificate of another CA where certificates count, and none where one is needed', async () => {
    for (const [mode, own] of [
      ['OPTIONAL', { cert: tlsText('stranger.pem'), key: tlsText('stranger.key') }],
      ['REQUIRED', { cert: tlsText('stranger.pem'), key: tlsText('stranger.key') }],
      ['REQUIRED', {}],
    ] as const) {
      const a = await certified('member', { mutualAuthentication: mode })
      const { listener, pipes } = await listening(a)
      const socket = tls.connect({ ...listener.address, ca: tlsText('ca.pem'), ...own })
      socket.on('error', () => {})
      socket.write('CP2')
      const closed = new Promise(resolve => socket.once('close', resolve))
      await closed
      assert.ok(a.log.find('tls.refused'))
      assert.equal(pipes.length, 0)
    }
  })
})

describe('one port, with TLS and without', () => {
  test('bytes that are not encrypted are told apart', async () => {
    const { listener, pipes } = await listening(await certified('member'))
    const plain = await end(null)
    const near = await plain.network.dial(listener.address, 2_000)
    near.write(bytes('CBN'))
    await until('the pipe', () => pipes.length === 1)
    assert.deepEqual([pipes[0]?.standing, near.standing], ['unencrypted', 'open'])
    near.destroy()
  })

  test('TLS where there is none is answered, so that both ends can say what is wrong', async () => {
    const plain = await end(null)
    const { listener, pipes } = await listening(plain)
    const secured = await certified('member')
    await assert.rejects(secured.network.dial(listener.address, 2_000), fails(/handshake failure/))
    assert.match(String(plain.log.find('connection.encrypted')?.reason), /<ssl> is not enabled here/)
    assert.equal(pipes.length, 0)
  })

  test('nobody there is still nobody there', async () => {
    const { network } = await certified('member')
    const { listener } = await listening(await end(null))
    await listener.close()
    await assert.rejects(network.dial(listener.address, 2_000), (error: unknown) => {
      return isCobnutError(error, 'LINK_CLOSED') && error.details.refused === true
    })
  })

  test('somebody who takes the connection and says nothing costs the time of a dial, and no more', async () => {
    const silent = net.createServer(() => {})
    await new Promise<void>(resolve => silent.listen(0, localhost, resolve))
    const { port } = silent.address() as net.AddressInfo
    const { network } = await certified('member')
    await assert.rejects(network.dial({ host: localhost, port }, 50), (error: unknown) => {
      return isCobnutError(error, 'LINK_CLOSED') && /within 50 ms/.test(error.message)
    })
    silent.close()
  })

  test('HTTP speaks TLS as well, and is told so where it does not', async () => {
    const a = await certified('member')
    const http = createServer((_, response) => response.end('well'))
    a.network.attachHttp(http)
    const { listener } = await listening(a)
    const read = (get: typeof request, options: object): Promise<string> =>
      new Promise((resolve, reject) => {
        const asked = get({ ...listener.address, path: '/health/live', agent: false, ...options }, answer => {
          let text = `${answer.statusCode} `
          answer.on('data', chunk => {
            text += String(chunk)
          })
          answer.on('end', () => resolve(text))
        })
        asked.on('error', reject)
        asked.end()
      })
    assert.equal(await read(https.request, { ca: tlsText('ca.pem') }), '200 well')
    assert.match(await read(request, {}), /^400 .*"TLS_REQUIRED"/)
    http.closeAllConnections()
  })

  test('a listener that closes waits for no handshake', async () => {
    const { listener } = await listening(await certified('member'))
    const socket = net.connect(listener.address.port, localhost)
    socket.on('error', () => {})
    socket.write(Uint8Array.of(0x16, 3, 1))
    await new Promise(resolve => socket.once('connect', resolve))
    await listener.close()
    socket.destroy()
  })
})

describe('the files of a certificate', () => {
  const load = (properties: Properties) => tlsMaterial(configOf(properties), memoryLog().log)
  const pem = tlsProperties('member')
  const store = { keyStore: tlsFile('member.p12'), keyStorePassword: storePassword }

  test('may be PKCS#12, whose CA is trusted and no other one', async () => {
    const a = await end(store)
    const { listener } = await listening(a)
    ;(await (await certified('member')).network.dial(listener.address, 2_000)).destroy()
    const dials = await end(store)
    ;(await dials.network.dial(listener.address, 2_000)).destroy()
    const { listener: strange } = await listening(await certified('stranger'))
    await assert.rejects(dials.network.dial(strange.address, 2_000), fails(/unable to|self-signed|issuer/i))
  })

  test('may end soon, which is said of either kind', async () => {
    mock.timers.enable({ apis: ['Date'], now: Date.parse('2119-12-12T12:00:00Z') })
    try {
      for (const properties of [pem, store]) {
        const { log, find } = memoryLog()
        await tlsMaterial(configOf(properties), log)
        assert.equal(find('tls.certificateEnds')?.leftDays, 19)
      }
    } finally {
      mock.timers.reset()
    }
    const { log, find } = memoryLog()
    await tlsMaterial(configOf(store), log)
    assert.equal(find('tls.certificateEnds'), undefined)
  })

  test('may have a locked key, and suites by either name', async () => {
    await load({ ...pem, key: tlsFile('member-locked.key'), keyPassword: storePassword })
    await load({ ...pem, ciphersuites: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,ECDHE-ECDSA-AES128-GCM-SHA256' })
    await load({ ...pem, ciphersuites: 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,TLS_RSA_WITH_AES_128_CBC_SHA' })
  })

  const bad: readonly (readonly [what: string, properties: Properties, expected: RegExp])[] = [
    [
      'a file that is not there',
      { ...pem, certificate: 'nowhere.pem' },
      /properties\[certificate\]: nowhere\.pem cannot be read/,
    ],
    [
      'a key as a certificate',
      { ...pem, certificate: tlsFile('member.key') },
      /properties\[certificate\]: .* no certificate in PEM/,
    ],
    ['a store as a CA', { ...pem, ca: tlsFile('member.p12') }, /properties\[ca\]: .*openssl pkcs12 -in/],
    ['the key of another', { ...pem, key: tlsFile('client.key') }, /client\.key is not the key of the certificate/],
    ['a key that is none', { ...pem, key: tlsFile('member.p12') }, /properties\[key\]: .* is not a file in PEM/],
    [
      'a locked key without its password',
      { ...pem, key: tlsFile('member-locked.key') },
      /properties\[keyPassword\]: .*missing or wrong/,
    ],
    ['a wrong password of a key', { ...pem, key: tlsFile('member-locked.key'), keyPassword: 'x-9' }, /properties\[keyPassword\]/],
    ['a wrong password of a store', { ...store, keyStorePassword: 'x-9' }, /properties\[keyStorePassword\]: .*missing or wrong/],
    [
      'a store of Java',
      { ...store, keyStore: tlsFile('member.jks') },
      /JKS store.*keytool -importkeystore -srckeystore .*member\.jks/,
    ],
    ['PEM as a store', { ...store, keyStore: tlsFile('member.pem') }, /is a file in PEM: use certificate and key/],
    ['suites that nobody knows', { ...pem, ciphersuites: 'NONE_SUCH' }, /properties\[ciphersuites\]/],
  ]
  for (const [what, properties, expected] of bad) {
    test(`refused: ${what}`, async () => {
      await assert.rejects(load(properties), (error: unknown) => {
        assert.ok(isCobnutError(error, 'CONFIG_INVALID'), String(error))
        assert.match(error.message, expected)
        assert.doesNotMatch(error.message, /store-secret|x-9/)
        return true
      })
    })
  }
})

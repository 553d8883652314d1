/** Who gets in and who does not, with real processes: credentials, certificates, and what is told when it goes wrong. */

import assert from 'node:assert/strict'
import { request } from 'node:https'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { test } from 'node:test'
import { mapTable } from '../../src/protocol/client-table.js'
import { sslXml, tlsProperties, tlsText } from '../tls/certificates.js'
import { encodeRequest } from '../unit/server/support/raw-session.js'
import { type ClusterOptions, type TestCluster, type TestMember, until, using } from './test-cluster.js'

const { Client } = createRequire(import.meta.url)('hazelcast-client') as typeof import('hazelcast-client')
type ClientConfig = Parameters<typeof Client.newHazelcastClient>[0]

const secrets = ['lovelace-1815', 'among-members-9', 'store-secret', 'guessed-wrong-7']

const securityXml = (member: string): string => `
  <security enabled="true">
    <realms>
      <realm name="people">
        <authentication><simple><user username="ada" password="lovelace-1815"><role>admin</role></user></simple></authentication>
      </realm>
      <realm name="members"><identity><username-password username="member" password="${member}"/></identity></realm>
    </realms>
    <client-authentication realm="people"/>
    <member-authentication realm="members"/>
  </security>`
const secured: ClusterOptions = { xml: securityXml('among-members-9') }
const ada = { usernamePassword: { username: 'ada', password: 'lovelace-1815' } }

async function client(cluster: TestCluster, config: ClientConfig): Promise<InstanceType<typeof Client>> {
  const { network, ...more } = config ?? {}
  return Client.newHazelcastClient({
    clusterName: 'test',
    network: { clusterMembers: cluster.ports.map(port => `127.0.0.1:${port}`), ...network },
    connectionStrategy: { connectionRetry: { clusterConnectTimeoutMillis: 300 } },
    // a connection that breaks while a client logs in is given up after the timeout of heartbeats
    properties: {
      'hazelcast.logging.level': 'OFF',
      'hazelcast.client.heartbeat.interval': 200,
      'hazelcast.client.heartbeat.timeout': 1_000,
    },
    ...more,
  })
}

const logged = (member: TestMember, event: string): Record<string, unknown>[] => member.log.filter(line => line.event === event)

/** What every member has printed so far: nowhere a secret, in whatever form. */
function checkLogs(cluster: TestCluster): void {
  const forms = secrets.flatMap(text => [text, Buffer.from(text).toString('base64'), Buffer.from(text).toString('hex')])
  for (const { log } of cluster.members) {
    assert.ok(log.length > 0)
    const text = JSON.stringify(log)
    for (const secret of forms) assert.ok(!text.includes(secret), `a log holds ${secret}`)
  }
}

test('a secured cluster: the right credentials get in, and nothing is answered to anybody else', () =>
  using(secured, async cluster => {
    const [member] = cluster.members as [TestMember]
    const right = await client(cluster, { security: ada })
    const map = await right.getMap<string, number>('m')
    await map.set('k', 1)
    assert.equal(await map.get('k'), 1)

    const wrong = { usernamePassword: { username: 'ada', password: 'guessed-wrong-7' } }
    for (const security of [wrong, { token: { token: 'guessed-wrong-7' } }, {}]) {
      await assert.rejects(client(cluster, { security }))
    }
    await until('the reasons', () => cluster.members.some(m => logged(m, 'client.refused').length > 0))
    const reasons = cluster.members.flatMap(m => logged(m, 'client.refused')).map(line => line.reason)
    assert.ok(reasons.some(reason => /the user "ada" or its password is wrong/.test(String(reason))))

    // a put, before any login, as the first and only message
    const socket = connect(member.port, '127.0.0.1')
    const answer: Buffer[] = []
    socket.on('data', piece => answer.push(piece))
    socket.write(Buffer.concat([Buffer.from('CP2'), encodeRequest(mapTable.size, 1, { name: 'm' })]))
    await new Promise(resolve => socket.once('close', resolve))
    assert.match(Buffer.concat(answer).toString('latin1'), /AuthenticationException|the first message has to be a login/)

    const ask = (path: string, authorization?: string) =>
      fetch(`http://127.0.0.1:${member.port}${path}`, { headers: authorization === undefined ? {} : { authorization } })
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
    assert.equal((await ask('/health/ready')).status, 200)
    for (const path of ['/metrics', '/cobnut/v1/status', '/cobnut/v1/maps/m/entries/k', '/cobnut/v1/checkup']) {
      const refused = await ask(path)
      assert.equal(refused.status, 401, path)
      assert.match(refused.headers.get('www-authenticate') ?? '', /^Basic/)
      assert.equal((await ask(path, basic('ada:guessed-wrong-7'))).status, 401)
    }
    const status = await ask('/cobnut/v1/status', basic('ada:lovelace-1815'))
    assert.equal(status.status, 200)
    const text = await status.text()
    for (const secret of secrets) assert.ok(!text.includes(secret))
    await right.shutdown()
    checkLogs(cluster)
  }))

test('a stranger does not become a member, and both sides say why', () =>
  using({ ...secured, members: 2 }, async cluster => {
    const strangers: readonly (readonly [xml: string, expected: RegExp])[] = [
      [securityXml('guessed-wrong-7'), /the user "member" or its password of member-authentication is not the one that/],
      ['', /asks for a proof, and member-authentication is not configured here/],
    ]
    for (const [xml, expected] of strangers) {
      const heard = cluster.members.map(m => m.log.length)
      await assert.rejects(cluster.add(xml), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'JOIN_REFUSED')
        assert.match(error.message, expected)
        return true
      })
      const stranger = cluster.members.pop() as TestMember
      await stranger.exited
      const since = () => cluster.members.flatMap((m, i) => m.log.slice(heard[i]))
      await until('the word of the other side', () =>
        since().some(line => /^link\.refused/.test(String(line.event)) && line.code === 'member-authentication'),
      )
    }
    const own = await cluster.add()
    assert.equal((await own.status()).members.length, 3)
    checkLogs(cluster)
  }))

test('an open cluster does not take in a member that asks for a proof', () =>
  using({ xml: '', members: 1 }, async cluster => {
    await assert.rejects(cluster.add(securityXml('among-members-9')), /proves nothing: member-authentication is configured here/)
    const [open] = cluster.members as [TestMember]
    await until('the word of the open one', () => logged(open, 'link.refusedByOther').length > 0)
  }))

const mutual = sslXml(tlsProperties('member', { mutualAuthentication: 'REQUIRED' }))
const own = { cert: tlsText('client.pem'), key: tlsText('client.key') }
const ssl = (options: object) => ({
  ssl: { enabled: true, sslOptions: { ca: tlsText('ca.pem'), checkServerIdentity: () => undefined, ...options } },
})

test('three members with certificates survive the death of one, and lose nothing', () =>
  using({ ...secured, network: mutual }, async cluster => {
    const one = await client(cluster, { security: ada, network: ssl(own), connectionStrategy: {} })
    const map = await one.getMap<string, number>('m')
    const keys = Array.from({ length: 500 }, (_, i) => `key-${i}`)
    await Promise.all(keys.map((key, i) => map.set(key, i)))
    await cluster.kill(cluster.members[1] as TestMember)
    for (const [i, key] of keys.entries()) assert.equal(await map.get(key), i)
    await Promise.all(keys.map((key, i) => map.set(key, i + 1)))
    await cluster.add()
    await cluster.settled()
    const found = new Map(await (cluster.members[2] as TestMember).call<[string, number][]>('entrySet', 'm'))
    for (const [i, key] of keys.entries()) assert.equal(found.get(key), i + 1)
    await one.shutdown()
    checkLogs(cluster)
  }))

test('without the right certificate nobody gets in, and the log says who tried', () =>
  using({ ...secured, network: mutual, members: 1 }, async cluster => {
    const [member] = cluster.members as [TestMember]
    const stranger = { cert: tlsText('stranger.pem'), key: tlsText('stranger.key') }
    for (const network of [ssl({}), ssl(stranger)]) await assert.rejects(client(cluster, { security: ada, network }))
    await until('the refusals', () => logged(member, 'tls.refused').length >= 2)
    // the client itself does not trust this member
    await assert.rejects(client(cluster, { security: ada, network: ssl({ ...own, ca: tlsText('other-ca.pem') }) }))
    // neither do credentials help whoever does not encrypt
    await assert.rejects(client(cluster, { security: ada }))
    await until('the plain client', () => logged(member, 'connection.notEncrypted').length > 0)
    assert.match(String(logged(member, 'connection.notEncrypted')[0]?.reason), /a client without TLS: <ssl> is enabled here/)
    const right = await client(cluster, { security: ada, network: ssl(own) })
    await right.shutdown()
    const health = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port: member.port, path: '/health/ready', agent: false, ca: tlsText('ca.pem'), ...own },
        answer => {
          answer.resume()
          resolve(answer.statusCode)
        },
      )
      asked.once('error', reject)
      asked.end()
    })
    assert.equal(health, 200)
    checkLogs(cluster)
  }))

const plainJoins = [
  /<ssl> is enabled here, and a member that does not use it wants to talk/,
  /wants to talk: enable it for all members or for none/,
] as const

test('members with TLS and members without do not form a cluster, and both sides say why', async () => {
  const network = sslXml(tlsProperties('member'))
  await using({ xml: '', network, members: 1 }, async cluster => {
    const [secure] = cluster.members as [TestMember]
    await assert.rejects(cluster.add('', ''), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'JOIN_REFUSED')
      for (const expected of plainJoins) assert.match(error.message, expected)
      return true
    })
    await until('the word of the member', () => logged(secure, 'link.refused').some(line => line.code === 'not-encrypted'))
    cluster.members.pop()
    // a certificate of another CA
    const stranger = sslXml({ ...tlsProperties('stranger') })
    await assert.rejects(cluster.add('', stranger), (error: Error & { code?: string }) => {
      assert.ok(error.code === 'JOIN_REFUSED' || error.code === 'TLS_FAILED', error.message)
      assert.match(error.message, /certificate/)
      return true
    })
  })
  await using({ xml: '', members: 1 }, async cluster => {
    const [plain] = cluster.members as [TestMember]
    await assert.rejects(cluster.add('', network), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'TLS_FAILED')
      assert.match(error.message, /handshake failure/)
      return true
    })
    await until('the word of the plain one', () => logged(plain, 'connection.encrypted').length > 0)
  })
})

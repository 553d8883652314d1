/** Commands against members that encrypt and ask who asks; and what is printed by whom, which no secret may be part of. */

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CobnutProcess, cobnutWith } from './cobnut-process.js'

/** Fixtures of the core; this runs from what was compiled. */
const certificate = (name: string): string => fileURLToPath(new URL(`../../../core/test/tls/${name}`, import.meta.url))

const realms = `
    <security enabled="true">
      <realms>
        <realm name="people">
          <authentication><simple><user username="ada" password="lovelace-1815"/></simple></authentication>
          <identity><username-password username="ada" password="lovelace-1815"/></identity>
        </realm>
      </realms>
      <client-authentication realm="people"/>
      <member-authentication realm="people"/>
    </security>`
const ssl = `
    <network><ssl enabled="true"><properties>
      <property name="keyStore">${certificate('member.p12')}</property>
      <property name="keyStorePassword">store-secret</property>
    </properties></ssl></network>`

async function fileOf(t: TestContext, content: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cobnut-cli-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'hazelcast.xml')
  await writeFile(file, `<hazelcast>${content}</hazelcast>`)
  return file
}

const start = async (t: TestContext, content: string): Promise<CobnutProcess> => {
  const alone = ['--member', '127.0.0.1:1', '--property', 'cobnut.join.window.millis=0']
  return new CobnutProcess(t, ['start', '--port', '0', '--config', await fileOf(t, content), ...alone])
}

const user = { COBNUT_USER: 'ada', COBNUT_PASSWORD: 'lovelace-1815' }
const ca = { COBNUT_CA: certificate('ca.pem') }

function checkPrinted(...texts: readonly string[]): void {
  for (const text of texts) assert.doesNotMatch(text, /lovelace|store-secret|wrong-7/)
}

test('a member that encrypts and asks who asks', async t => {
  const member = await start(t, realms + ssl)
  const address = await member.address()
  const run = (environment: Record<string, string>, ...args: string[]) =>
    cobnutWith(t, environment, ...args, '--address', address)

  assert.equal((await run({ ...user, ...ca }, 'map', 'put', 'm', 'k', '1')).out, 'ok')
  assert.equal((await run({ ...user, ...ca }, 'map', 'get', 'm', 'k')).out, '1')
  assert.match((await run({ ...user, ...ca }, 'members')).out, /asked, coordinator/)

  const cases: readonly (readonly [environment: Record<string, string>, expected: RegExp])[] = [
    [user, /speaks TLS; set COBNUT_CA/],
    [ca, /refused: this member asks for the user and password.*; set COBNUT_USER and COBNUT_PASSWORD/],
    [{ ...ca, ...user, COBNUT_PASSWORD: 'wrong-7' }, /refused: the credentials given are not those of a client; set COBNUT_USER/],
    [{ ...user, COBNUT_CA: certificate('other-ca.pem') }, /cannot be reached: .*certificate/],
    [{ ...user, COBNUT_CA: 'nowhere.pem' }, /COBNUT_CA: nowhere\.pem cannot be read/],
  ]
  for (const [environment, expected] of cases) {
    const { code, out, err } = await run(environment, 'status')
    assert.notEqual(code, 0)
    assert.match(err, expected)
    checkPrinted(out, err)
  }
  checkPrinted(...member.out, ...member.err)
  member.child.kill('SIGTERM')
  await member.exitCode()
})

test('a member that does not encrypt says so to whom wants TLS', async t => {
  const address = await (await start(t, '')).address()
  const { code, err } = await cobnutWith(t, ca, 'status', '--address', address)
  assert.equal(code, 1)
  assert.match(err, /does not speak TLS, or wants a certificate/)
})

test('config check says what is wrong, and no secret', async t => {
  const bad = realms.replace('<simple>', '<simple><user username="eve" password="wrong-7"/><usr password="wrong-7"/>')
  const { code, out, err } = await cobnutWith(t, {}, 'config', 'check', await fileOf(t, bad))
  assert.equal(code, 2)
  assert.match(err, /"usr" is not known here/)
  const good = await cobnutWith(t, {}, 'config', 'check', await fileOf(t, realms + ssl))
  assert.match(good.out, /valid/)
  checkPrinted(out, err, good.out, good.err)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { Config } from '../../../src/api/config.js'
import { type ConfigSource, formatProblems } from '../../../src/config/index.js'
import { check, load, xml } from './config-world.js'

const realms = `
  <realms>
    <realm name="people">
      <authentication>
        <simple>
          <user username="ada" password="lovelace-1815"><role>admin</role></user>
          <user username="alan" password="turing-1912"><role>a</role><role>b</role></user>
        </simple>
      </authentication>
    </realm>
    <realm name="members"><identity><username-password username="member" password="among-members"/></identity></realm>
    <realm name="machines"><identity><token encoding="base64">AAH/</token></identity></realm>
  </realms>`
const both = '<client-authentication realm="people"/><member-authentication realm="members"/>'
const secured = (inner: string): ConfigSource => xml(`<security enabled="true">${inner}</security>`)

const revealed = ({ security }: Config): unknown => ({
  users: [...(security.clients?.users ?? [])].map(([name, password]) => [name, password.reveal()]),
  token: security.clients?.token?.reveal() ?? null,
  member: security.members && [security.members.identity.user, security.members.identity.secret.reveal()],
})

test('users, tokens and what members show, by all ways to write them', async () => {
  const expected = {
    users: [
      ['ada', 'lovelace-1815'],
      ['alan', 'turing-1912'],
    ],
    token: null,
    member: ['member', 'among-members'],
  }
  assert.deepEqual(revealed(await load(secured(realms + both))), expected)
  const text = `
hazelcast:
  security:
    enabled: true
    realms:
      - name: people
        authentication:
          simple:
            users:
              - username: ada
                password: lovelace-1815
                roles: [admin]
              - username: alan
                password: turing-1912
      - name: members
        identity:
          username-password:
            username: member
            password: among-members
    client-authentication:
      realm: people
    member-authentication:
      realm: members
`
  assert.deepEqual(revealed(await load({ text })), expected)
  const object = await load({
    security: {
      enabled: true,
      realms: [
        {
          name: 'people',
          authentication: {
            simple: {
              users: [
                { username: 'ada', password: 'lovelace-1815' },
                { username: 'alan', password: 'turing-1912' },
              ],
            },
          },
        },
        { name: 'members', identity: { usernamePassword: { username: 'member', password: 'among-members' } } },
      ],
      clientAuthentication: { realm: 'people' },
      memberAuthentication: { realm: 'members' },
    },
  })
  assert.deepEqual(revealed(object), expected)
})

test('without users, clients show what the realm itself shows', async () => {
  const tokens = '<client-authentication realm="machines"/><member-authentication realm="machines"/>'
  assert.deepEqual(revealed(await load(secured(realms + tokens))), { users: [], token: '\x00\x01ÿ', member: ['', '\x00\x01ÿ'] })
  const same = '<client-authentication realm="members"/><member-authentication realm="members"/>'
  assert.deepEqual(revealed(await load(secured(realms + same))), {
    users: [['member', 'among-members']],
    token: null,
    member: ['member', 'among-members'],
  })
})

test('switched off, or for one user by properties', async () => {
  const off = await load(xml(`<security enabled="false">${realms}${both}</security>`))
  assert.deepEqual(off.security, { clients: null, members: null })
  const properties = { 'cobnut.client.username': 'ada', 'cobnut.client.password': 'lovelace-1815' }
  const one = await load({ properties })
  assert.deepEqual(revealed(one), { users: [['ada', 'lovelace-1815']], token: null, member: null })
})

test('certificates that are required need no realms', async () => {
  const pem =
    '<property name="certificate">c.pem</property><property name="key">k.pem</property><property name="ca">a.pem</property>'
  const mutual = '<property name="mutualAuthentication">REQUIRED</property>'
  const ssl = (properties: string) => `<network><ssl enabled="true"><properties>${properties}</properties></ssl></network>`
  const config = await load(xml(`<security enabled="true"/>${ssl(pem + mutual)}`))
  assert.deepEqual(config.security, { clients: null, members: null })
  const { problems } = await check(xml(`<security enabled="true"/>${ssl(pem)}`))
  assert.equal(problems.length, 2, formatProblems(problems))
})

const user = (name: string, password: string) => `<user username="${name}" password="${password}"/>`
const clients = (realm: string): ConfigSource =>
  secured(`${realms.replace('</realms>', `<realm name="x">${realm}</realm></realms>`)}
    <client-authentication realm="x"/><member-authentication realm="members"/>`)
const simple = (users: string) => clients(`<authentication><simple>${users}</simple></authentication>`)
const members = (realm: string): ConfigSource =>
  secured(`${realms.replace('</realms>', `<realm name="x">${realm}</realm></realms>`)}
    <client-authentication realm="people"/><member-authentication realm="x"/>`)

type Refused = readonly [what: string, source: ConfigSource, expected: RegExp]

const refused: readonly Refused[] = [
  [
    'clients without a realm',
    secured(`${realms}<member-authentication realm="members"/>`),
    /without client-authentication every/,
  ],
  ['members without a realm', secured(`${realms}<client-authentication realm="people"/>`), /without member-authentication every/],
  [
    'a realm that is not there',
    secured(`${realms}<client-authentication realm="peple"/><member-authentication realm="members"/>`),
    /:14:\d+: hazelcast\.security\.client-authentication\.realm: there is no realm "peple"\n.*did you mean "people"/,
  ],
  ['a realm that knows nobody', clients(''), /realms\[3\]: the realm "x" knows nobody/],
  ['users that are none', simple(''), /simple: it has no users/],
  ['a user without a password', simple(user('eve', '')), /users\[0\]: the user "eve" has no password/],
  ['a user without a name', simple(user('', 'hidden-1')), /users\[0\]: it has no username/],
  ['a user twice', simple(user('eve', 'hidden-1') + user('eve', 'hidden-2')), /users\[1\]: .*a second time/],
  [
    'LDAP',
    clients('<authentication><ldap><url>ldap://x</url></ldap></authentication><identity><token>t</token></identity>'),
    /ldap: it does not exist here\n.*simple/,
  ],
  [
    'certificates as users',
    clients('<authentication><tls roleAttribute="cn"/></authentication><identity><token>t</token></identity>'),
    /\n.*mutualAuthentication REQUIRED/,
  ],
  [
    'members that show nothing',
    members(`<authentication><simple>${user('m', 'hidden-1')}</simple></authentication>`),
    /does not say what this member shows/,
  ],
  [
    'members that would refuse each other',
    members(
      `<authentication><simple>${user('m', 'hidden-1')}</simple></authentication>
       <identity><username-password username="m" password="hidden-2"/></identity>`,
    ),
    /members with this file would refuse each other/,
  ],
  [
    'a token that is no base64',
    members('<identity><token encoding="base64">!hidden-1!</token></identity>'),
    /the text is no base64/,
  ],
  [
    'an identity that is two',
    members('<identity><token>hidden-1</token><username-password username="m" password="hidden-1"/></identity>'),
    /a user and a token/,
  ],
  [
    'rights',
    secured(`${realms}${both}<client-permissions><map-permission name="x" principal="admin"/></client-permissions>`),
    /rights of single clients do not exist here/,
  ],
  [
    'Java code',
    secured(`${realms}${both}<security-interceptors><interceptor class-name="x"/></security-interceptors>`),
    /names Java code/,
  ],
  ['a misspelt element', secured(`${realms}${both}<client-autentication realm="x"/>`), /did you mean "client-authentication"/],
  [
    'a text that may be a password',
    simple(`${user('eve', 'hidden-1')}<user>hidden-1</user>`),
    /users\[1\]: the text has no meaning here/,
  ],
  ...[
    ['client.username', 'u'],
    ['client.password', 'hidden-1'],
    ['client.username', ''],
  ].map(
    ([name, value]): Refused => [
      `half of what a client has to give: ${name} = "${value}"`,
      xml(`<properties><property name="cobnut.${name}">${value}</property></properties>`),
      /cobnut\.client\.username and cobnut\.client\.password belong together/,
    ],
  ),
  [
    'users twice',
    xml(`<security enabled="true">${realms}${both}</security>
      <properties><property name="cobnut.client.username">u</property></properties>`),
    /it is enabled, and the property cobnut\.client\.username is set/,
  ],
]

for (const [what, source, expected] of refused) {
  test(`refused, without telling a secret: ${what}`, async () => {
    const { config, problems } = await check(source)
    assert.equal(config, null)
    assert.match(formatProblems(problems), expected)
    assert.doesNotMatch(formatProblems(problems), /hidden-|lovelace|turing|among-members/)
  })
}

test('everybody may do everything, if a file says so itself', async () => {
  const all = '<client-permissions><all-permissions principal="*"/></client-permissions>'
  assert.equal((await load(secured(realms + both + all))).security.clients?.users.size, 2)
  const admin = '<client-permissions><all-permissions principal="admin"/></client-permissions>'
  assert.equal((await check(secured(realms + both + admin))).config, null)
})

test('a configuration that is printed shows no secret', async () => {
  const property = '<property name="cobnut.client.password">lovelace-1815</property>'
  const one = await load(xml(`<properties><property name="cobnut.client.username">u</property>${property}</properties>`))
  const ssl = `<property name="keyStore">s</property><property name="keyStorePassword">hidden-1</property>`
  const other = await load(
    xml(`<security enabled="true">${realms}${both}</security>
      <network><ssl enabled="true"><properties>${ssl}</properties></ssl></network>`),
  )
  for (const config of [one, other]) {
    const printed = [inspect(config, { depth: 20 }), JSON.stringify(config), String(config.security.clients?.users.get('ada'))]
    assert.doesNotMatch(printed.join(), /hidden-|lovelace|turing|among-members/)
  }
})

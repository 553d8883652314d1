/** The elements of <security> and <ssl>. Names and defaults are Hazelcast's. What only makes sense together is looked at in ../security.ts and ../tls.ts. */

import { also, bool, dict, each, list, opaque, optional, secret, section, text, without, withText, word } from './kinds.js'
import { java } from './reasons.js'

const role = 'whoever has logged in may do everything'

const user = secret(
  section('one of them', {
    username: text('its name'),
    password: secret(text('its password')),
    roles: without(role, also(['role'], list('its roles', 'role', text('one of them')))),
  }),
)

/** Ways of the original to ask somebody else. */
const elsewhere = ['jaas', 'ldap', 'kerberos', 'tls'] as const

const realm = section('users, and what this member says of itself', {
  name: text('by which it is referred to'),
  authentication: section('who is known', {
    simple: optional(
      section('users in this file', {
        users: also(['user'], list('who may log in', 'user', user)),
        ...each(['skip-identity', 'skip-endpoint', 'skip-role'], optional(without(role, bool('', false)))),
      }),
    ),
    ...each(elsewhere, optional(opaque('asks somebody else'))),
  }),
  identity: section('what this member shows to others; of clients the same is asked where there are no users', {
    'username-password': optional(
      secret(section('a user', { username: text('its name'), password: secret(text('its password')) })),
    ),
    token: optional(
      secret(
        withText(
          'value',
          section('bytes that only those who belong here know', {
            encoding: word('of the text', ['none', 'base64'], 'none'),
            value: secret(text('the text')),
          }),
        ),
      ),
    ),
    ...each(['credentials-factory', 'kerberos', 'credentials'], optional(opaque('asks somebody else'))),
  }),
  'access-control-service': optional(opaque('decides about rights')),
})

const realmName = { realm: text('name of a realm') }

export const security = section('who may come in', {
  enabled: bool('switches it on', false),
  realms: list('users and identities', 'realm', realm),
  'client-authentication': section('what clients have to show', realmName),
  'member-authentication': section('what members have to show to each other', realmName),
  'client-permissions': optional(opaque('who may do what; only `all-permissions`, or `all`, for everybody is possible')),
  'client-block-unmapped-actions': optional(without('there are none', bool('unknown messages are refused', true))),
  ...each(
    ['client-permission-policy', 'security-interceptors', 'member-credentials-factory', 'member-login-modules'],
    optional(opaque('names Java code')),
  ),
  'client-login-modules': optional(opaque('names Java code')),
  'security-object': optional(without(java, opaque('anything'))),
})

export const ssl = section('encryption of everything on the port', {
  enabled: bool('switches it on', false),
  'factory-class-name': optional(without('the properties say everything', text('a factory of the original'))),
  properties: secret(dict('see the table of its properties', 'property', secret(text('as that table says')))),
})

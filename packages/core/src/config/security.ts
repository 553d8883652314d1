/**
 * <security> as what it means: which clients are let in, and what members prove to each other. A file that asks for
 * protection is not half obeyed: what cannot be done here, and a door that would stay open, are problems.
 */

import type { Accounts, Identity, MemberSecurity, SecurityConfig, TlsConfig } from '../api/config.js'
import { Secret } from '../base/secret.js'
import { plain } from './data-tree.js'
import type { ValueOf } from './elements/kinds.js'
import type { security as securitySection } from './elements/security.js'
import { nearest } from './nearest.js'
import type { Advice } from './problems.js'

type Section = ValueOf<typeof securitySection>
type Realm = Section['realms'][number]
/** Notes a problem at a path below `hazelcast.security`. */
type Report = (path: string, message: string, advice: Advice) => void

/** The properties that stand for <security> where all clients share one user. */
const usernameProperty = 'cobnut.client.username'
export const passwordProperty = 'cobnut.client.password'

const nobody: SecurityConfig = { clients: null, members: null }

/** The value has a meaning only if nothing was reported. */
export function securityOf(
  section: Section,
  properties: ReadonlyMap<string, string>,
  tls: TlsConfig | null,
  report: Report,
): SecurityConfig {
  const [username, password] = [properties.get(usernameProperty), properties.get(passwordProperty)]
  const byProperties =
    username === undefined && password === undefined
      ? null
      : { users: new Map([[username ?? '', new Secret(password ?? '')]]), token: null }
  if (byProperties !== null && (!username || !password)) {
    report('', `the properties ${usernameProperty} and ${passwordProperty} belong together`, {
      allowed: 'both, and neither empty',
    })
  }
  if (!section.enabled) return { ...nobody, clients: byProperties }
  if (byProperties !== null) {
    report('', `it is enabled, and the property ${usernameProperty} is set`, { allowed: 'one of the two' })
  }
  refuseForeign(section, report)
  const known = tls?.mutualAuthentication === 'REQUIRED'
  const of = (kind: 'client-authentication' | 'member-authentication', otherwise: string): [Realm, number] | null => {
    const { realm } = section[kind]
    if (realm !== '') return realmNamed(section.realms, realm, kind, report)
    const allowed = `a realm for ${kind}, or <ssl> with mutualAuthentication REQUIRED`
    if (!known) report('', `it is enabled, and without ${kind} ${otherwise}`, { allowed })
    return null
  }
  const clients = of('client-authentication', 'every client that knows the name of the cluster gets in')
  const members = of('member-authentication', 'every process that knows the name of the cluster becomes a member')
  return {
    clients: clients === null ? null : accountsOf(...clients, report),
    members: members === null ? null : membersOf(...members, report),
  }
}

function refuseForeign(section: Section, report: Report): void {
  const names = ['client-permission-policy', 'security-interceptors', 'member-credentials-factory'] as const
  for (const name of [...names, 'member-login-modules', 'client-login-modules'] as const) {
    if (section[name] !== undefined) report(`.${name}`, 'it names Java code, which does not run here', { allowed: 'realms' })
  }
  const permissions = section['client-permissions']
  if (permissions === undefined || givesAll(permissions)) return
  const allowed = 'nothing, or all-permissions (in YAML: all) for everybody'
  report('.client-permissions', 'rights of single clients do not exist here: whoever has logged in may do everything', {
    allowed,
  })
}

/** `<all-permissions principal="*"/>` and nothing else that would give or take a right. */
function givesAll(permissions: unknown): boolean {
  if (typeof permissions !== 'object' || permissions === null) return permissions === ''
  return Object.entries(permissions).every(([name, value]) => {
    if (plain(name) === 'onjoinoperation') return true
    if (!['allpermissions', 'all'].includes(plain(name))) return false
    const { principal = '*', endpoints } = Object(value) as { principal?: unknown; endpoints?: unknown }
    return principal === '*' && endpoints === undefined
  })
}

function realmNamed(realms: readonly Realm[], name: string, kind: string, report: Report): [Realm, number] | null {
  const found = realms.flatMap((realm, i) => (realm.name === name ? [[realm, i] as [Realm, number]] : []))
  const [first] = found
  if (first === undefined) {
    const names = realms.map(realm => realm.name)
    const meant = nearest(name, names)
    const allowed = names.length === 0 ? 'the name of a realm under realms' : names.join(', ')
    report(`.${kind}.realm`, `there is no realm "${name}"`, { allowed, ...(meant === null ? {} : { didYouMean: meant }) })
    return null
  }
  if (found.length > 1) report(`.realms[${found[1]?.[1]}]`, `there are two realms "${name}"`, { allowed: 'one of each name' })
  return first
}

function accountsOf(realm: Realm, index: number, report: Report): Accounts {
  const users = usersOf(realm, index, report)
  const identity = identityOf(realm, index, report)
  if (users !== null) return { users, token: null }
  if (identity === null) {
    const allowed = 'authentication by simple with users, or an identity that clients have to show'
    report(`.realms[${index}]`, `the realm "${realm.name}" knows nobody`, { allowed })
    return { users: new Map(), token: null }
  }
  const { user, secret } = identity
  return user === '' ? { users: new Map(), token: secret } : { users: new Map([[user, secret]]), token: null }
}

function membersOf(realm: Realm, index: number, report: Report): MemberSecurity | null {
  const identity = identityOf(realm, index, report)
  const users = usersOf(realm, index, report)
  const path = `.realms[${index}].identity`
  if (identity === null) {
    const message = `the realm "${realm.name}" does not say what this member shows to the others`
    report(path, message, { allowed: 'username-password or token' })
    return null
  }
  const own = users?.get(identity.user)
  // the users are what others are checked against, and they are checked against the same file
  if (users !== null && own?.reveal() !== identity.secret.reveal()) {
    const message = `the users of "${realm.name}" do not have it: members with this file would refuse each other`
    report(path, message, { allowed: 'a user of the realm, with its password' })
  }
  return { identity, secrets: users ?? new Map([[identity.user, identity.secret]]) }
}

/** Null: the realm names none. */
function usersOf({ authentication }: Realm, index: number, report: Report): ReadonlyMap<string, Secret> | null {
  const path = `.realms[${index}].authentication`
  for (const way of ['jaas', 'ldap', 'kerberos', 'tls'] as const) {
    if (authentication[way] === undefined) continue
    const instead = way === 'tls' ? 'ssl with mutualAuthentication REQUIRED' : 'simple, with users'
    report(`${path}.${way}`, 'it does not exist here', { allowed: instead })
  }
  if (authentication.simple === undefined) return null
  const users = new Map<string, Secret>()
  for (const [i, { username, password }] of authentication.simple.users.entries()) {
    const at = `${path}.simple.users[${i}]`
    if (username === '') report(at, 'it has no username', { allowed: 'a username and a password' })
    else if (password === '') report(at, `the user "${username}" has no password`, { allowed: 'a username and a password' })
    else if (users.has(username)) report(at, `the user "${username}" stands here a second time`, { allowed: 'each name once' })
    users.set(username, new Secret(password))
  }
  if (users.size === 0) report(`${path}.simple`, 'it has no users', { allowed: 'at least one' })
  return users
}

/** Null: the realm has none. */
function identityOf({ identity }: Realm, index: number, report: Report): Identity | null {
  const path = `.realms[${index}].identity`
  for (const way of ['credentials-factory', 'kerberos', 'credentials'] as const) {
    if (identity[way] !== undefined) {
      report(`${path}.${way}`, 'it does not exist here', { allowed: 'username-password or token' })
    }
  }
  const { 'username-password': user, token } = identity
  if (user !== undefined && token !== undefined) report(path, 'it is a user and a token', { allowed: 'one of the two' })
  if (user !== undefined) {
    if (user.username === '' || user.password === '') {
      report(`${path}.username-password`, 'the username or the password is missing', { allowed: 'both' })
    }
    return { user: user.username, secret: new Secret(user.password) }
  }
  if (token === undefined) return null
  const bytes = token.encoding === 'base64' ? fromBase64(token.value) : utf8(token.value)
  if (bytes === null || bytes === '') {
    report(`${path}.token`, bytes === null ? 'the text is no base64' : 'it is empty', { allowed: 'at least one byte' })
  }
  return { user: '', secret: new Secret(bytes ?? '') }
}

/** Bytes as characters of the same code. */
const utf8 = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text))

function fromBase64(text: string): string | null {
  try {
    return atob(text)
  } catch {
    return null
  }
}

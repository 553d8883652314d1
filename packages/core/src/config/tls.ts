/**
 * <ssl> as what it means. The properties are a table of their own: names of the original, which go by two dialects (one for
 * Java's key stores, one for files in PEM), with ours beside them.
 */

import type { TlsConfig, TlsVersion } from '../api/config.js'
import { Secret } from '../base/secret.js'
import { plain } from './data-tree.js'
import type { ValueOf } from './elements/kinds.js'
import type { ssl as sslSection } from './elements/security.js'
import { nearest } from './nearest.js'
import type { Advice } from './problems.js'

type Report = (path: string, message: string, advice: Advice) => void

interface TlsProperty {
  readonly also: readonly string[]
  readonly doc: string
  /** Why it does nothing. */
  readonly noEffect?: string
}

const property = (doc: string, ...also: readonly string[]): TlsProperty => ({ doc, also })
const idle = (noEffect: string, ...also: readonly string[]): TlsProperty => ({ doc: '', also, noEffect })

const algorithm = 'Node has one way to read a store'

/** By name; every name may also have `javax.net.ssl.` in front, and is found whatever its case. */
export const tlsProperties = {
  certificate: property('file in PEM: the certificate of this member, and those between it and the CA', 'keyCertChainFile'),
  key: property('file in PEM: the private key of `certificate`', 'keyFile'),
  keyPassword: property('of an encrypted `key`'),
  ca: property(
    'file in PEM: whose certificates are trusted; of members always, of clients by `mutualAuthentication`',
    'trustCertCollectionFile',
    'trustStore',
  ),
  keyStore: property('PKCS#12 file, instead of `certificate` and `key`; without `ca`, the CAs in it are trusted'),
  keyStorePassword: property('of `keyStore`'),
  keyStoreType: property('`PKCS12`'),
  mutualAuthentication: property('whether clients need a certificate: `NONE`, `OPTIONAL` or `REQUIRED`; members always do'),
  protocol: property('`TLS` (1.2 and 1.3), `TLSv1.2` or `TLSv1.3`'),
  ciphersuites: property('names with commas, of OpenSSL or IANA; those of Node where nothing is said'),
  validateIdentity: property('`true`: a member that is dialled has to have a certificate for the address it was dialled by'),
  trustStorePassword: idle('a file of certificates has no password'),
  trustStoreType: idle('the trusted certificates are a file in PEM'),
  keyManagerAlgorithm: idle(algorithm),
  trustManagerAlgorithm: idle(algorithm),
  provider: idle(algorithm),
} as const satisfies Readonly<Record<string, TlsProperty>>

type Name = keyof typeof tlsProperties
const prefix = 'javax.net.ssl.'

const nameOf: ReadonlyMap<string, Name> = new Map(
  (Object.keys(tlsProperties) as Name[]).flatMap(name => [name, ...tlsProperties[name].also].map(n => [plain(n), name])),
)

const versions: Readonly<Record<string, { readonly min: TlsVersion; readonly max: TlsVersion }>> = {
  tls: { min: 'TLSv1.2', max: 'TLSv1.3' },
  'tlsv1.2': { min: 'TLSv1.2', max: 'TLSv1.2' },
  'tlsv1.3': { min: 'TLSv1.3', max: 'TLSv1.3' },
}

/** Null: off. The value has a meaning only if nothing was reported. */
export function tlsOf(
  { enabled, 'factory-class-name': factory, properties }: ValueOf<typeof sslSection>,
  report: Report,
  onIdle: (path: string, reason: string) => void,
): TlsConfig | null {
  if (!enabled) return null
  if (factory !== undefined && !/(Basic|OpenSSL)\w*$/.test(factory)) {
    const allowed = 'BasicSSLContextFactory, OpenSSLEngineFactory, or none'
    report('.factory-class-name', 'it names Java code, which does not run here', { allowed })
  }
  const given = named(properties, report, onIdle)
  const oneOf = <W extends string>(name: Name, words: readonly W[], otherwise: W): W => {
    const text = given.get(name)
    const found = text === undefined ? otherwise : words.find(word => word.toLowerCase() === text.toLowerCase())
    if (found === undefined) report(`.properties[${name}]`, `"${text}" is not a value of it`, { allowed: words.join(', ') })
    return found ?? otherwise
  }
  const store = oneOf('keyStoreType', ['PKCS12', 'JKS'], 'PKCS12')
  if (store === 'JKS') report('.properties[keyStoreType]', 'JKS cannot be read here', { allowed: `PKCS12: ${conversion}` })
  const protocol = oneOf('protocol', ['TLS', 'TLSv1.2', 'TLSv1.3'], 'TLS')
  return {
    ...materialOf(given, report),
    caFile: given.get('ca') ?? null,
    mutualAuthentication: oneOf('mutualAuthentication', ['NONE', 'OPTIONAL', 'REQUIRED'], 'NONE'),
    ...(versions[protocol.toLowerCase()] as { min: TlsVersion; max: TlsVersion }),
    cipherSuites: (given.get('ciphersuites') ?? '')
      .split(',')
      .map(name => name.trim())
      .filter(name => name !== ''),
    validateIdentity: oneOf('validateIdentity', ['true', 'false'], 'false') === 'true',
  }
}

/** For whoever comes with the store that Java has made. */
const conversion = 'keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12'

function named(
  properties: ReadonlyMap<string, string>,
  report: Report,
  onIdle: (path: string, reason: string) => void,
): ReadonlyMap<Name, string> {
  const given = new Map<Name, string>()
  for (const [written, value] of properties) {
    const bare = written.startsWith(prefix) ? written.slice(prefix.length) : written
    const name = nameOf.get(plain(bare))
    const path = `.properties[${written}]`
    if (name === undefined) {
      const meant = nearest(bare, [...nameOf.values()])
      const allowed = Object.keys(tlsProperties).join(', ')
      report(path, 'this property does not exist', meant === null ? { allowed } : { didYouMean: meant })
    } else if (given.has(name)) report(path, `it is set twice, once as ${name}`, { allowed: 'each once' })
    else {
      const { noEffect }: TlsProperty = tlsProperties[name]
      if (noEffect !== undefined) onIdle(path, noEffect)
      given.set(name, value)
    }
  }
  return given
}

function materialOf(given: ReadonlyMap<Name, string>, report: Report): Pick<TlsConfig, 'material'> {
  const secretOf = (name: Name): Secret | null => {
    const text = given.get(name)
    return text === undefined ? null : new Secret(text)
  }
  const [certificate, key, store] = [given.get('certificate'), given.get('key'), given.get('keyStore')]
  const pem = { kind: 'pem', certificateFile: certificate ?? '', keyFile: key ?? '', password: secretOf('keyPassword') } as const
  const allowed = 'certificate and key, or keyStore'
  if (store === undefined) {
    if (certificate === undefined || key === undefined) report('', 'it is enabled without a certificate and its key', { allowed })
    else if (!given.has('ca')) report('', 'it is enabled without a CA that others are checked by', { allowed: 'ca' })
    return { material: pem }
  }
  if (certificate !== undefined || key !== undefined) report('', 'it has a keyStore and a certificate or key', { allowed })
  return { material: { kind: 'pkcs12', file: store, password: secretOf('keyStorePassword') } }
}

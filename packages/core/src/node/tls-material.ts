/** The files that <ssl> names, read once when a member starts. What is wrong with one is told by the name of its property. */

import { readFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { createSecureContext, type SecureContext, type SecureContextOptions, TLSSocket } from 'node:tls'
import type { TlsConfig } from '../api/config.js'
import { CobnutError } from '../base/errors.js'
import type { Log } from '../env/env.js'

/** The store that Java makes by itself, or made before version 9. */
const jksMagic = 0xfeedfeed
const pemMark = '-----BEGIN '
const dayMs = 86_400_000
/** A certificate that ends sooner is worth a word at the start. */
const expiresSoonMs = 30 * dayMs

/** What both sides of a handshake are made from. Throws CONFIG_INVALID with the property and what to do. */
export async function tlsMaterial(config: TlsConfig, log: Log): Promise<SecureContextOptions> {
  const { material, caFile, min, max, cipherSuites } = config
  const ca = caFile === null ? [] : await certificatesOf('ca', caFile)
  const common: SecureContextOptions = {
    // an empty list, too, is a list: without one the CAs of the whole world would be trusted
    ca,
    minVersion: min,
    maxVersion: max,
    ...(cipherSuites.length === 0 ? {} : { ciphers: cipherSuites.map(opensslName).join(':') }),
  }
  const passphrase = material.password === null ? {} : { passphrase: material.password.reveal() }
  const tried = (property: string, file: string, own: SecureContextOptions): SecureContextOptions => {
    const options = { ...common, ...passphrase, ...own }
    warnOfEnd(contextOf(property, file, options), file, log)
    return options
  }
  if (material.kind === 'pkcs12') {
    const pfx = await bytesOf('keyStore', material.file)
    if (pfx.length >= 4 && pfx.readUInt32BE() === jksMagic) {
      const way = `convert it: keytool -importkeystore -srckeystore ${material.file} -destkeystore ${material.file}.p12 -deststoretype PKCS12`
      throw invalid('keyStore', `${material.file} is a JKS store, which only Java reads; ${way}`)
    }
    if (isPem(pfx)) throw invalid('keyStore', `${material.file} is a file in PEM: use certificate and key for it`)
    return tried('keyStore', material.file, { pfx })
  }
  const cert = await certificatesOf('certificate', material.certificateFile)
  const key = await bytesOf('key', material.keyFile)
  if (!isPem(key)) throw invalid('key', `${material.keyFile} is not a file in PEM`)
  return tried('key', material.keyFile, { cert: cert.join('\n'), key })
}

function contextOf(property: string, file: string, options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options)
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (/mac verify failure|bad decrypt|bad password/i.test(message) || code === 'ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED') {
      const password = property === 'key' ? 'keyPassword' : 'keyStorePassword'
      throw invalid(password, `${file} cannot be opened: its password is missing or wrong`, error)
    }
    if (/key values mismatch/i.test(message)) throw invalid(property, `${file} is not the key of the certificate`, error)
    if (/cipher/i.test(message)) throw invalid('ciphersuites', 'none of them is known', error)
    throw invalid(property, `${file} cannot be used: ${message}`, error)
  }
}

async function certificatesOf(property: string, file: string): Promise<string[]> {
  const text = (await bytesOf(property, file)).toString('latin1')
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  if (found.length > 0) return found
  const way = `keytool -exportcert -rfc -keystore ${file}, or openssl pkcs12 -in ${file} -nokeys`
  throw invalid(property, `${file} holds no certificate in PEM; from a store it comes by ${way}`)
}

async function bytesOf(property: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw invalid(property, `${file} cannot be read: ${(error as Error).message}`, error)
  }
}

const isPem = (bytes: Buffer): boolean => bytes.toString('latin1').includes(pemMark)

/** A socket knows the certificate that it would show, wherever that came from; there is no other way to look into a store. */
function warnOfEnd(secureContext: SecureContext, file: string, log: Log): void {
  const socket = new TLSSocket(new Socket(), { isServer: true, secureContext })
  const certificate = socket.getX509Certificate()
  socket.destroy()
  if (certificate === undefined) return
  const { validTo } = certificate
  const leftMs = Date.parse(validTo) - Date.now()
  if (leftMs < expiresSoonMs) log.warn('tls.certificateEnds', { file, validTo, leftDays: Math.floor(leftMs / dayMs) })
}

/** `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384` is `ECDHE-RSA-AES256-GCM-SHA384`; those of TLS 1.3 have one name. */
function opensslName(suite: string): string {
  const found = /^TLS_(\w+)_WITH_(\w+)$/.exec(suite)
  if (found === null) return suite
  const [, exchange = '', cipher = ''] = found
  const short = cipher.replace(/AES_(\d+)/, 'AES$1').replace(/_SHA256$/, cipher.startsWith('CHACHA20') ? '' : '_SHA256')
  return `${exchange === 'RSA' ? '' : `${exchange}_`}${short}`.replaceAll('_', '-')
}

function invalid(property: string, message: string, cause?: unknown): CobnutError {
  return new CobnutError('CONFIG_INVALID', `hazelcast.network.ssl.properties[${property}]: ${message}`, { cause, property })
}

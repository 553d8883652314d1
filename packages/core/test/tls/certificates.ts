/** Certificates for tests: two CAs, and what they have signed. Made by make.sh in the same folder. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Password of `member.p12`, `member.jks` and `member-locked.key`. */
export const storePassword = 'store-secret'

/** Of a file of this folder; the tests run from what was compiled from it. */
export const tlsFile = (name: string): string => fileURLToPath(new URL(`../../../test/tls/${name}`, import.meta.url))

export const tlsText = (name: string): Buffer => readFileSync(tlsFile(name))

export type Certified = 'member' | 'elsewhere' | 'client' | 'stranger'

/** The properties of <ssl> for a member with this certificate. */
export const tlsProperties = (name: Certified, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  certificate: tlsFile(`${name}.pem`),
  key: tlsFile(`${name}.key`),
  ca: tlsFile('ca.pem'),
  ...more,
})

/** As an element of <network>. */
export function sslXml(properties: Readonly<Record<string, string>>): string {
  const all = Object.entries(properties).map(([name, value]) => `<property name="${name}">${value}</property>`)
  return `<ssl enabled="true"><properties>${all.join('')}</properties></ssl>`
}

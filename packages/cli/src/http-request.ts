/**
 * One request to a member, with what the environment says about how to get in. Passwords have no flags: what stands on a
 * command line can be read by every process of the machine.
 */

import { readFileSync } from 'node:fs'
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { type RequestOptions as HttpsOptions, request as httpsRequest } from 'node:https'
import type { HostPort } from './address.js'
import { CommandError, exitCode } from './exit.js'

export interface Access {
  /** Files in PEM. With a CA, members are asked by TLS. */
  readonly ca?: string | undefined
  readonly certificate?: string | undefined
  readonly key?: string | undefined
  readonly user?: string | undefined
  readonly password?: string | undefined
}

export const credentialsHelp = 'set COBNUT_USER and COBNUT_PASSWORD to those of a client'
export const tlsHelp = 'set COBNUT_CA to the file of its CA, and COBNUT_CERT and COBNUT_KEY where it wants a certificate'

export const accessHelp = `
Members that ask for credentials or encrypt are reached with these variables of the environment:
  COBNUT_USER, COBNUT_PASSWORD  of a user that may log in as a client
  COBNUT_CA                     file in PEM: the CA that has signed the certificates of the members
  COBNUT_CERT, COBNUT_KEY       files in PEM, where a member wants a certificate`

export const accessFrom = (environment: Readonly<Record<string, string | undefined>>): Access => ({
  ca: environment.COBNUT_CA,
  certificate: environment.COBNUT_CERT,
  key: environment.COBNUT_KEY,
  user: environment.COBNUT_USER,
  password: environment.COBNUT_PASSWORD,
})

interface Asked {
  readonly method: string
  readonly path: string
  readonly body?: string
}

/** Rejects with what the system or TLS says, or with a TimeoutError. */
export function request(
  { host, port }: HostPort,
  { method, path, body }: Asked,
  access: Access,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly text: string }> {
  const options: RequestOptions = {
    host,
    port,
    method,
    path,
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(access.user === undefined ? {} : { authorization: basic(access.user, access.password ?? '') }),
    },
  }
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: IncomingMessage): void => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.once('error', reject)
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') }))
    }
    const asked: ClientRequest =
      access.ca === undefined ? httpRequest(options, onAnswer) : httpsRequest({ ...options, ...tlsOf(access) }, onAnswer)
    asked.once('error', error => reject(error.name === 'AbortError' && error.cause instanceof Error ? error.cause : error))
    asked.end(body)
  })
}

const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

/** The CA is what counts: as between members, the name in a certificate is not looked at. */
const tlsOf = ({ ca, certificate, key }: Access): HttpsOptions => ({
  ca: fileOf('COBNUT_CA', ca),
  cert: fileOf('COBNUT_CERT', certificate),
  key: fileOf('COBNUT_KEY', key),
  checkServerIdentity: () => undefined,
})

function fileOf(variable: string, file: string | undefined): Buffer | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file)
  } catch (error) {
    const text = `${variable}: ${file} cannot be read: ${(error as Error).message}`
    throw new CommandError(text, { cause: error, exitCode: exitCode.usage })
  }
}

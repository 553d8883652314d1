/** Who may come in. Pure: configuration and credentials in, verdict out. */

import type { Config } from '../api/config.js'

/** Numbers of the protocol. */
export const loginStatus = { accepted: 0, credentialsFailed: 1, serializationVersionMismatch: 2 } as const
type LoginStatus = (typeof loginStatus)[keyof typeof loginStatus]

/** The only one there has been since version 1 of the serialized form. */
export const SERIALIZATION_VERSION = 1

export interface Credentials {
  readonly clusterName: string
  readonly serializationVersion: number
  /** Null for a client that gave none; `token` for the custom kind, which nothing here can check. */
  readonly username: string | null
  readonly password: string | null
  readonly token: boolean
}

/** Properties that switch the check on. Without a username everybody who knows the cluster name is accepted. */
const USERNAME = 'cobnut.client.username'
const PASSWORD = 'cobnut.client.password'

/** The reason is for this member's log; a client learns only the number. */
export function judge(config: Config, given: Credentials): { readonly status: LoginStatus; readonly reason: string } {
  if (given.serializationVersion !== SERIALIZATION_VERSION) {
    return { status: loginStatus.serializationVersionMismatch, reason: `serialization version ${given.serializationVersion}` }
  }
  if (given.clusterName !== config.clusterName) return refused(`cluster name ${given.clusterName.slice(0, 100)}`)
  if (given.token) return refused('a token, and no way to check it is configured')
  const username = config.properties.get(USERNAME)
  if (username === undefined) return { status: loginStatus.accepted, reason: '' }
  const known = sameText(given.username ?? '', username)
  const right = sameText(given.password ?? '', config.properties.get(PASSWORD) ?? '')
  return known && right ? { status: loginStatus.accepted, reason: '' } : refused('username or password')
}

const refused = (reason: string) => ({ status: loginStatus.credentialsFailed, reason })

/** Takes as long for a wrong first letter as for a wrong last one. */
function sameText(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length
  for (let i = 0; i < given.length; i++) difference |= given.charCodeAt(i) ^ wanted.charCodeAt(i % Math.max(1, wanted.length))
  return difference === 0
}

/** Who may come in as a client. */

import type { Doorman, Given } from './doorman.js'

/** Numbers of the protocol. */
export const loginStatus = { accepted: 0, credentialsFailed: 1, serializationVersionMismatch: 2 } as const
type LoginStatus = (typeof loginStatus)[keyof typeof loginStatus]

/** The only one there has been since version 1 of the serialized form. */
export const SERIALIZATION_VERSION = 1

export interface Credentials extends Given {
  readonly clusterName: string
  readonly serializationVersion: number
}

/** The reason is for this member's log; a client learns only the number. */
export function judge(
  clusterName: string,
  doorman: Doorman,
  host: string,
  given: Credentials,
): { readonly status: LoginStatus; readonly reason: string } {
  if (given.serializationVersion !== SERIALIZATION_VERSION) {
    return { status: loginStatus.serializationVersionMismatch, reason: `serialization version ${given.serializationVersion}` }
  }
  if (given.clusterName !== clusterName) return refused(`cluster name ${given.clusterName.slice(0, 100)}`)
  const refusal = doorman.judge(host, given)
  return refusal === null ? { status: loginStatus.accepted, reason: '' } : refused(refusal)
}

const refused = (reason: string) => ({ status: loginStatus.credentialsFailed, reason })

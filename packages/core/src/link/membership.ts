/**
 * How two members show each other that they know the secret of <member-authentication>, without saying it: each signs what
 * both of them have drawn for this one connection. Who only listens learns nothing that is good for another connection; the
 * signatures of the two sides differ in their first byte, so that none can be sent back to whoever made it.
 *
 *      dials                                     accepts
 *        | hello  (who I am)                        |
 *        |----------------------------------------->|
 *        |             challenge (who I am, nonce a)|
 *        |<-----------------------------------------|
 *        | proof  (user, nonce b, signature)        |
 *        |----------------------------------------->|  right? then I prove it as well
 *        |            proof (user, signature), ack  |
 *        |<-----------------------------------------|
 */

import type { MemberSecurity } from '../api/config.js'
import { joinedBytes } from '../base/bytes.js'
import type { Keys } from '../env/env.js'

export const nonceBytes = 32

/** Everything that one handshake is about: a signature is good for nothing else. */
export interface Occasion {
  readonly dials: string
  readonly accepts: string
  /** Drawn by the one that accepts, and by the one that dials. */
  readonly acceptNonce: Uint8Array
  readonly dialNonce: Uint8Array
}

export type Side = 'dials' | 'accepts'

export class Membership {
  readonly #security: MemberSecurity
  readonly #keys: Keys
  readonly #clusterName: string
  readonly #stretched = new Map<string, Uint8Array>()

  constructor(security: MemberSecurity, keys: Keys, clusterName: string) {
    this.#security = security
    this.#keys = keys
    this.#clusterName = clusterName
    // slow, and nobody waits yet
    this.#keyOf(security.identity.user, security.identity.secret.reveal())
  }

  /** Empty when the secret is a token. */
  get user(): string {
    return this.#security.identity.user
  }

  nonce(): Uint8Array {
    return this.#keys.unguessable(nonceBytes)
  }

  /** Of this member. */
  signature(side: Side, occasion: Occasion): Uint8Array {
    const { user, secret } = this.#security.identity
    return this.#signed(this.#keyOf(user, secret.reveal()), side, user, occasion)
  }

  /** Whether the other member knows the secret of the user that it names. */
  isRight(signature: Uint8Array, side: Side, user: string, occasion: Occasion): boolean {
    const secret = this.#security.secrets.get(user)
    if (secret === undefined) return false
    return isSame(signature, this.#signed(this.#keyOf(user, secret.reveal()), side, user, occasion))
  }

  #keyOf(user: string, secret: string): Uint8Array {
    const known = this.#stretched.get(user)
    if (known !== undefined) return known
    const key = this.#keys.stretched(secret, `cobnut member ${this.#clusterName} ${user}`)
    this.#stretched.set(user, key)
    return key
  }

  #signed(key: Uint8Array, side: Side, user: string, { dials, accepts, acceptNonce, dialNonce }: Occasion): Uint8Array {
    const names = new TextEncoder().encode(JSON.stringify([this.#clusterName, user, dials, accepts]))
    const first = Uint8Array.of(side === 'dials' ? 1 : 2)
    return this.#keys.mac(key, joinedBytes([first, acceptNonce, dialNonce, names]))
  }
}

/** In a time that does not say where they differ. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

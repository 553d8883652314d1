/**
 * Whether credentials are right, for clients and for callers over HTTP alike. Unknown users and wrong passwords look the
 * same and take as long. Who guesses is slowed down: after `FAILURES_MAX` wrong answers from one host, nothing that comes
 * from there is looked at until `WINDOW_MS` are over, counted from the first of them.
 */

import type { Accounts } from '../api/config.js'
import { sameText } from '../base/secret.js'
import type { Clock } from '../env/env.js'

/** Far above what an application with a wrong password does in the same time, far below what finds one. */
const FAILURES_MAX = 100
const WINDOW_MS = 60_000
/** More are not remembered one by one: the oldest is forgotten. */
const HOSTS_MAX = 10_000
/** Shown of a name that a stranger has sent. */
const NAME_SHOWN = 100

export interface Given {
  /** Null: none. */
  readonly username: string | null
  readonly password: string | null
  readonly token: Uint8Array | null
}

/** Null: come in. The text is for this member's log; a stranger learns only that it was refused. */
export type Refusal = string | null

interface Failures {
  count: number
  readonly sinceMs: number
}

export class Doorman {
  readonly #accounts: Accounts | null
  readonly #clock: Clock
  readonly #failures = new Map<string, Failures>()

  /** @param accounts null: everybody may come in, and only credentials that nobody can check are refused */
  constructor(accounts: Accounts | null, clock: Clock) {
    this.#accounts = accounts
    this.#clock = clock
  }

  get asks(): boolean {
    return this.#accounts !== null
  }

  judge(host: string, given: Given): Refusal {
    if (this.#isShut(host)) return `more than ${FAILURES_MAX} wrong credentials from this host within ${WINDOW_MS} ms`
    const refusal = this.#accounts === null ? unchecked(given) : against(this.#accounts, given)
    // who gives nothing has not guessed
    if (refusal !== null && (given.username !== null || given.token !== null)) this.#note(host)
    return refusal
  }

  #isShut(host: string): boolean {
    const failures = this.#failures.get(host)
    if (failures === undefined) return false
    if (this.#clock.monotonicMs() - failures.sinceMs > WINDOW_MS) this.#failures.delete(host)
    return this.#failures.has(host) && failures.count >= FAILURES_MAX
  }

  #note(host: string): void {
    const failures = this.#failures.get(host)
    if (failures !== undefined) {
      failures.count++
      return
    }
    if (this.#failures.size === HOSTS_MAX) this.#failures.delete(this.#failures.keys().next().value as string)
    this.#failures.set(host, { count: 1, sinceMs: this.#clock.monotonicMs() })
  }
}

const unchecked = ({ token }: Given): Refusal =>
  token === null ? null : 'a token, and <security> has no client-authentication to check it by'

function against({ users, token: wanted }: Accounts, { username, password, token }: Given): Refusal {
  if (token !== null) {
    const right = sameText(textOf(token), wanted?.reveal() ?? '')
    return right && wanted !== null ? null : 'the token is wrong'
  }
  if (username === null) return 'no credentials'
  const known = users.get(username)
  const right = sameText(password ?? '', known?.reveal() ?? 'nobody')
  return right && known !== undefined ? null : `the user "${username.slice(0, NAME_SHOWN)}" or its password is wrong`
}

/** Bytes as characters of the same code, as the configuration keeps a token. */
function textOf(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** What the consensus of one member has to say and to tell, until it is taken. */

import type { MemberId } from '../../base/ids.js'
import type { Message } from './messages.js'
import type { Change } from './replica.js'
import type { Settled } from './requests.js'

interface Addressed {
  readonly to: MemberId
  readonly message: Message
}

export interface Output {
  readonly messages: readonly Addressed[]
  /** In index order. */
  readonly changes: readonly Change[]
  readonly settled: readonly Settled[]
}

export class Outbox {
  #messages: Addressed[] = []
  #changes: Change[] = []

  send(to: MemberId, message: Message): void {
    this.#messages.push({ to, message })
  }

  tell(change: Change): void {
    this.#changes.push(change)
  }

  /** Messages to this one, which need no link. */
  takeOf(member: MemberId): Message[] {
    const own = this.#messages.filter(m => m.to === member)
    if (own.length > 0) this.#messages = this.#messages.filter(m => m.to !== member)
    return own.map(m => m.message)
  }

  take(settled: readonly Settled[]): Output {
    const output = { messages: this.#messages, changes: this.#changes, settled }
    this.#messages = []
    this.#changes = []
    return output
  }
}

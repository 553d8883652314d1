/** Typed listeners of a member. What a listener throws is logged: it is the user's code. */

import type { MemberEvents } from '../api/member.js'
import { callUser } from '../base/user-call.js'
import type { Log } from '../env/env.js'

type Listener<E extends keyof MemberEvents> = (value: MemberEvents[E]) => void

export class Emitter {
  readonly #listeners = new Map<keyof MemberEvents, Set<Listener<never>>>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  on<E extends keyof MemberEvents>(event: E, listener: Listener<E>): () => void {
    let set = this.#listeners.get(event)
    if (set === undefined) {
      set = new Set()
      this.#listeners.set(event, set)
    }
    set.add(listener)
    return () => set.delete(listener)
  }

  emit<E extends keyof MemberEvents>(event: E, value: MemberEvents[E]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])] as Listener<E>[]) {
      callUser(
        () => listener(value),
        error => this.#log.error('listener.threw', { event, error: String(error) }),
      )
    }
  }
}

/** Clients that live in the processes of members: each finds another member when its own dies or stops. */

import type { Prng } from '../src/base/prng.js'
import type { Env } from '../src/env/env.js'
import type { Cluster, Seated } from './cluster.js'
import type { SubjectMember } from './subject.js'

/** How long a client waits before it looks for a member again. */
const LOOK_AGAIN_MS = 40

/** Ends when the member is no home any more. `setBusy` says whether an answer is waited for. */
export type Living = (env: Env, member: SubjectMember, setBusy: (is: boolean) => void, host: Seated['host']) => Promise<void>

export class Residents {
  readonly #cluster: Cluster
  readonly #random: Prng
  #busy = 0
  #isStopped = false

  constructor(cluster: Cluster, random: Prng) {
    this.#cluster = cluster
    this.#random = random
  }

  /** Clients that wait for an answer; those of a crashed member are not counted, nobody waits for them. */
  get busy(): number {
    return this.#busy
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  stop(): void {
    this.#isStopped = true
  }

  add(live: Living): void {
    if (this.#isStopped) return
    const { world } = this.#cluster
    const again = (): void => {
      world.after(LOOK_AGAIN_MS, () => this.add(live))
    }
    const running = this.#cluster.running().filter(seat => !seat.host.isPaused)
    if (running.length === 0) {
      again()
      return
    }
    const { host, member } = this.#random.pick(running) as Seated & { member: SubjectMember }
    let isBusy = false
    const setBusy = (is: boolean): void => {
      if (is !== isBusy) this.#busy += is ? 1 : -1
      isBusy = is
    }
    const leave = host.whenDown(() => {
      setBusy(false)
      again()
    })
    void host.start(async env => {
      await live(env, member, setBusy, host)
      leave()
      again()
    })
  }
}

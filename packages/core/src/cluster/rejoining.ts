/**
 * A member that was paused or cut off for long may have been removed without hearing of it. It keeps its id and its data
 * (a group whose only copy it holds waits for it), and asks to be taken in again; whatever else it held is given up when
 * the newer cluster state arrives.
 */

import type { MemberId } from '../base/ids.js'
import type { MemberRecord } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Clock, Log, Timer } from '../env/env.js'
import { unwaited } from '../env/unwaited.js'
import type { Links } from '../link/links.js'
import { askToJoin } from './joining.js'

const lookEveryMs = 250

export class Rejoining {
  readonly #self: MemberId
  readonly #links: Links
  readonly #clock: Clock
  readonly #log: Log
  readonly #control: ControlPlane
  readonly #timer: Timer
  #own: MemberRecord
  #asking = false
  #stopped = false

  constructor(self: MemberId, links: Links, clock: Clock, log: Log, control: ControlPlane) {
    this.#self = self
    this.#links = links
    this.#clock = clock
    this.#log = log
    this.#control = control
    this.#own = control.state().members.find(m => m.id === self) as MemberRecord
    this.#timer = clock.every(lookEveryMs, () => {
      if (!this.#asking && this.#isLeftOut()) unwaited(clock, this.#ask())
    })
  }

  /** As the cluster knew it last. */
  get own(): MemberRecord {
    return this.#own
  }

  /** Told so by the leader, or without a lease and without anybody who leads. */
  #isLeftOut(): boolean {
    const { members } = this.#control.state()
    if (!this.#control.isMember()) return true
    const leased = this.#control.leaseUntilMs() > this.#clock.monotonicMs()
    return !leased && members.length > 1 && !this.#control.isLeader()
  }

  async #ask(): Promise<void> {
    this.#asking = true
    const { members } = this.#control.state()
    this.#own = members.find(m => m.id === this.#self) ?? this.#own
    const self: MemberRecord = { ...this.#own, status: 'alive' }
    for (const { id, address } of members) {
      if (this.#stopped) return
      if (id === this.#self) continue
      try {
        // whoever says that this one is a member may have been removed as well, and not know it: all are asked
        await askToJoin(this.#links, this.#clock, self, address, () => {})
      } catch (error) {
        this.#log.debug('rejoin.failed', { by: id, error: String(error) })
      }
    }
    this.#asking = false
  }

  stop(): void {
    this.#stopped = true
    this.#timer.cancel()
  }
}

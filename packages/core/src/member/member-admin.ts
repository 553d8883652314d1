/** `Admin` of one member: answers from the cluster state that it has, and orders through the control plane. */

import type { Admin, Checkup, GroupView, RecoverOptions, Recovery } from '../api/admin.js'
import { CobnutError } from '../base/errors.js'
import { groupId } from '../base/ids.js'
import { checkupOf } from '../cluster/checkup.js'
import type { FailureDetector } from '../cluster/failure-detector.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Clock, Log } from '../env/env.js'
import { groupViewOf } from '../partition/group-view.js'
import { isAssigned } from '../partition/planning.js'
import { planRecovery } from '../partition/recovery.js'

export class MemberAdmin implements Admin {
  readonly #control: ControlPlane
  readonly #clock: Clock
  readonly #failures: FailureDetector
  readonly #log: Log

  constructor(control: ControlPlane, clock: Clock, failures: FailureDetector, log: Log) {
    this.#control = control
    this.#clock = clock
    this.#failures = failures
    this.#log = log
  }

  async takeLead({ acceptDataLoss }: { readonly acceptDataLoss: true }): Promise<readonly string[]> {
    if (acceptDataLoss !== true)
      throw new CobnutError('ARGUMENT', 'takeLead may lose acknowledged writes: it needs acceptDataLoss: true')
    const gone = this.#control.takeLead()
    if (gone === null) throw new CobnutError('LEADER_PRESENT', undefined, { leader: this.#control.leader() })
    this.#log.warn('control.leadTaken', { gone })
    for (const member of gone) this.#failures.declareDead(member)
    // decided when it is committed: by this member alone
    await this.#control.readIndex()
    return gone
  }

  checkup(): Checkup {
    const isLeased = this.#control.leaseUntilMs() > this.#clock.monotonicMs()
    return checkupOf(this.#control.state(), isLeased && this.#control.leader() !== null)
  }

  groups(map?: string): readonly GroupView[] {
    const state = this.#control.state()
    const views = state.groups.flatMap((group, index) => (isAssigned(group) ? [groupViewOf(state, groupId(index))] : []))
    return map === undefined ? views : views.filter(view => view.maps.includes(map))
  }

  async recover({ map, acceptDataLoss = false }: RecoverOptions = {}): Promise<Recovery> {
    // what others know and this member does not yet could make its proposals pointless
    await this.#control.readIndex()
    const steps = planRecovery(this.#control.state(), map)
    if (!acceptDataLoss || steps.length === 0) return { done: false, groups: steps.map(({ found }) => found) }
    const outcomes = await this.#control.propose(steps.map(({ command }) => command))
    const groups = steps.filter((_, i) => outcomes[i]?.accepted).map(({ found }) => found)
    for (const { group, from, awaited } of groups) this.#log.warn('partition.recovered', { group, from, awaited })
    return { done: true, groups }
  }
}

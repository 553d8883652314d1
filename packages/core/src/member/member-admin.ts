/** `Admin` of one member: answers from the cluster state that it has, and orders through the control plane. */

import type { Admin, Checkup, GroupView } from '../api/admin.js'
import { groupId } from '../base/ids.js'
import { checkupOf } from '../cluster/checkup.js'
import type { ControlPlane } from '../control/control-plane.js'
import type { Clock } from '../env/env.js'
import { groupViewOf } from '../partition/group-view.js'
import { isAssigned } from '../partition/planning.js'

export class MemberAdmin implements Admin {
  readonly #control: ControlPlane
  readonly #clock: Clock

  constructor(control: ControlPlane, clock: Clock) {
    this.#control = control
    this.#clock = clock
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
}

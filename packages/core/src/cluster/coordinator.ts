/**
 * The planning loop. Runs on every member and acts where the control plane's leader is: looks at the cluster state,
 * proposes the next steps towards the targets, and looks again when they are decided. What to do is decided in
 * `partition/planning.ts`; this file only drives. It first lets the failure detector say what this leader knows of the members: by
 * the word of the leader before, the others may be suspect and itself, dead by now, the only one that is well.
 */

import type { ControlPlane } from '../control/control-plane.js'
import type { Clock, Timer } from '../env/env.js'
import { planSteps } from '../partition/planning.js'
import type { FailureDetector } from './failure-detector.js'

/** Changes come in bursts (271 copies finish within milliseconds): one plan for all that came in this time. */
const gatherMs = 5
/** Looks again where a proposal was lost together with its leader. */
const againMs = 250

export class Coordinator {
  readonly #control: ControlPlane
  readonly #clock: Clock
  readonly #failures: Pick<FailureDetector, 'hasToSay'>
  readonly #off: () => void
  readonly #timer: Timer
  #soon: Timer | null = null
  #proposing = false
  #stopped = false

  constructor(control: ControlPlane, clock: Clock, failures: Pick<FailureDetector, 'hasToSay'>) {
    this.#control = control
    this.#failures = failures
    this.#clock = clock
    this.#off = control.onChange(() => this.#planSoon())
    this.#timer = clock.every(againMs, () => this.#planSoon())
    this.#planSoon()
  }

  #planSoon(): void {
    if (this.#soon !== null || this.#proposing || this.#stopped || !this.#control.isLeader()) return
    this.#soon = this.#clock.after(gatherMs, () => {
      this.#soon = null
      this.#plan()
    })
  }

  #plan(): void {
    // what it says changes the state, and with that comes another plan
    if (this.#stopped || !this.#control.isLeader() || this.#failures.hasToSay()) return
    const steps = planSteps(this.#control.state())
    if (steps.length === 0) return
    this.#proposing = true
    this.#control
      .propose(steps)
      .catch(() => {})
      .finally(() => {
        this.#proposing = false
        this.#planSoon()
      })
  }

  stop(): void {
    this.#stopped = true
    this.#off()
    this.#timer.cancel()
    this.#soon?.cancel()
  }
}

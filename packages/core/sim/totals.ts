/** Adds up the reports of many seeds. */

import { type FaultKind, faultKinds } from './faults.js'
import type { FaultCount } from './nemesis.js'

/** A report as it travels between processes. */
export interface SeedSummary {
  readonly seed: number
  readonly virtualMs: number
  readonly events: number
  readonly operations: number
  readonly unknown: number
  readonly undecided: number
  /** What the plan of this seed has that not every one has. */
  readonly features: readonly string[]
  /** It was run twice. */
  readonly repeated: boolean
  readonly faults: readonly (readonly [FaultKind, FaultCount])[]
  readonly violations: readonly { readonly promise: string; readonly text: string }[]
}

export class Totals {
  #seeds = 0
  #virtualMs = 0
  #events = 0
  #operations = 0
  #unknown = 0
  #undecided = 0
  readonly #faults = new Map<FaultKind, FaultCount>()
  #repeated = 0
  readonly #features = new Map<string, number>()
  readonly #violations = new Map<string, number>()
  readonly violatingSeeds: number[] = []

  add(report: SeedSummary): void {
    this.#seeds++
    this.#virtualMs += report.virtualMs
    this.#events += report.events
    this.#operations += report.operations
    this.#unknown += report.unknown
    this.#undecided += report.undecided
    if (report.repeated) this.#repeated++
    for (const feature of report.features) this.#features.set(feature, (this.#features.get(feature) ?? 0) + 1)
    for (const [kind, { fired, effective }] of report.faults) {
      const sum = this.#faults.get(kind) ?? { fired: 0, effective: 0 }
      this.#faults.set(kind, { fired: sum.fired + fired, effective: sum.effective + effective })
    }
    for (const promise of new Set(report.violations.map(violation => violation.promise))) {
      this.#violations.set(promise, (this.#violations.get(promise) ?? 0) + 1)
    }
    if (report.violations.length > 0) this.violatingSeeds.push(report.seed)
  }

  get seeds(): number {
    return this.#seeds
  }

  /** Kinds of faults that no seed saw have an effect. */
  unreached(): FaultKind[] {
    return faultKinds.filter(kind => (this.#faults.get(kind)?.effective ?? 0) === 0)
  }

  toJSON(): Record<string, unknown> {
    const faults = [...this.#faults.values()]
    const sum = (pick: keyof FaultCount): number => faults.reduce((all, count) => all + count[pick], 0)
    return {
      seeds: this.#seeds,
      virtualHours: Number((this.#virtualMs / 3_600_000).toFixed(3)),
      events: this.#events,
      operations: this.#operations,
      unknownOutcomes: this.#unknown,
      undecidedKeys: this.#undecided,
      repeated: this.#repeated,
      seedsWith: Object.fromEntries([...this.#features].sort(([a], [b]) => (a < b ? -1 : 1))),
      faults: sum('fired'),
      effectiveFaults: sum('effective'),
      faultsByKind: Object.fromEntries(this.#faults),
      unreached: this.unreached(),
      violations: this.violatingSeeds.length,
      violationsByPromise: Object.fromEntries(this.#violations),
      violatingSeeds: this.violatingSeeds.slice(0, 100),
    }
  }
}

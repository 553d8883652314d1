/**
 * One seed from founding to verdict: found the cluster, work under faults, heal everything and demand progress, then
 * check what was promised. Safety is judged over the whole history, liveness only after the healing.
 */

import type { BackupCounts } from '../src/api/admin.js'
import type { Config } from '../src/api/config.js'
import { Prng } from '../src/base/prng.js'
import { BackupChanges } from './backup-changes.js'
import { checkContents, checkHistory, FINAL, type Violation } from './checkers.js'
import { Cluster, type Seated } from './cluster.js'
import { CopyReading } from './copy-reading.js'
import { CrashBudget } from './crash-budget.js'
import type { FaultKind } from './faults.js'
import { callText, History } from './history.js'
import { Invariants } from './invariants.js'
import { Listening } from './listening.js'
import { Locking } from './locking.js'
import { MemberSubject } from './member-subject.js'
import { type FaultCount, Nemesis } from './nemesis.js'
import { plants } from './plants.js'
import { allOf } from './replaced.js'
import { rules } from './rules.js'
import { simConfig } from './sim-config.js'
import type { Subject } from './subject.js'
import { mild, type Plan, planFor } from './swarm.js'
import { variedPlan } from './variety.js'
import { Workload } from './workload.js'
import { type LogLine, World } from './world.js'

export interface SimOptions {
  readonly seed: number
  /** A fault planted into the members, by name: some checker has to find it. */
  readonly plant?: string
  readonly onLog?: (line: LogLine) => void
  /** What to test instead of the production member. */
  readonly subject?: Subject
  /** Changes of the seed's basic plan; with any, nothing else changes it. */
  readonly plan?: Partial<Plan>
}

export interface SeedReport {
  readonly seed: number
  readonly plan: Plan
  readonly virtualMs: number
  readonly events: number
  /** Calls asked, and those of them whose outcome stayed unknown. */
  readonly operations: number
  readonly unknown: number
  /** Keys whose search for an explanation was given up. */
  readonly undecided: number
  readonly faults: ReadonlyMap<FaultKind, FaultCount>
  readonly violations: readonly Violation[]
  readonly fingerprint: string
}

/** Virtual time within which a healthy cluster founds itself, repairs itself, or answers. */
const LIVE_WITHIN_MS = 60_000
/** Work goes on for so long after the healing. */
const CALM_MS = 1500
/** Whoever waits so long has an answer in a healthy cluster. */
const PATIENT_MS = 3000
/** The last links are there so long after the cluster is whole, and nobody waits for a dial that was lost or a link that was cut. */
const LINKED_MS = 1000
const DIAL_MS = 2000
/** After the last answer; asynchronous copies are complete then. */
const QUIET_MS = 500
/** After a shutdown, what was under way may take so long to end: the longest timeout of a dial. */
const LINGER_MS = 20_000

export async function runSeed(options: SimOptions): Promise<SeedReport> {
  const plan = options.plan === undefined ? variedPlan(options.seed) : { ...planFor(options.seed), ...options.plan }
  const world = new World(options.seed, { ...plan.world, ...(options.onLog === undefined ? {} : { onLog: options.onLog }) })
  const switched = options.plant === undefined ? undefined : rules[options.plant]
  const run = new Run(world, plan, subjectOf(plan, options))
  // what may be lost may also come twice, each time another
  const invariants = plan.mayLose || plan.map.backupCount === 0 ? null : new Invariants()
  const restore = allOf([switched?.install(), invariants?.install()].filter(undo => undo !== undefined))
  const violations = [...(await run.all().finally(restore)), ...(invariants?.violations ?? [])]
  return {
    seed: options.seed,
    plan,
    virtualMs: world.nowMs,
    events: world.events,
    operations: run.history.calls.length,
    unknown: run.history.count('open'),
    undecided: run.undecided,
    faults: run.nemesis.counts,
    violations,
    fingerprint: world.fingerprint(),
  }
}

function subjectOf(plan: Plan, { subject, plant }: SimOptions): Subject {
  const config = (seeds: readonly string[], lite: boolean): Config => simConfig(seeds, [plan.map], plan.knobs, lite)
  const real = subject ?? new MemberSubject(config, plan.oneMachine ? plan.members : 1)
  if (plant === undefined || plant in rules) return real
  const planted = plants[plant]
  if (planted === undefined) throw new Error(`no fault named ${plant}; there are ${Object.keys(plants).join(', ')}`)
  return planted(real)
}

class Run {
  readonly history = new History()
  readonly nemesis: Nemesis
  undecided = 0
  readonly #world: World
  readonly #plan: Plan
  readonly #cluster: Cluster
  readonly #workload: Workload
  readonly #listening: Listening
  readonly #locking: Locking
  readonly #backupChanges: BackupChanges
  readonly #copyReading: CopyReading
  #calmFromMs: number | null = null
  readonly #violations: Violation[] = []

  constructor(world: World, plan: Plan, subject: Subject) {
    this.#world = world
    this.#plan = plan
    this.#cluster = new Cluster(world, subject, plan)
    const budget = new CrashBudget(this.#cluster, plan.lossesMax)
    this.#workload = new Workload(this.#cluster, this.history, world.random.fork(), plan.workload)
    this.nemesis = new Nemesis(this.#cluster, budget, plan.map.name, world.random.fork(), plan.nemesis)
    this.#listening = new Listening(this.#cluster, plan.map.name, plan.listeners > 0 ? world.random.fork() : new Prng(0))
    const keepsMembers = plan.nemesis.kinds.every(kind => mild.has(kind))
    const lockRandom = plan.locking.clients > 0 ? world.random.fork() : new Prng(0)
    this.#locking = new Locking(this.#cluster, lockRandom, { ...plan.locking, map: plan.map.name, keepsMembers })
    this.#backupChanges = new BackupChanges(this.#cluster, plan.backupChangeGapMs > 0 ? world.random.fork() : new Prng(0), {
      map: plan.map.name,
      gapMs: plan.backupChangeGapMs,
      atLeast: Math.max(1, plan.lossesMax),
    })
    const readRandom = plan.copyReaders > 0 ? world.random.fork() : new Prng(0)
    this.#copyReading = new CopyReading(this.#cluster, readRandom, this.history, this.#workload)
    this.#workload.onAck = key => this.nemesis.acked(key)
  }

  async all(): Promise<readonly Violation[]> {
    try {
      await this.#phases()
    } catch (error) {
      this.#violate('uncaught', error instanceof Error ? error.message : String(error))
    }
    for (const text of this.#cluster.complaints()) this.#violate('broken', text)
    for (const text of [this.#workload, this.#copyReading, this.#backupChanges].flatMap(({ unexpected }) => unexpected))
      this.#violate('error', text)
    for (const text of this.#cluster.leaks) this.#violate('leaks', text)
    const lost = this.#cluster.lostReports()
    if (lost > 0 && !this.#plan.mayLose)
      this.#violate('durable', `members reported ${lost} lost partitions though no more members were lost than promised`)
    const checked = checkHistory(this.history)
    this.undecided = checked.undecided
    this.#violations.push(...checked.violations)
    if (lost === 0 && this.history.calls.some(call => call.error === 'PARTITION_LOST'))
      this.#violate('durable', 'a partition is lost, and no member was told')
    this.#violations.push(...this.#heardWrong())
    this.#checkAnswered()
    this.#violations.push(...this.#locking.check())
    return this.#violations
  }

  async #phases(): Promise<void> {
    if (!(await this.#found())) return
    this.#world.note('sim.faults', { kinds: this.#plan.nemesis.kinds })
    this.#workload.start()
    this.#listening.start(this.#plan.listeners)
    this.#locking.start()
    this.#copyReading.start(this.#plan.copyReaders, this.#plan.map.name)
    this.#backupChanges.start()
    this.nemesis.start()
    await this.#world.run(this.#plan.faultMs)
    this.#world.note('sim.heal')
    this.nemesis.healAll()
    this.#backupChanges.stop()
    // a link that was slow is blocked by what was sent before
    await this.#world.run(Math.max(0, this.#world.network.stats.slowedUntilMs - this.#world.nowMs))
    const isHealed = await this.#becomesWhole('the healing')
    const counts = isHealed ? await this.#settledBackups() : null
    const isWhole = counts !== null
    if (isWhole) this.#calmFromMs = this.#world.nowMs
    if (isWhole) await this.#world.run(CALM_MS)
    this.#workload.stop()
    this.#listening.stop()
    this.#locking.stop()
    this.#copyReading.stop()
    if (!isWhole) return
    await this.#world.runUntil(() => this.#workload.callsUnderWay === 0, LIVE_WITHIN_MS)
    await this.#world.run(QUIET_MS + Math.max(0, ...this.#plan.workload.ttlsMs))
    // a link that was slow has events on their way for longer
    for (let ms = 0; ms < LIVE_WITHIN_MS && this.#heardWrong().length > 0; ms += QUIET_MS) await this.#world.run(QUIET_MS)
    this.#world.note('sim.check')
    const contents = await checkContents(
      this.#world,
      this.#cluster,
      this.#workload.keysUsed,
      this.history,
      { ...this.#plan, map: { ...this.#plan.map, ...counts } },
      LIVE_WITHIN_MS,
    )
    this.#violations.push(...contents)
    this.#checkExpired()
    await this.#checkUnlocked()
    if (contents.length === 0) await this.#shutDown()
  }

  /** The counts that the map has in the end, null if it does not come to have them. */
  async #settledBackups(): Promise<BackupCounts | null> {
    if (this.#plan.backupChangeGapMs === 0) return this.#plan.map
    const counts = await this.#backupChanges.settle(LIVE_WITHIN_MS)
    if (counts === null) this.#violate('live', `${LIVE_WITHIN_MS} ms after the last change the backup counts are not settled`)
    else if (!(await this.#becomesWhole('the last change of backup counts'))) return null
    return counts
  }

  async #found(): Promise<boolean> {
    const start = (seat: Seated): void => {
      this.#world.after(this.#world.random.float() * 200, () => this.#cluster.start(seat))
    }
    const needed = this.#plan.startsAtOnce ? this.#plan.members : (this.#plan.knobs.initialMinClusterSize ?? 1)
    const first = this.#cluster.seats.slice(0, needed)
    first.forEach(start)
    await this.#world.runUntil(() => first.every(seat => seat.member !== null), LIVE_WITHIN_MS)
    this.#cluster.seats.slice(needed).forEach(start)
    this.#cluster.supervise()
    return this.#becomesWhole('the founding')
  }

  async #becomesWhole(after: string): Promise<boolean> {
    const isWhole = await this.#world.runUntil(() => this.#cluster.isWhole(), LIVE_WITHIN_MS)
    if (!isWhole)
      this.#violate('live', `${LIVE_WITHIN_MS} ms after ${after} the cluster is not whole: ${this.#cluster.describe()}`)
    return isWhole
  }

  /** Every limit is over: what is still read was written without one. */
  #checkExpired(): void {
    const limited = new Set(
      this.history.calls.flatMap(call => (call.ttlMs > 0 && 'value' in call.action ? [call.action.value] : [])),
    )
    for (const { client, key, result } of this.history.calls) {
      if (client !== FINAL || typeof result !== 'string' || !limited.has(result)) continue
      this.#violate('expired', `${key} = ${result} is still there after its time`)
    }
  }

  /** Nobody wants a lock any more: each was given back, or its holder is gone. */
  async #checkUnlocked(): Promise<void> {
    const isDone = await this.#world.runUntil(() => this.#locking.underWay === 0, LIVE_WITHIN_MS)
    if (!isDone) this.#violate('live', `${this.#locking.underWay} clients still wait for locks that nobody keeps`)
    const untilMs = this.#world.nowMs + LIVE_WITHIN_MS
    let locked = await this.#locking.locked()
    while (locked.length > 0 && this.#world.nowMs < untilMs) {
      await this.#world.run(QUIET_MS)
      locked = await this.#locking.locked()
    }
    if (locked.length > 0) this.#violate('locks', `locked for nobody: ${locked.join(', ')}`)
  }

  /** In a cluster that is well nobody waits in vain. Readers who wait for less than a bad moment of the network are no witnesses. */
  #checkAnswered(): void {
    if (this.#calmFromMs === null || this.#plan.workload.readTimeoutMs < PATIENT_MS || this.#plan.mayLose) return
    const linkedFromMs = this.#linkedFromMs(this.#calmFromMs)
    const late = this.history.calls.find(
      call => call.error === 'TIMEOUT' && call.askedMs >= linkedFromMs && call.action.name !== 'copyRead',
    )
    if (late !== undefined) this.#violate('live', `in a cluster that is whole nobody answered: ${callText(late)}`)
  }

  #linkedFromMs(calmFromMs: number): number {
    const { dialLostAtMs, stats } = this.#world.network
    return Math.max(calmFromMs, dialLostAtMs + DIAL_MS, stats.resentUntilMs) + LINKED_MS
  }

  #heardWrong(): Violation[] {
    const calm = this.#calmFromMs === null ? null : { fromMs: this.#linkedFromMs(this.#calmFromMs), untilMs: this.#world.nowMs }
    return this.#listening.check(this.history, calm)
  }

  async #shutDown(): Promise<void> {
    const running = this.#cluster.running()
    const left = Promise.all(running.map(({ host, member }) => host.start(() => member!.shutdown())))
    this.#cluster.stopSupervising()
    let isOver = false
    void left.then(() => {
      isOver = true
    })
    if (!(await this.#world.runUntil(() => isOver, LIVE_WITHIN_MS))) {
      this.#violate('live', `${LIVE_WITHIN_MS} ms after the shutdown began: ${this.#cluster.describe()}`)
      return
    }
    await this.#world.run(LINGER_MS)
    for (const text of this.#world.leaks()) this.#violate('leaks', `after the shutdown ${text}`)
  }

  #violate(promise: Violation['promise'], text: string): void {
    this.#violations.push({ promise, text })
  }
}

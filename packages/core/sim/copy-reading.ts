/**
 * Clients that read whatever copy there is: any, one of a given age at most, or one that is not behind what a session has seen. What
 * they hear is judged by `copy-reads.ts`.
 */

import { isCobnutError } from '../src/base/errors.js'
import type { Prng } from '../src/base/prng.js'
import type { Env } from '../src/env/env.js'
import { pause } from '../src/env/pause.js'
import type { Cluster } from './cluster.js'
import type { History } from './history.js'
import { Residents } from './residents.js'
import type { RegisterMap, SubjectMember } from './subject.js'
import type { Workload } from './workload.js'

const thinkMs = 10
const timeoutMs = 500
/** One call in so many is a write of the session. */
const writesOneIn = 6

type Session = ReturnType<SubjectMember['newSession']>

export class CopyReading {
  readonly #cluster: Cluster
  readonly #random: Prng
  readonly #history: History
  readonly #workload: Workload
  readonly #residents: Residents
  #sessions = 0
  /** Errors that no member may give to a caller. */
  readonly unexpected: string[] = []

  constructor(cluster: Cluster, random: Prng, history: History, workload: Workload) {
    this.#cluster = cluster
    this.#random = random
    this.#history = history
    this.#workload = workload
    this.#residents = new Residents(cluster, random)
  }

  start(clients: number, map: string): void {
    for (let i = 0; i < clients; i++) {
      this.#residents.add((env, member, setBusy) => this.#live(env, member, member.map(map), setBusy))
    }
  }

  stop(): void {
    this.#residents.stop()
  }

  async #live(env: Env, member: SubjectMember, map: RegisterMap, setBusy: (is: boolean) => void): Promise<void> {
    const name = `session${++this.#sessions}`
    const session = member.newSession()
    while (!this.#residents.isStopped && member.state() === 'running') {
      setBusy(true)
      if (this.#random.chance(1, writesOneIn)) {
        await this.#workload.setOne(name, this.#random, (key, value) => map.set(key, value, { session }))
      } else await this.#read(map, name, session)
      setBusy(false)
      if (member.state() === 'running') await pause(env.clock, 2 * this.#random.float() * thinkMs)
    }
  }

  async #read(map: RegisterMap, name: string, session: Session): Promise<void> {
    const { world } = this.#cluster
    const maxAgeMs = this.#random.pick([20, 300, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
    const inSession = this.#random.chance(1, 2)
    const key = this.#random.pick(this.#workload.keysInUse)
    const action = { name: 'copyRead', maxAgeMs, session: inSession ? name : null } as const
    const call = this.#history.ask(name, key, action, world.nowMs)
    const consistency = maxAgeMs === Number.POSITIVE_INFINITY ? 'any' : { boundedMs: maxAgeMs }
    try {
      const value = await map.get(key, { timeoutMs, consistency, ...(inSession ? { session } : {}) })
      this.#history.ok(call, value, world.nowMs)
    } catch (error) {
      if (isCobnutError(error)) this.#history.failed(call, error.code, world.nowMs)
      else this.unexpected.push(String(error))
    }
  }
}

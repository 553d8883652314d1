/** Callers of a chaos run: each makes one call at a time, through a member or a client process, and every call is recorded. */

import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Action, History, Result } from '../sim/history.js'
import { onlyReads } from '../sim/register-model.js'
import type { Prng } from '../src/base/prng.js'
import { CallFailed, type Worker } from './worker.js'

/** Keys in use at a time; one with more calls, or more unknown outcomes, is followed by another: checking it would take long. */
const keysMax = 48
const callsPerKeyMax = 150
const unknownPerKeyMax = 4
/** After a failed call, and while there is nobody to ask. */
const breatheMs = 20

interface Key {
  readonly name: string
  calls: number
  unknown: number
}

export class Load {
  readonly #history: History
  readonly #map: string
  readonly #random: Prng
  /** A replaced value lives as long as the map's configuration says, and no call can say otherwise. */
  readonly #mayReplace: boolean
  readonly #keys: Key[] = []
  readonly #used: string[] = []
  readonly #seen = new Map<string, string>()
  #values = 0
  #isOver = false

  constructor(history: History, map: string, random: Prng, mayReplace: boolean) {
    this.#mayReplace = mayReplace
    this.#history = history
    this.#map = map
    this.#random = random
    for (let i = 0; i < keysMax; i++) this.#keys.push(this.#newKey())
  }

  stop(): void {
    this.#isOver = true
  }

  /** Calls until `stop`; asks `through` for each call anew whom to go through. */
  async run(client: string, through: () => Worker | null): Promise<void> {
    while (!this.#isOver) {
      const worker = through()
      if (worker === null) await sleep(breatheMs)
      else await this.#callOnce(client, worker)
    }
  }

  /** Reads every key that was ever used: none may have been lost after its last call. */
  async readAll(worker: Worker): Promise<void> {
    for (const key of this.#used) {
      const call = this.#history.ask('final', key, { name: 'get' }, performance.now())
      const result = await worker.ask({ type: 'call', map: this.#map, key, action: { name: 'get' } })
      this.#history.ok(call, result as Result, performance.now())
    }
  }

  async #callOnce(client: string, worker: Worker): Promise<void> {
    const key = this.#random.pick(this.#keys)
    if (++key.calls >= callsPerKeyMax) this.#retire(key)
    const action = this.#draw(key.name)
    const call = this.#history.ask(client, key.name, action, performance.now())
    try {
      const result = (await worker.ask({ type: 'call', map: this.#map, key: key.name, action })) as Result
      this.#history.ok(call, result, performance.now())
      if (typeof result === 'string') this.#seen.set(key.name, result)
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error
      if (error.isUndone) this.#history.failed(call, error.message, performance.now())
      else {
        this.#history.unknown(call, error.message)
        if (!onlyReads(action) && ++key.unknown >= unknownPerKeyMax) this.#retire(key)
      }
      await sleep(breatheMs)
    }
  }

  #newKey(): Key {
    const name = `k${this.#used.length + 1}`
    this.#used.push(name)
    return { name, calls: 0, unknown: 0 }
  }

  #retire(key: Key): void {
    const at = this.#keys.indexOf(key)
    if (at >= 0) this.#keys[at] = this.#newKey()
  }

  #draw(key: string): Action {
    const value = `v${++this.#values}`
    switch (this.#random.below(9)) {
      case 0:
      case 1:
        return { name: 'put', value }
      case 2:
        return { name: 'set', value }
      case 3:
        return { name: 'putIfAbsent', value }
      case 4:
        return { name: 'remove' }
      case 5:
        if (!this.#mayReplace) return { name: 'get' }
        return { name: 'replaceIfSame', expected: this.#seen.get(key) ?? 'v0', value }
      default:
        return { name: 'get' }
    }
  }
}

/**
 * What a cluster decides about maps, asked for by this member: that there is one, its indexes, its interceptors, its end.
 * Each call resolves when the state here shows what was asked for, whoever brought it about.
 */

import { indexesMax, type MapConfig } from '../api/config.js'
import type { IndexConfig } from '../api/query.js'
import { CobnutError, isCobnutError } from '../base/errors.js'
import type { Command, DeclaredMap } from '../control/cluster-state.js'
import type { ControlPlane } from '../control/control-plane.js'
import { settingsOf } from '../control/map-settings.js'
import type { Clock } from '../env/env.js'
import { pause } from '../env/pause.js'
import { indexDefinition, sameIndex } from '../query/index-definition.js'

const againMs = 50
/** Of a cluster. Each is part of the state that all members hold, so that names without end have to be stopped. */
export const mapsMax = 10_000

export interface DeclarationsOptions {
  readonly clock: Clock
  readonly control: ControlPlane
  /** Without a leader, calls fail after so long. */
  readonly callTimeoutMs: number
  readonly configOf: (map: string) => MapConfig
}

export class Declarations {
  readonly #o: DeclarationsOptions
  readonly #underWay = new Map<string, Promise<DeclaredMap>>()

  constructor(options: DeclarationsOptions) {
    this.#o = options
  }

  declare(map: string): Promise<DeclaredMap> {
    let declaring = this.#underWay.get(map)
    if (declaring === undefined) {
      declaring = this.#declareNow(map)
      declaring = declaring.finally(() => this.#underWay.delete(map))
      this.#underWay.set(map, declaring)
    }
    return declaring
  }

  async #declareNow(name: string): Promise<DeclaredMap> {
    // a configuration that was added, and that this member has not heard of yet, counts too
    await this.#o.control.readIndex().catch(() => undefined)
    const config = this.#o.configOf(name)
    const indexes = config.indexes.map(index => ({ type: 'addIndex', name, index: indexDefinition(name, index) }) as const)
    return this.#decided([{ type: 'declareMap', name, settings: settingsOf(config) }, ...indexes], () => {
      const { maps } = this.#o.control.state()
      const declared = maps.get(name) ?? null
      if (declared === null && maps.size >= mapsMax) throw new CobnutError('OVERLOADED', `the cluster has ${mapsMax} maps`)
      return declared
    })
  }

  async names(): Promise<string[]> {
    await this.#confirmed()
    return [...this.#o.control.state().maps.keys()]
  }

  /** @returns what it was; null = there is none of this name. */
  async destroy(name: string): Promise<DeclaredMap | null> {
    await this.#confirmed()
    const held = this.#held(name) ?? null
    if (held !== null) await this.#decided([{ type: 'destroyMap', name }], () => this.#held(name)?.id !== held.id || null)
    return held
  }

  async addInterceptor(map: string, interceptor: string): Promise<void> {
    await this.declare(map)
    await this.#setInterceptor(map, interceptor, true)
  }

  /** Resolves to whether it was attached. */
  async removeInterceptor(map: string, interceptor: string): Promise<boolean> {
    const wasThere = this.#held(map)?.interceptors.includes(interceptor) ?? false
    if (wasThere) await this.#setInterceptor(map, interceptor, false)
    return wasThere
  }

  async #setInterceptor(map: string, interceptor: string, attached: boolean): Promise<void> {
    await this.#decided([{ type: 'setInterceptor', map, interceptor, attached }], () => {
      const held = this.#held(map)
      return held === undefined || held.interceptors.includes(interceptor) === attached || null
    })
  }

  async addIndex(map: string, config: IndexConfig): Promise<void> {
    const index = indexDefinition(map, config)
    await this.declare(map)
    await this.#decided([{ type: 'addIndex', name: map, index }], () => {
      const indexes = this.#held(map)?.indexes ?? []
      const found = indexes.find(one => one.name === index.name)
      if (found !== undefined && !sameIndex(found, index)) {
        throw new CobnutError('ARGUMENT', `map ${map} has another index of the name ${index.name}`)
      }
      if (found === undefined && indexes.length >= indexesMax) {
        throw new CobnutError('ARGUMENT', `map ${map} has ${indexesMax} indexes already`)
      }
      return found ?? null
    })
  }

  #held(map: string): DeclaredMap | undefined {
    return this.#o.control.state().maps.get(map)
  }

  /** What another member declared before this was called is known then. */
  async #confirmed(): Promise<void> {
    const { clock, control, callTimeoutMs } = this.#o
    const deadlineMs = clock.monotonicMs() + callTimeoutMs
    while (!(await this.#led(() => control.readIndex(), deadlineMs)));
  }

  /** Proposes until `outcome` is there. */
  async #decided<T>(commands: readonly Command[], outcome: () => T | null): Promise<T> {
    const { clock, control, callTimeoutMs } = this.#o
    const deadlineMs = clock.monotonicMs() + callTimeoutMs
    for (;;) {
      const before = outcome()
      if (before !== null) return before
      await this.#led(() => control.propose(commands), deadlineMs)
    }
  }

  /** False = there was no leader to ask, and a moment has passed. */
  async #led(ask: () => Promise<unknown>, deadlineMs: number): Promise<boolean> {
    const { clock } = this.#o
    try {
      await ask()
      return true
    } catch (error) {
      if (!isCobnutError(error, 'NO_LEADER') || clock.monotonicMs() > deadlineMs) throw error
      await pause(clock, againMs)
      return false
    }
  }
}
